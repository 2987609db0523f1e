"""The quarantine: mail that staff look at, and put into a case, make a case of, or discard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, undefer

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.incoming import reading
from portal.domain.incoming.authentication import Verdict
from portal.domain.incoming.letters import IncomingLetter
from portal.domain.incoming.states import IncomingState
from portal.models.cases import Case
from portal.models.incoming_mail import IncomingMail
from portal.models.organizations import Organization, User
from portal.services import case_access, case_changes, cases, mail_desks, mailed_cases, mailed_replies
from portal.services.incoming_mail import settle
from portal.services.mail_desks import MailDesk, QuarantinedError
from portal.services.searching import is_searched

# What staff can still decide about.
OPEN = frozenset({IncomingState.QUARANTINED, IncomingState.REFUSED, IncomingState.IGNORED})


def newest(
    session: Session,
    *,
    states: Collection[IncomingState] = frozenset({IncomingState.QUARANTINED}),
    search: str = "",
    before: int | None = None,
    limit: int = 50,
) -> Sequence[IncomingMail]:
    """Mail in these states with `search` in sender or subject, the newest first, from below the id `before`."""
    conditions = [IncomingMail.state.in_(states)]
    query = select(IncomingMail).where(*conditions).order_by(IncomingMail.id.desc()).limit(limit)
    if search:
        fits = (column.icontains(search, autoescape=True) for column in (IncomingMail.sender, IncomingMail.subject))
        query = query.where(or_(*fits), is_searched(IncomingMail.id, *conditions))
    if before is not None:
        query = query.where(IncomingMail.id < before)
    return session.scalars(query).all()


def count(session: Session) -> int:
    """How many mails wait for staff."""
    waiting = IncomingMail.state == IncomingState.QUARANTINED
    return session.scalars(select(func.count()).select_from(IncomingMail).where(waiting)).one()


def find(session: Session, hex_id: str) -> IncomingMail | None:
    """One mail with its bytes; None where there is none."""
    query = select(IncomingMail).where(IncomingMail.hex_id == hex_id)
    whole = query.options(undefer(IncomingMail.raw), joinedload(IncomingMail.settled_by))
    return session.scalars(whole).one_or_none()


def letter_of(mail: IncomingMail) -> IncomingLetter:
    """The mail as people read it."""
    return reading.read(mail.raw, envelope_from=mail.envelope_from)


def release(session: Session, mail: IncomingMail, case: Case, *, by: User, desk: MailDesk, at: datetime) -> Case:
    """Put it into a case, or into what that was merged into; returns the case in which it stands (MAIL-46).

    A user who may comment there is its author, unless our relay says that somebody else wrote it. What anybody else
    wrote is an outsider's answer, for staff alone unless the catalogue shows those.
    """
    held = _hold(session, mail)
    letter = desk.shown(letter_of(held))
    case = case_changes.target_of(session, case)
    try:
        sender = mail_desks.find_sender(session, letter.sender)
        is_forged = held.verdict is Verdict.FORGED
        is_on_it = sender is not None and not is_forged and case_access.rights(session, case, sender).may_comment
        if sender is not None and is_on_it:
            entry = mailed_replies.by_user(session, case, sender, letter, desk, at=at)
        else:
            entry = mailed_replies.by_outsider(session, case, letter, desk, at=at)
    except QuarantinedError as quarantined:
        raise Refusal(str(quarantined)) from quarantined
    return _release(session, held, entry.case_id, entry.id, by=by, at=at)


def release_as_new(
    session: Session, mail: IncomingMail, organization: Organization, *, by: User, desk: MailDesk, at: datetime
) -> Case:
    """Make a case of it, for its sender, who has to belong to the organization; returns the case."""
    held = _hold(session, mail)
    letter = desk.shown(letter_of(held))
    try:
        sender = mail_desks.find_sender(session, letter.sender)
        if held.verdict is Verdict.FORGED:
            raise Refusal("Our relay says that its sender is forged.")
        if sender is None:
            raise Refusal("Nobody signs in with its sender's address.")
        entry = mailed_cases.open_for(session, organization, sender, letter, desk, at=at)
    except QuarantinedError as quarantined:
        raise Refusal(str(quarantined)) from quarantined
    return _release(session, held, entry.case_id, entry.id, by=by, at=at)


def discard(session: Session, mail: IncomingMail, *, by: User, at: datetime) -> None:
    """Lay it aside for good; it stays kept."""
    held = _hold(session, mail)
    settle(held, IncomingState.DISCARDED, held.reason, at=at, by=by)


def _hold(session: Session, mail: IncomingMail) -> IncomingMail:
    held = session.get_one(IncomingMail, mail.id, with_for_update=True, populate_existing=True)
    if held.state not in OPEN:
        raise AlreadyDone("Somebody has decided about this mail already.")
    return held


def _release(session: Session, held: IncomingMail, case_id: int, entry_id: int, *, by: User, at: datetime) -> Case:
    held.case_id, held.entry_id = case_id, entry_id
    settle(held, IncomingState.PROCESSED, held.reason, at=at, by=by)
    case = cases.find(session, case_id)
    if case is None:
        raise LookupError("a case that was just written is there")
    return case
