"""Choices of support plans as values: those that were made, and those that follow from contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.periods import Days
from portal.domain.support_plans import SupportPlan


class ChoiceKind(StrEnum):
    """What was chosen. A tier is chosen when staff have accepted what was asked for."""

    START_TRIAL = "start_trial"
    CHANGE = "change"
    CANCEL = "cancel"
    UNDO = "undo"
    TIER = "tier"
    CONTRACT = "contract"  # no row: it follows from the terms of a contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A plan (None: the one that costs nothing) from a day on, as it was decided on the day `made_on`.

    `entitled_on` is the first day of its support, `billed_on` the first that is billed at its price, which may lie
    before `made_on` (R1, AV-30). `billing_group_id` is set where one group bears the cost of all (AV-23).
    """

    kind: ChoiceKind
    made_on: date
    plan: str | None
    entitled_on: date
    billed_on: date
    billing_group_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContractPlan:
    """A plan that comes with a contract for its term (M10)."""

    plan: str
    days: Days


def choices_of_contracts(contracts: Sequence[ContractPlan], plans: Mapping[str, SupportPlan]) -> Iterator[Choice]:
    """A choice for each day on which the highest plan among the contracts changes."""
    days = {one.days.starts_on for one in contracts} | {
        one.days.ends_before for one in contracts if one.days.ends_before
    }
    last: str | None = None
    for day in sorted(days):
        covering = [one.plan for one in contracts if day in one.days]
        plan = max(covering, key=lambda key: plans[key].rank, default=None)
        if plan != last:
            yield Choice(kind=ChoiceKind.CONTRACT, made_on=day, plan=plan, entitled_on=day, billed_on=day)
        last = plan
