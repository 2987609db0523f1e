"""What staff may change about a contract or credits: the days, and what is committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.contracts import check_commitment
from portal.domain.errors import Refusal
from portal.domain.money import Money
from portal.domain.periods import ONE_DAY, Days


@dataclass(frozen=True, slots=True)
class Calendar:
    """What decides which days can still be changed: today, and the first day that no closed month holds."""

    today: date
    open_from: date

    @property
    def earliest(self) -> date:
        """The first day on which something can begin or end."""
        return max(self.today, self.open_from)


def with_start(held: Days, starts_on: date, calendar: Calendar) -> Days:
    """The days with another start, from today on, of what has not begun before today (AMEND-3)."""
    if held.starts_on < calendar.earliest:
        raise Refusal(f"It began on {held.starts_on}. A start that has passed stays as it is.")
    if starts_on == held.starts_on:
        raise Refusal(f"It starts on {starts_on} already.")
    if starts_on < calendar.open_from:
        raise Refusal(f"The month of {starts_on} is closed. It can start on {calendar.earliest} at the earliest.")
    if starts_on < calendar.today:
        raise Refusal(f"A start on {starts_on} lies in the past. It can start on {calendar.earliest} at the earliest.")
    if held.last_on and starts_on > held.last_on:
        raise Refusal(f"It would start on {starts_on}, after its last day, {held.last_on}.")
    return Days(starts_on, held.ends_before)


def with_end(held: Days, last_on: date, calendar: Calendar) -> Days:
    """The days with another last day, from today on: later, which extends, or earlier, which ends (AMEND-4)."""
    if last_on == held.last_on:
        raise Refusal(f"Its last day is {last_on} already.")
    if last_on < held.starts_on:
        raise Refusal(f"It would end on {last_on}, before it starts on {held.starts_on}.")
    if last_on < calendar.earliest:
        raise Refusal(f"The last day {last_on} has passed. It can end on {calendar.earliest} at the earliest.")
    return Days(held.starts_on, last_on + ONE_DAY)


def check_still_open(held: Days, calendar: Calendar) -> None:
    """Refuse to extend a contract whose last month is closed: what was left of it has been billed (AMEND-5)."""
    if held.ends_before is not None and held.ends_before <= calendar.open_from:
        raise Refusal(f"It ended on {held.last_on}, and that month is closed. Activate a new contract.")


def check_new_commitment(commitment: Money, *, billed: Money, used: Money) -> None:
    """Refuse less than what was billed for the commitment, or used of it, until now (AMEND-6)."""
    check_commitment(commitment)
    if commitment < billed:
        raise Refusal(f"{billed} US dollars of the commitment are billed already. It cannot be lower.")
    if commitment < used:
        raise Refusal(f"{used} US dollars of the commitment are used already. It cannot be lower.")


def check_price(price: Decimal) -> None:
    """Refuse a unit price of nothing."""
    if price <= 0:
        raise Refusal("A unit price is above 0.")


def days_of_credits(
    row: Days, held: Days, new: Days, *, next_on: date | None = None, is_back: bool = False
) -> Days | None:
    """When credits of a contract can be drawn once its term is `new` in place of `held`; None: not at all (AMEND-7).

    The first ones begin with the contract, the last ones end with it; none outlast it, or the first day of the
    contract's next ones, `next_on`. `is_back` says that the term before left them no day.
    """
    begins_with_it = new.starts_on != held.starts_on and row.starts_on <= held.starts_on
    starts_on = new.starts_on if begins_with_it else row.starts_on
    ends_before = row.ends_before
    if new.ends_before is not None and ends_before is not None:
        ends_with_it = is_back or ends_before == held.ends_before
        ends_before = new.ends_before if ends_with_it else min(ends_before, new.ends_before)
        ends_before = min(ends_before, next_on or ends_before)
    if ends_before is not None and starts_on >= ends_before:
        return None
    return Days(starts_on, ends_before)
