"""A macro, an outsider's answer, an assessed severity, a mail in quarantine: for the walks over all routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import catalogues, clock
from portal.domain.cases import Happening, Visibility
from portal.domain.incoming.states import IncomingState
from portal.domain.response_targets import Via
from portal.models.case_entries import SeverityChange
from portal.models.incoming_mail import IncomingMail
from portal.models.organizations import User
from portal.services import case_entries, incoming_mail, macros
from portal.services.case_doing import Doing
from portal.services.incoming_mail import Arrival
from tests.case_examples import a_case_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.case_entries import CaseEntry
    from portal.models.macros import Macro
    from tests.world import World


def a_macro(session: Session, _world: World, slug: str) -> Macro:
    """A reply that an agent wrote."""
    by = _agent(session)
    return macros.write(session, f"Logs for {slug}", "Hello {requester}, please send logs.", by=by, at=clock.now())


def an_answer_from_outside(session: Session, world: World, slug: str) -> CaseEntry:
    """By mail, of somebody who is no user."""
    case = a_case_of(session, world, slug)
    doing = Doing(by=None, at=clock.now(), base_url="", via=Via.EMAIL)
    visibility, address = Visibility.STAFF_ONLY, "bob@elsewhere.example"
    return case_entries.write_comment(session, case, "Me too.", doing, visibility=visibility, address=address)


def an_assessed_severity(session: Session, world: World, slug: str) -> SeverityChange:
    """With which the customer has not disagreed yet."""
    case, agent, at = a_case_of(session, world, slug), _agent(session), clock.now()
    doing = Doing(by=agent, at=at, base_url="", as_staff=True)
    key = next(iter(catalogues.load(case.organization.catalogue).severities))
    facts = {"old": None, "new": key, "counts": True}
    entry = case_entries.write_event(session, case, Happening.SEVERITY, facts, doing, body="It works for others.")
    change = SeverityChange(
        case_id=case.id, entry_id=entry.id, new=key, by_staff=True, changed_by_id=agent.id, changed_at=at,
        explanation="It works for others.",
    )  # fmt: skip
    session.add(change)
    session.flush()
    return change


def a_quarantined_mail(session: Session, _world: World, slug: str) -> IncomingMail:
    """From somebody whom nobody knows."""
    raw = (
        f"From: Bob <bob@{slug}.elsewhere.example>\r\nTo: support@portal.example\r\nSubject: Me too\r\n"
        f"Message-ID: <{slug}@elsewhere.example>\r\n\r\nIt does not work here either.\r\n"
    )
    incoming_mail.receive(session, Arrival(raw.encode(), "bob@elsewhere.example"), at=clock.now())
    mail = session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc()).limit(1)).one()
    incoming_mail.settle(mail, IncomingState.QUARANTINED, "Nobody knows its sender.", at=clock.now())
    session.flush()
    return mail


def let_all_talk(session: Session, world: World, slug: str) -> None:
    """One of each in the organization, and a note: what there is to see at the desk."""
    an_answer_from_outside(session, world, slug)
    an_assessed_severity(session, world, slug)
    doing = Doing(by=_agent(session), at=clock.now(), base_url="", as_staff=True)
    case_entries.write_note(session, a_case_of(session, world, slug), "Is it **DNS**?", doing)
    a_macro(session, world, slug)
    a_quarantined_mail(session, world, slug)


def _agent(session: Session) -> User:
    return session.scalars(select(User).where(User.email == "support@portal.example")).one()
