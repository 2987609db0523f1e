"""What the invited do: see an invitation by its link, accept it once, decline it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain.errors import AlreadyDone, Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.membership import InvitationOutcome, check_may_give
from portal.domain.permissions import Grants, Roles
from portal.models.invitations import Invitation
from portal.models.organizations import Membership, Organization, OrganizationRole, ProjectRole, User
from portal.services import history, members, months, organizations, people
from portal.services.invitations import WORDS_OVER, ended, offered, settle
from portal.services.sessions import token_hash

_ASK = " Ask whoever invited you for another one."
_ASK_AGAIN = " Ask somebody else there for an invitation."


def find(session: Session, token: str) -> Invitation | None:
    """The invitation with this token, whatever became of it."""
    return session.scalars(_with_token(token)).unique().one_or_none()


def why_over(invitation: Invitation, *, at: datetime) -> str | None:
    """Why it cannot be accepted any more, for whom it was addressed to; None while it can."""
    outcome = ended(invitation, at=at)
    return None if outcome is None else WORDS_OVER[outcome] + ("" if outcome is InvitationOutcome.ACCEPTED else _ASK)


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether it is addressed to this person, whose address may be written in any case."""
    return user.email.lower() == invitation.email


def accept(session: Session, token: str, *, by: User, at: datetime) -> Membership:
    """Make `by` a member with the roles of the invitation, once; again by the same person it stays as it is."""
    invitation = _answered(session, token, by=by)
    organization = invitation.organization
    member = members.find_by_address(session, organization, by.email)
    if member and invitation.outcome is InvitationOutcome.ACCEPTED:
        return member
    if over := why_over(invitation, at=at):
        raise AlreadyDone(over) if invitation.outcome is InvitationOutcome.ACCEPTED else Refusal(over)
    _check_sender(session, invitation)
    roles = catalogues.load(organization.catalogue).roles
    settle(invitation, InvitationOutcome.ACCEPTED, by=by, at=at)
    given = _still_there(session, organization, roles, offered(invitation))
    member = _join(session, organization, member, by, given, at=at)
    history.record(session, organization, Event.MEMBER_JOINED, at=at, by=by, detail=f"{by.name} ({by.email})")
    return member


def join_anew(session: Session, token: str, *, name: str, password_hash: str, at: datetime) -> Membership:
    """Make an account for the invited address and accept with it; refused where the address has one."""
    invitation = _answered(session, token, by=None)
    if over := why_over(invitation, at=at):
        raise Refusal(over)
    try:
        with session.begin_nested():
            user = people.create_user(session, invitation.email, name=name, password_hash=password_hash, at=at)
    except IntegrityError:
        # Two organizations may invite the same person, who answers both at once.
        raise AlreadyDone(f"{invitation.email} has an account already. Sign in with it to accept.") from None
    return accept(session, token, by=user, at=at)


def decline(session: Session, token: str, *, by: User | None, at: datetime) -> Invitation:
    """End an invitation by whoever has its link, who need not be signed in; again it stays declined."""
    invitation = _answered(session, token, by=by)
    if invitation.outcome is InvitationOutcome.DECLINED:
        return invitation
    if over := why_over(invitation, at=at):
        raise Refusal(over)
    settle(invitation, InvitationOutcome.DECLINED, by=by, at=at)
    history.record(
        session, invitation.organization, Event.INVITATION_DECLINED, at=at, by=by, detail=f"{invitation.email}."
    )
    return invitation


def _answered(session: Session, token: str, *, by: User | None) -> Invitation:
    """Hold the invitation's organization and read it anew: of two answers at once the second finds the first."""
    found = find(session, token)
    if found is None:
        raise Refusal(f"This link is not known, or a newer mail has taken its place.{_ASK}")
    if by and not is_for(found, by):
        raise Refusal(f"This invitation is for {found.email}. You are signed in as {by.email}.")
    months.lock(session, found.organization_id)
    held = session.scalars(_with_token(token).execution_options(populate_existing=True)).unique().one_or_none()
    if held is None:
        raise Overtaken("A newer mail has taken the place of this link.")
    return held


def _with_token(token: str) -> Select[Invitation]:
    query = select(Invitation).where(Invitation.token_hash == token_hash(token))
    return query.options(joinedload(Invitation.organization), joinedload(Invitation.invited_by))


def _check_sender(session: Session, invitation: Invitation) -> None:
    """Who was removed, deactivated or holds less since gives nothing any more (MEMBER-9)."""
    sender = invitation.invited_by
    try:
        acting = members.acting(session, invitation.organization, sender)
        if sender.deactivated_at:
            raise Overtaken("The sender was deactivated.")
        check_may_give(acting.roles, acting.grants, offered(invitation))
    except Refusal:
        raise Refusal(f"{sender.name}, who invited you, can no longer do so.{_ASK_AGAIN}") from None


def _still_there(session: Session, organization: Organization, roles: Roles, given: Grants) -> Grants:
    """What of an offer still exists: projects and roles may have gone since."""
    projects = {project.id for project in organizations.projects_of(session, organization)}
    by_project = {one: keys & roles.project.keys() for one, keys in given.project_roles.items() if one in projects}
    return Grants(given.organization_roles & roles.organization.keys(), by_project)


def _join(
    session: Session, organization: Organization, member: Membership | None, by: User, given: Grants, *, at: datetime
) -> Membership:
    held = members.own_grants(member) if member else Grants()
    if member is None:
        member = Membership(organization_id=organization.id, user_id=by.id, created_at=at)
        session.add(member)
        session.flush()
    new = given.organization_roles - held.organization_roles
    session.add_all(OrganizationRole(membership_id=member.id, role=key) for key in sorted(new))
    for project, keys in given.project_roles.items():
        new = keys - held.project_roles.get(project, frozenset())
        session.add_all(ProjectRole(membership_id=member.id, project_id=project, role=key) for key in sorted(new))
    session.flush()
    session.expire(member, ["organization_roles", "project_roles"])
    return member
