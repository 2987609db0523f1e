"""How plans are changed: by whom, when the change begins, and what is billed for its month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.origins import Origin


class Changed(StrEnum):
    """What is changed."""

    SUPPORT_PLAN = "support_plan"
    PRICING_PLAN = "pricing_plan"


class Change(StrEnum):
    """In which direction."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    CANCEL = "cancel"
    CANCEL_IN_TRIAL = "cancel_in_trial"


class Mode(StrEnum):
    """Who makes the change."""

    SELF_SERVICE = "self_service"
    CONTACT_ACCOUNT_TEAM = "contact_account_team"
    CONTACT_SALES = "contact_sales"
    FORBIDDEN = "forbidden"


class Effective(StrEnum):
    """From when on."""

    IMMEDIATE = "immediate"
    FIRST_OF_NEXT_MONTH = "first_of_next_month"
    END_OF_MONTH = "end_of_month"
    CHOSEN_MONTH = "chosen_month"
    AFTER_SETUP = "after_setup"
    AFTER_LIMITS_MET = "after_limits_met"


class ChangeBilling(StrEnum):
    """What is billed for the month of the change."""

    WHOLE_MONTH = "whole_month"
    FROM_EFFECTIVE = "from_effective"
    PRORATE_DAYS = "prorate_days"
    STOP_NOW = "stop_now"


@dataclass(frozen=True, slots=True)
class SelfService:
    """The terms of a change that customers make themselves.

    `effective` is when the price changes, `entitled` when the support does. With a chosen month it may be the current
    one or one of the next `months_ahead`. `setup_business_days` is the fewest and the most that staff take.
    """

    effective: Effective
    entitled: Effective
    billing: ChangeBilling
    months_ahead: int
    setup_business_days: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """How one kind of change goes, for all plans or for those named; `hint` is for the customer.

    `terms` are there in self-service alone.
    """

    changed: Changed
    change: Change
    mode: Mode
    from_plan: str | None
    to_plan: str | None
    terms: SelfService | None
    hint: str | None
    origin: Origin


def rule_for(
    rules: Iterable[ChangeRule], changed: Changed, change: Change, *, from_plan: str, to_plan: str | None
) -> ChangeRule | None:
    """The rule for this change; one that names the plans comes before one for all. None where nothing is said."""
    fitting = [
        rule
        for rule in rules
        if rule.changed is changed
        and rule.change is change
        and rule.from_plan in (None, from_plan)
        and rule.to_plan in (None, to_plan)
    ]
    return max(fitting, key=_named_plans, default=None)


def asks_for_a_month(rules: Iterable[ChangeRule]) -> bool:
    """Whether a better support plan is asked for with the month that it begins with, and set up by staff (AV-22)."""
    better = (rule for rule in rules if rule.changed is Changed.SUPPORT_PLAN and rule.change is Change.UPGRADE)
    return any(rule.terms is not None and rule.terms.effective is Effective.CHOSEN_MONTH for rule in better)


def _named_plans(rule: ChangeRule) -> int:
    return (rule.from_plan is not None) + (rule.to_plan is not None)
