"""Cases that are opened by mail: new ones, and follow-ups of closed ones (NE-12, CASE-5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.cases import EntryKind
from portal.domain.errors import Refusal
from portal.domain.incoming.letters import IncomingLetter
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.organizations import Organization, Project, User
from portal.services import belonging, case_access, cases, mail_desks, organizations, support_standing
from portal.services.cases import NewCase
from portal.services.mail_desks import MailDesk, QuarantinedError

_WITHOUT_SUBJECT = "Without a subject"


def open_by_mail(
    session: Session, letter: IncomingLetter, desk: MailDesk, *, catalogue_names: Collection[str], at: datetime
) -> CaseEntry:
    """Open the case that a mail asks for; its first entry (MAIL-42). It is owed no response by a target (NE-5).

    `QuarantinedError` where nobody signs in with the sender's address, or it is not clear for which organization.
    Refused where their plan opens no cases.
    """
    sender = mail_desks.find_sender(session, letter.sender)
    if sender is None:
        raise QuarantinedError("It asks for a new case, and nobody signs in with its sender's address.")
    if case_access.is_agent(sender):
        raise QuarantinedError("Agents open cases in the portal.")
    found = [
        organization
        for organization in organizations.organizations_of(session, sender.id)
        if organization.catalogue in catalogue_names and case_access.may_raise_any(session, organization, sender)
    ]
    if not found:
        raise QuarantinedError("Its sender may not open cases for an organization that has support by mail.")
    opening = [one for one in found if _has_plan(session, one, at)] if len(found) > 1 else found
    if len(opening) != 1:
        raise QuarantinedError("Its sender may open cases for several organizations.")
    return open_for(session, opening[0], sender, letter, desk, at=at)


def open_for(
    session: Session,
    organization: Organization,
    sender: User,
    letter: IncomingLetter,
    desk: MailDesk,
    *,
    at: datetime,
) -> CaseEntry:
    """Open a case of this organization with what its member wrote; the first entry."""
    wanted = {"project": _project(session, organization, sender)}
    return _open(session, organization, sender, letter, desk, wanted, at=at)


def follow_up(
    session: Session, closed: Case, sender: User, letter: IncomingLetter, desk: MailDesk, *, at: datetime
) -> CaseEntry:
    """Open what follows a closed case, for its own scope, with what came too late for it; the first entry (CASE-5)."""
    found = belonging.find(session, user_id=sender.id, slug=closed.organization.slug)
    roles = catalogues.load(closed.organization.catalogue).roles
    if found is None or not case_access.may_raise(roles, found.grants, closed.project):
        raise QuarantinedError(f"{closed.id} is closed, and its sender may not open a follow-up.")
    wanted = {"project": closed.project, "follows": closed, "subject": closed.subject}
    return _open(session, closed.organization, sender, letter, desk, wanted, at=at)


def _open(
    session: Session,
    organization: Organization,
    sender: User,
    letter: IncomingLetter,
    desk: MailDesk,
    wanted: Mapping[str, object],
    *,
    at: datetime,
) -> CaseEntry:
    asked = {
        "subject": letter.subject.strip() or _WITHOUT_SUBJECT,
        "description": mail_desks.whole_of(letter),
        **wanted,
    }
    case = _with_others(session, organization, asked, desk.others_in(letter), sender, desk, at=at)
    entry = session.scalars(
        select(CaseEntry)
        .where(CaseEntry.case_id == case.id, CaseEntry.kind == EntryKind.COMMENT)
        .order_by(CaseEntry.id)
        .limit(1)
    ).one()
    mail_desks.take_files(session, entry, letter, desk, sender=sender, at=at)
    return entry


def _with_others(
    session: Session,
    organization: Organization,
    asked: dict[str, object],
    others: Sequence[str],
    sender: User,
    desk: MailDesk,
    *,
    at: datetime,
) -> Case:
    doing = desk.doing(sender, at)
    try:
        with session.begin_nested():
            return cases.open_case(session, organization, NewCase(**asked, cc=others), doing)  # type: ignore[arg-type]
    except Refusal:
        if not others:
            raise
    return cases.open_case(session, organization, NewCase(**asked), doing)  # type: ignore[arg-type]


def _has_plan(session: Session, organization: Organization, at: datetime) -> bool:
    standing = support_standing.plan_of(session, organization, on=at.date())
    return standing.plan is not None and standing.plan.opens_cases


def _project(session: Session, organization: Organization, sender: User) -> Project | None:
    """What the case is about: the whole organization for who may raise that, else the one project that they may."""
    found = belonging.find(session, user_id=sender.id, slug=organization.slug)
    if found is None:
        raise QuarantinedError("Its sender does not belong to the organization.")
    roles = catalogues.load(organization.catalogue).roles
    if case_access.may_raise(roles, found.grants, None):
        return None
    projects = organizations.projects_of(session, organization)
    allowed = [project for project in projects if case_access.may_raise(roles, found.grants, project)]
    if len(allowed) != 1:
        raise QuarantinedError("Its sender may open cases for several projects.")
    return allowed[0]
