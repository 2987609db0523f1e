"""The conversation of a case: comments by mail and in the portal, notes of staff, and reading it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain import cases as rules
from portal.domain.case_forms import ReplyVisibility
from portal.domain.cases import CaseState, Happening, Visibility
from portal.domain.errors import AlreadyDone, Refusal
from portal.models.case_entries import CaseEntry, CaseParticipant
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services import case_entries, case_news, case_people, cases
from portal.services.case_doing import Doing

LONGEST_COMMENT = 32_000


def comment(
    session: Session,
    case: Case,
    body: str,
    doing: Doing,
    *,
    cc: Sequence[str] = (),
    quoted: str = "",
    ignored: Sequence[str] = (),
) -> CaseEntry:
    """Add a public comment, and with it addresses on CC; it is mailed to everybody on the case (CC-1, CASE-10).

    The first one by staff ends the clock (SL-7). It opens a case again that waited for it or was solved (CASE-3).
    Refused without a text, and on a closed case. `ignored` are addresses in a mail that could not be added.
    """
    case = cases.hold(session, case)
    state = rules.after_comment(case.state, by_staff=doing.as_staff)
    entry = case_entries.write_comment(session, case, _text(body), doing, quoted=quoted, ignored=ignored)
    added = case_people.add_cc(session, case, cc, doing)
    _answer(case, doing)
    turned = set_state(session, case, state, doing)
    case_news.tell_commented(
        session, case, entry, doing, added=[participant.address for participant in added], turned=turned
    )
    return entry


def put_on_cc(session: Session, case: Case, addresses: Sequence[str], doing: Doing) -> Sequence[CaseParticipant]:
    """Put addresses on CC without a comment: everybody on the case, they as well, hears that they are (CASE-10).

    Refused on a closed case (CC-10). Empty where all of them are on the case already.
    """
    case = cases.hold(session, case)
    if case.state is CaseState.CLOSED:
        raise Refusal("It is closed. Nobody comes on CC any more.")
    added = case_people.add_cc(session, case, addresses, doing)
    if added:
        case.updated_at = doing.at
        case_news.tell_changed(session, case, _newest(session, case, Happening.CC_ADDED), doing)
    return added


def comment_from_outside(
    session: Session,
    case: Case,
    body: str,
    address: str,
    doing: Doing,
    *,
    quoted: str = "",
    ignored: Sequence[str] = (),
) -> CaseEntry:
    """Add what somebody on CC who is no user answered by mail; by the catalogue's choice staff alone see it (CC-6).

    `ignored` are addresses in their mail that are not added (CC-7).
    """
    case = cases.hold(session, case)
    policy = catalogues.load(case.organization.catalogue).case_policy
    is_public = policy.external_reply_visibility is ReplyVisibility.PUBLIC
    visibility = Visibility.PUBLIC if is_public else Visibility.STAFF_ONLY
    state = rules.after_comment(case.state, by_staff=False)
    entry = case_entries.write_comment(
        session, case, _text(body), doing, visibility=visibility, address=address, quoted=quoted, ignored=ignored
    )
    case.updated_at = doing.at
    set_state(session, case, state, doing)
    if is_public:
        case_news.tell_commented(session, case, entry, doing, added=())
    return entry


def note(session: Session, case: Case, body: str, doing: Doing) -> CaseEntry:
    """Add a note that no customer ever sees; it ends no clock and is mailed to nobody (SL-7, CC-13)."""
    case = cases.hold(session, case)
    entry = case_entries.write_note(session, case, _text(body), doing)
    case.updated_at = doing.at
    return entry


def publish(session: Session, case: Case, entry: CaseEntry, doing: Doing) -> None:
    """Show an outsider's answer to everybody on the case (CC-6); an entry that is shown already stays so."""
    case = cases.hold(session, case)
    session.refresh(entry, ["visibility"])
    if entry.visibility is not Visibility.STAFF_ONLY:
        raise AlreadyDone("This is shown to everybody on the case already.")
    entry.visibility = Visibility.PUBLIC
    case.updated_at = doing.at
    case_entries.write_event(
        session, case, Happening.PUBLISHED, {"address": entry.author_address}, doing, visibility=Visibility.INTERNAL
    )
    case_news.tell_commented(session, case, entry, doing, added=())


def entries(session: Session, case: Case, *, for_staff: bool, after: int = 0) -> Sequence[CaseEntry]:
    """The conversation with its authors, the oldest first, from behind the entry `after`.

    For customers it is what everybody on the case may read; this is the one place where that is decided (CC-13).
    """
    query = _with_authors().where(CaseEntry.case_id == case.id, CaseEntry.id > after).order_by(CaseEntry.id)
    if not for_staff:
        query = query.where(CaseEntry.visibility == Visibility.PUBLIC)
    return session.scalars(query).all()


def find_entry(session: Session, case: Case, hex_id: str, *, for_staff: bool) -> CaseEntry | None:
    """One entry of the conversation, where it may be read."""
    query = _with_authors().where(CaseEntry.case_id == case.id, CaseEntry.hex_id == hex_id)
    if not for_staff:
        query = query.where(CaseEntry.visibility == Visibility.PUBLIC)
    return session.scalars(query).one_or_none()


def set_state(
    session: Session, case: Case, state: CaseState, doing: Doing, *, reason: str | None = None
) -> CaseEntry | None:
    """Set a held case to `state` and write that down, for staff alone where customers read the same word (CASE-6).

    None where it is in this state already.
    """
    if state is case.state:
        return None
    is_news = rules.CUSTOMER_WORDS[state] != rules.CUSTOMER_WORDS[case.state]
    facts = {"old": case.state.value, "new": state.value} | ({"reason": reason} if reason else {})
    case.state, case.state_since, case.updated_at = state, doing.at, doing.at
    case.close_reason = reason if state in {CaseState.SOLVED, CaseState.CLOSED} else None
    visibility = Visibility.PUBLIC if is_news else Visibility.INTERNAL
    return case_entries.write_event(session, case, Happening.STATE, facts, doing, visibility=visibility)


def _text(body: str) -> str:
    text = body.strip()
    if not text:
        raise Refusal("Write a comment first.")
    if len(text) > LONGEST_COMMENT:
        raise Refusal(f"A comment takes at most {LONGEST_COMMENT:,} characters; this has {len(text):,}.")
    return text


def _answer(case: Case, doing: Doing) -> None:
    case.updated_at = doing.at
    if doing.as_staff and case.first_responded_at is None:
        case.first_responded_at = doing.at


def _newest(session: Session, case: Case, happening: Happening) -> CaseEntry:
    own = CaseEntry.case_id == case.id, CaseEntry.happening == happening
    return session.scalars(select(CaseEntry).where(*own).order_by(CaseEntry.id.desc()).limit(1)).one()


def _with_authors() -> Select[CaseEntry]:
    return select(CaseEntry).options(joinedload(CaseEntry.author).lazyload(User.staff_roles))
