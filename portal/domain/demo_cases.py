"""What the demo's support has seen: cases with what was done to them, replies kept for later, teams, an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from portal.domain.cases import CaseState
from portal.domain.incidents import IncidentSeverity
from portal.domain.reading import Reader, read_with


class Deed(StrEnum):
    """What somebody does to a case that is open."""

    COMMENT = "comment"
    NOTE = "note"
    ANSWER_FROM_OUTSIDE = "answer_from_outside"
    CLAIM = "claim"
    STATE = "state"
    SOLVE = "solve"
    ASSESS = "assess"
    DISAGREE = "disagree"
    MERGE = "merge"
    RATE = "rate"
    CLOSE = "close"


# Deeds that come with words, and those that choose something.
_WITH_TEXT = frozenset(
    {Deed.COMMENT, Deed.NOTE, Deed.ANSWER_FROM_OUTSIDE, Deed.ASSESS, Deed.DISAGREE, Deed.RATE},
)  # fmt: skip
_WITH_CHOICE = frozenset({Deed.STATE, Deed.SOLVE, Deed.ASSESS, Deed.MERGE, Deed.RATE})
GOOD, BAD = "good", "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Somebody opens a case that the file calls `ref`; `project` None is the whole organization."""

    ref: str
    at: datetime
    by: str
    organization: str
    project: str | None
    subject: str
    description: str
    severity: str
    product: str | None
    reason: str | None
    cc: tuple[str, ...]
    follows: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody (`by`, an address; nobody where time closes it) does something to the case `ref`.

    `choice` is what the deed chooses: a state, a close reason, a severity, the case to merge into, `good` or `bad`.
    """

    ref: str
    at: datetime
    by: str
    deed: Deed
    text: str
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    """Somebody who looks after an organization."""

    organization: str
    name: str
    works_as: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """An incident that is over."""

    catalogue: str
    severity: IncidentSeverity
    title: str
    text: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSupport:
    """All of it; `agent` keeps what staff keep. Macros are texts by name.

    `steps` stand in the order of their time. Mail of before `mail_since` is not kept.
    """

    agent: str
    mail_since: datetime
    macros: Mapping[str, str]
    teams: tuple[TeamMember, ...]
    incidents: tuple[PastIncident, ...]
    steps: tuple[Opening | Turn, ...]


def parse_support(table: object, *, source: str) -> DemoSupport:
    """What is in `table`; what is missing, unknown or of a wrong kind is `Malformed` at its place in it."""
    with Reader(table, source) as top:
        steps = [step for entry in top.tables("cases") for step in _case(entry)]
        return DemoSupport(
            agent=top.text("agent"),
            mail_since=_instant(top, "mail_since"),
            macros={entry.text("name"): entry.text("text") for entry in top.tables("macros")},
            teams=tuple(_team_member(entry) for entry in top.tables("teams")),
            incidents=tuple(_incident(entry) for entry in top.tables("incidents")),
            # Python's sort keeps the order of the file where two happen in one minute.
            steps=tuple(sorted(steps, key=lambda step: step.at)),
        )


def _case(entry: Reader) -> tuple[Opening | Turn, ...]:
    opening = Opening(
        ref=entry.text("ref"),
        at=_instant(entry),
        by=entry.text("by"),
        organization=entry.text("organization"),
        project=entry.optional_text("project"),
        subject=entry.text("subject"),
        description=entry.text("description"),
        severity=entry.text("severity"),
        product=entry.optional_text("product"),
        reason=entry.optional_text("reason"),
        cc=entry.texts("cc", default=()),
        follows=entry.optional_text("follows"),
    )
    return (opening, *(_turn(turn, opening.ref) for turn in entry.tables("then", required=False)))


def _turn(entry: Reader, ref: str) -> Turn:
    deed = Deed(entry.text("do", one_of=[deed.value for deed in Deed]))
    return Turn(
        ref=ref,
        at=_instant(entry),
        by="" if deed is Deed.CLOSE else entry.text("by"),
        deed=deed,
        text=entry.text("text") if deed in _WITH_TEXT else "",
        choice=_choice(entry, deed) if deed in _WITH_CHOICE else "",
    )


def _choice(entry: Reader, deed: Deed) -> str:
    known = {Deed.STATE: [state.value for state in CaseState], Deed.RATE: [GOOD, BAD]}
    return entry.text("choice", one_of=known.get(deed, ()))


def _team_member(entry: Reader) -> TeamMember:
    return TeamMember(
        organization=entry.text("organization"),
        name=entry.text("name"),
        works_as=entry.text("works_as"),
        email=entry.text("email"),
    )


def _incident(entry: Reader) -> PastIncident:
    severity = entry.text("severity", one_of=[severity.value for severity in IncidentSeverity])
    return PastIncident(
        catalogue=entry.text("catalogue"),
        severity=IncidentSeverity(severity),
        title=entry.text("title"),
        text=entry.text("text"),
        begins_at=_instant(entry, "begins_at"),
        ends_at=_instant(entry, "ends_at"),
    )


def _instant(entry: Reader, key: str = "at") -> datetime:
    """A minute in UTC, written as `2026-11-20 14:05`."""
    return read_with(entry, key, lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
