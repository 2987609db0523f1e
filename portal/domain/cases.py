"""Cases: their states, what a comment does to them, and how a first response turned out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.errors import Refusal
from portal.domain.response_clock import FirstResponse


class CaseState(StrEnum):
    """Where a case stands (CASE-6)."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class EntryKind(StrEnum):
    """What one entry of a conversation is."""

    COMMENT = "comment"
    NOTE = "note"
    EVENT = "event"


class Visibility(StrEnum):
    """Who sees an entry: all on the case or staff alone; an outsider's mail is staff's until it is published (CC-6)."""

    PUBLIC = "public"
    STAFF_ONLY = "staff_only"
    INTERNAL = "internal"


class Happening(StrEnum):
    """What an entry of the kind `event` tells; its facts say the rest."""

    OPENED = "opened"
    STATE = "state"
    SEVERITY = "severity"
    DISAGREED = "disagreed"
    SETTLED = "settled"
    ASSIGNED = "assigned"
    CC_ADDED = "cc_added"
    CC_REMOVED = "cc_removed"
    VIDEO = "video"
    MERGED = "merged"
    MERGED_INTO = "merged_into"
    LINKED = "linked"
    PUBLISHED = "published"
    FOLLOWS = "follows"
    FOLLOWED_BY = "followed_by"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    RATED = "rated"


class Video(StrEnum):
    """A video chat that was asked for in a case (NE-3)."""

    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"


class ResponseResult(StrEnum):
    """How a first response turned out (NE-5); `EXPECTATION` is nothing that can be missed."""

    OPEN = "open"
    MET = "met"
    MISSED = "missed"
    EXPECTATION = "expectation"


CUSTOMER_WORDS: Mapping[CaseState, str] = {
    CaseState.NEW: "Open",
    CaseState.OPEN: "Open",
    CaseState.PENDING: "Awaiting your reply",
    CaseState.ON_HOLD: "Open",
    CaseState.SOLVED: "Solved",
    CaseState.CLOSED: "Closed",
}
"""What customers read for a state (CASE-6): that a case is on hold is staff's own affair."""

STAFF_WORDS: Mapping[CaseState, str] = {
    CaseState.NEW: "New",
    CaseState.OPEN: "Open",
    CaseState.PENDING: "Waiting for the customer",
    CaseState.ON_HOLD: "On hold",
    CaseState.SOLVED: "Solved",
    CaseState.CLOSED: "Closed",
}
"""What staff read for a state."""

UNDER_WAY = frozenset({CaseState.NEW, CaseState.OPEN, CaseState.PENDING, CaseState.ON_HOLD})
"""States in which something is still to do."""

_BY_STAFF: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.NEW: frozenset({CaseState.OPEN, CaseState.PENDING, CaseState.ON_HOLD, CaseState.SOLVED}),
    CaseState.OPEN: frozenset({CaseState.PENDING, CaseState.ON_HOLD, CaseState.SOLVED}),
    CaseState.PENDING: frozenset({CaseState.OPEN, CaseState.ON_HOLD, CaseState.SOLVED}),
    CaseState.ON_HOLD: frozenset({CaseState.OPEN, CaseState.PENDING, CaseState.SOLVED}),
    CaseState.SOLVED: frozenset({CaseState.OPEN, CaseState.PENDING, CaseState.ON_HOLD}),
    CaseState.CLOSED: frozenset(),
}


def after_comment(state: CaseState, *, by_staff: bool) -> CaseState:
    """The state after a public comment (CASE-3); refused for a closed case, where a follow-up is opened (CASE-5)."""
    if state is CaseState.CLOSED:
        raise Refusal("This is closed, and takes no more comments. Open a follow-up instead.")
    if by_staff:
        return CaseState.OPEN if state is CaseState.NEW else state
    return state if state is CaseState.NEW else CaseState.OPEN


def check_staff_change(state: CaseState, wanted: CaseState, *, close_reason: str | None) -> None:
    """Refuse what staff cannot set: only time closes a case, and who solves it says how (CASE-4, NE-15)."""
    if wanted not in _BY_STAFF[state]:
        raise Refusal(f"From “{STAFF_WORDS[state]}” a case cannot be set to “{STAFF_WORDS[wanted]}”.")
    if (wanted is CaseState.SOLVED) != (close_reason is not None):
        raise Refusal("Choose how it was solved." if close_reason is None else "Only a solved case has a reason.")


def staff_choices(state: CaseState) -> tuple[CaseState, ...]:
    """What staff may set a case to, in the order of the states."""
    return tuple(one for one in CaseState if one in _BY_STAFF[state])


def closes_at(solved_at: datetime, *, autoclose_days: int) -> datetime:
    """When a solved case closes by itself; until then a comment opens it again (CASE-4)."""
    return solved_at + timedelta(days=autoclose_days)


def warns_at(since: datetime, due_at: datetime, *, most: timedelta) -> datetime:
    """From when on agents are warned: a quarter of the time before it is due, at `most` so long (CLOCK-1)."""
    return due_at - min((due_at - since) / 4, most)


def result(owed: FirstResponse | None, *, answered_at: datetime | None, at: datetime) -> ResponseResult:
    """How the first response stands at `at`: what is due and unanswered is missed from that instant on (SL-6, NE-5)."""
    if owed is None or not owed.policy.target.is_promise:
        return ResponseResult.EXPECTATION
    if answered_at is not None:
        return ResponseResult.MET if owed.is_met(answered_at) else ResponseResult.MISSED
    return ResponseResult.MISSED if at >= owed.due_at else ResponseResult.OPEN
