"""What somebody may do with a case: one answer for pages, mails and files (1.4, 3.5, CC-2, CC-9, CC-12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.cases import CaseState
from portal.domain.permissions import Action, Grants, Roles, StaffRole, allows
from portal.models.case_entries import CaseParticipant
from portal.models.cases import Case
from portal.models.organizations import Membership, Organization, Project, User
from portal.services import belonging, case_people, organizations


@dataclass(frozen=True, slots=True)
class CaseRights:
    """What one person may do with one case.

    `may_manage` is to change severity and state, to disagree, and to take others off CC. `is_member` says whether they
    belong to the organization of the case; who does not has it by CC alone. `is_cc` have asked for nothing themselves.
    """

    may_see: bool = False
    may_comment: bool = False
    may_manage: bool = False
    is_member: bool = False
    is_requester: bool = False
    is_cc: bool = False


NOTHING = CaseRights()


def rights(session: Session, case: Case, user: User) -> CaseRights:
    """What a customer may do with the case: by role, as its requester, or on CC; nothing without any of these.

    A requester who left the organization has lost it. Staff work at the staff's pages (`is_agent`).
    """
    is_cc = _takes_part(session, case, user)
    found = belonging.find(session, user_id=user.id, slug=case.organization.slug)
    if found is None:
        return CaseRights(may_see=is_cc, may_comment=is_cc, is_cc=is_cc)
    roles = catalogues.load(case.organization.catalogue).roles
    return rights_inside(session, case, user, roles, found.grants, is_cc=is_cc)


def rights_inside(session: Session, case: Case, user: User, roles: Roles, grants: Grants, *, is_cc: bool) -> CaseRights:
    """The same for somebody who is known to be inside the organization with these roles, as a member or on a visit."""
    is_requester = case.requester_id == user.id
    sees_all = may_see_all(roles, grants, case.project)
    may_manage = is_requester or (sees_all and may_raise(roles, grants, case.project))
    return CaseRights(
        may_see=is_requester or is_cc or sees_all or case_people.is_shared(session, case.organization),
        may_comment=is_cc or may_manage,
        may_manage=may_manage,
        is_member=True,
        is_requester=is_requester,
        is_cc=is_cc,
    )


def members_who_see(session: Session, case: Case, user_ids: Collection[int]) -> frozenset[int]:
    """Those of the people who belong to the organization of the case and see cases of others; in a few queries."""
    held = select(Membership).where(
        Membership.organization_id == case.organization_id, Membership.user_id.in_(user_ids)
    )
    members = session.scalars(held).all()
    roles = catalogues.load(case.organization.catalogue).roles
    is_shared = bool(members) and case_people.is_shared(session, case.organization)
    return frozenset(
        member.user_id
        for member in members
        if is_shared or may_see_all(roles, organizations.grants_of(member), case.project)
    )


def may_raise(roles: Roles, grants: Grants, project: Project | None) -> bool:
    """Whether roles permit to raise a case: of the whole organization, or of a project (P14, P16)."""
    if project is None:
        return allows(roles, grants, Action.RAISE_ORGANIZATION_CASES)
    return allows(roles, grants, Action.RAISE_PROJECT_CASES, project=project.id)


def may_raise_any(session: Session, organization: Organization, user: User) -> bool:
    """Whether a person's roles permit to raise some case in the organization."""
    found = belonging.find(session, user_id=user.id, slug=organization.slug)
    if found is None:
        return False
    roles = catalogues.load(organization.catalogue).roles
    if allows(roles, found.grants, Action.RAISE_ORGANIZATION_CASES):
        return True
    projects = session.scalars(select(Project).where(Project.organization_id == organization.id)).all()
    return any(may_raise(roles, found.grants, project) for project in projects)


def may_see_all(roles: Roles, grants: Grants, project: Project | None) -> bool:
    """Whether roles permit to see the cases of others: of the whole organization, or of a project (P13, P15)."""
    if allows(roles, grants, Action.VIEW_ORGANIZATION_CASES) and project is None:
        return True
    return project is not None and allows(roles, grants, Action.VIEW_PROJECT_CASES, project=project.id)


def is_agent(user: User) -> bool:
    """Whether they answer cases."""
    return any(held.role == StaffRole.SUPPORT.value for held in user.staff_roles)


def may_reopen(case: Case) -> bool:
    """Whether a comment opens the case again; a closed one takes a follow-up instead (CASE-5)."""
    return case.state is CaseState.SOLVED


def _takes_part(session: Session, case: Case, user: User) -> bool:
    query = select(CaseParticipant.id).where(
        CaseParticipant.case_id == case.id, CaseParticipant.user_id == user.id, CaseParticipant.removed_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None
