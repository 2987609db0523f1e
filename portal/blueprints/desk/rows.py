"""How cases read in the lists of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import catalogues
from portal.domain.case_promises import Promise, PromiseState
from portal.domain.cases import STAFF_WORDS, CaseState
from portal.domain.support_plans import Severity
from portal.models.cases import Case
from portal.services import case_promises

# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    CaseState.NEW: (STAFF_WORDS[CaseState.NEW], "info", "circle-dashed"),
    CaseState.OPEN: (STAFF_WORDS[CaseState.OPEN], "info", "activity"),
    CaseState.PENDING: (STAFF_WORDS[CaseState.PENDING], "", "clock"),
    CaseState.ON_HOLD: (STAFF_WORDS[CaseState.ON_HOLD], "", "circle-minus"),
    CaseState.SOLVED: (STAFF_WORDS[CaseState.SOLVED], "ok", "circle-check"),
    CaseState.CLOSED: (STAFF_WORDS[CaseState.CLOSED], "", "lock"),
}
_PROMISES = {
    PromiseState.DUE: ("Due in {left}", "", "clock"),
    PromiseState.DUE_SOON: ("Due in {left}", "warn", "clock"),
    PromiseState.OVERDUE: ("Overdue since {due}", "bad", "triangle-alert"),
    PromiseState.MET: ("Answered in time", "ok", "circle-check"),
    PromiseState.LATE: ("Answered late", "warn", "circle-alert"),
    PromiseState.EXPECTED: ("Expected {target}", "", "clock"),
    PromiseState.ANSWERED: ("Answered", "ok", "circle-check"),
}
_TONES = {1: "bad", 2: "warn"}


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A case with its severity, its plan, and what is said of its first response, as text, tone and icon."""

    case: Case
    plan: str
    severity: Severity | None
    promise: tuple[str, str, str] | None

    @property
    def severity_badge(self) -> tuple[str, str, str] | None:
        """Text, tone and icon of the severity."""
        return (self.severity.name, _TONES.get(self.severity.rank, ""), "flag") if self.severity else None


def row_of(case: Case, *, at: datetime) -> DeskRow:
    """The case as it reads at `at`. No query."""
    catalogue = catalogues.load(case.organization.catalogue)
    plan = catalogue.support_plans.get(case.terms["plan"])
    severity = catalogue.severities.get(case.severity or "")
    promise = case_promises.of_case(case, at=at)
    return DeskRow(case, plan.name if plan else "", severity, promise_words(promise) if promise else None)


def rows_of(cases: Iterable[Case], *, at: datetime) -> Sequence[DeskRow]:
    """All of them."""
    return [row_of(case, at=at) for case in cases]


def promise_words(promise: Promise) -> tuple[str, str, str]:
    """Text, tone and icon: what is only expected is never late (NE-5)."""
    words, tone, icon = _PROMISES[promise.state]
    due = f"{promise.due_at:%-d %b, %H:%M} UTC"
    return words.format(left=promise.left, due=due, target=promise.target), tone, icon
