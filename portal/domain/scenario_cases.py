"""The steps of a scenario that are about cases: opened, answered, and of another severity."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from portal.domain.reading import Reader
from portal.domain.response_targets import Via
from portal.domain.scenario_values import read_name, refuse_year

ORGANIZATION = "organization"
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LONGEST_REF = 100


class Side(StrEnum):
    """Who does something to a case."""

    STAFF = "staff"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """The customer opens a case that the file calls `ref`; `project` None is the whole organization."""

    place: str
    at: datetime
    ref: str
    severity: str | None
    project: str | None
    via: Via
    impact: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReply:
    """Somebody writes a public comment."""

    place: str
    at: datetime
    ref: str
    by: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSeverity:
    """Somebody changes the severity of a case."""

    place: str
    at: datetime
    ref: str
    by: Side
    severity: str
    explanation: str | None


CaseStep = OpenCase | CaseReply | CaseSeverity


def day_of(step: CaseStep) -> date:
    """The day on which the step is taken."""
    return step.at.date()


def parse_case_step(entry: Reader, kind: str, *, projects: Collection[str]) -> CaseStep:
    """The step of this kind in `entry`."""
    return CASE_STEPS[kind](entry, projects)


def _open_case(entry: Reader, projects: Collection[str]) -> OpenCase:
    scope = entry.text("scope", one_of=(ORGANIZATION, *projects))
    return OpenCase(
        place=entry.path,
        at=_instant(entry),
        ref=_ref(entry),
        severity=entry.optional_text("severity"),
        project=None if scope == ORGANIZATION else scope,
        via=Via(entry.text("via", default=Via.PORTAL.value, one_of=(Via.PORTAL.value, Via.EMAIL.value))),
        impact=entry.optional_text("impact"),
    )


def _case_reply(entry: Reader, _: Collection[str]) -> CaseReply:
    return CaseReply(place=entry.path, at=_instant(entry), ref=_ref(entry), by=_side(entry))


def _case_severity(entry: Reader, _: Collection[str]) -> CaseSeverity:
    return CaseSeverity(
        place=entry.path,
        at=_instant(entry),
        ref=_ref(entry),
        by=_side(entry),
        severity=entry.text("severity"),
        explanation=entry.optional_text("explanation"),
    )


def _instant(entry: Reader) -> datetime:
    text = entry.text("at")
    if not _INSTANT.fullmatch(text):
        raise entry.refuse("at", "an instant written as YYYY-MM-DDTHH:MM:SSZ is expected")
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise entry.refuse("at", f"there is no {text}") from None
    refuse_year(entry, "at", at.date())
    return at


def _ref(entry: Reader) -> str:
    return read_name(entry, "ref", longest=_LONGEST_REF)


def _side(entry: Reader) -> Side:
    return Side(entry.text("by", one_of=[side.value for side in Side]))


CASE_STEPS: Mapping[str, Callable[[Reader, Collection[str]], CaseStep]] = {
    "open_case": _open_case,
    "case_reply": _case_reply,
    "case_severity": _case_severity,
}
