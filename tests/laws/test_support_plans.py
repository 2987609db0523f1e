"""The fold of choices agrees with somebody who lives through every day and notes what is had and billed on it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest

from portal import catalogues
from portal.domain.errors import Refusal
from portal.domain.money import USD, Money
from portal.domain.periods import Month, each_day
from portal.domain.support_charges import bill, pieces_of
from tests.support_days import Customer

PLANS = catalogues.load("atlas").support_plans
RANK = {"basic": 0, "developer": 1, "pro": 2}
FIRST, LAST = date(2024, 1, 1), date(2025, 6, 30)
ONE_DAY = timedelta(days=1)


@dataclass
class Lived:
    """A customer as a diary: no rule is asked, each day follows from the one before."""

    had: str = "basic"
    billed: str = "basic"
    later: str | None = None
    trial_until: date | None = None
    tried: bool = False
    cancelled: tuple[str, date] | None = None
    diary: dict[date, tuple[str, str]] = field(default_factory=dict)
    billed_days: dict[date, str] = field(default_factory=dict)
    billed_in: dict[date, date] = field(default_factory=dict)

    def begin(self, day):
        if self.trial_until == day:
            self.trial_until, self.billed = None, self.had
        if day.day == 1 and not self.trial_until:
            if self.later == "basic":
                self.cancelled = self.had, day - ONE_DAY
            self.had, self.later = self.later or self.had, None
            self.billed = self.had

    def wish(self, day, kind, plan):
        """Whether it could be had."""
        act = {"start_trial": self.start_trial, "change": self.change, "cancel": self.cancel, "undo": self.undo}[kind]
        return act(day, plan)

    def end(self, day):
        self.diary[day] = self.had, self.billed
        self._bill(day, self.billed, day)

    def start_trial(self, day, plan):
        if self.tried or self.had != "basic" or plan != "developer":
            return False
        self.had, self.trial_until, self.tried = plan, day + timedelta(days=30), True
        return True

    def change(self, day, plan):
        if plan == "basic":
            return self.cancel(day, plan)
        if plan == self.had:
            return self.undo(day, plan)
        if RANK[plan] < RANK[self.had]:
            self.later = plan
            return True
        if self.had == "basic" and self.cancelled:
            self._come_back(day, plan)
        self.had, self.later, self.trial_until = plan, None, None
        return True

    def cancel(self, day, _):
        if self.had == "basic" or self.later == "basic":
            return False
        if self.trial_until:
            self.cancelled = self.had, day
            self.had = self.billed = "basic"
            self.trial_until = None
        else:
            self.later = "basic"
        return True

    def undo(self, _, __):
        undone, self.later = self.later is not None, None
        return undone

    def _come_back(self, day, plan):
        """Support and price at once, and the days between, unless Developer is followed by Pro."""
        assert self.cancelled
        before, last_on = self.cancelled
        self.billed = plan
        if (before, plan) != ("developer", "pro"):
            for missed in each_day(max(last_on + ONE_DAY, day - timedelta(days=90)), day - ONE_DAY):
                self._bill(missed, plan, day)

    def _bill(self, day, plan, decided_on):
        if plan != "basic":
            assert day not in self.billed_days, "no day is billed twice"
            self.billed_days[day] = plan
            self.billed_in[day] = decided_on


@cache
def live(seed):
    choice, customer, lived = random.Random(seed), Customer(), Lived()
    for day in each_day(FIRST, LAST):
        lived.begin(day)
        while choice.random() < 0.04:
            kind = choice.choice(("start_trial", "change", "change", "change", "cancel", "cancel", "undo"))
            plan = choice.choice(("developer", "pro", "basic")) if kind != "start_trial" else "developer"
            try:
                customer.wish(str(day), kind, None if kind in ("cancel", "undo") else plan)
                taken = True
            except Refusal:
                taken = False
            assert lived.wish(day, kind, plan) == taken, (day, kind, plan)
        lived.end(day)
    return customer, lived


@pytest.mark.parametrize("seed", range(80))
def test_each_day_is_had_and_billed_as_it_was_lived(seed):
    customer, lived = live(seed)
    history = customer.history()
    for day, (had, billed) in lived.diary.items():
        assert (history.plan(day) or "basic") == had, day
        held = history.billing(day)
        if day not in lived.billed_days or lived.billed_in[day] == day:
            assert (held.plan if held else "basic") == billed, day


@pytest.mark.parametrize("seed", range(80))
def test_the_invoices_bill_each_day_once_in_the_month_in_which_it_was_decided(seed):
    customer, lived = live(seed)
    for month in Month.of(FIRST).until(Month.of(LAST)):
        known = customer.history(known_before=month.ends_before)
        pieces = pieces_of(known, customer.history(known_before=month.first_on), month)
        found = {day: piece.plan for piece in pieces for day in each_day(piece.first_on, piece.last_on)}
        assert sum(piece.days for piece in pieces) == len(found)
        assert found == {day: plan for day, plan in lived.billed_days.items() if lived.billed_in[day] in month}
        assert all(Month.of(piece.first_on) == Month.of(piece.last_on) == piece.month for piece in pieces)
        charged = bill([piece for piece in pieces if piece.plan == "developer"], {}, PLANS).charges
        days = sorted(day for day, plan in found.items() if plan == "developer")
        assert Money.total((charge.amount for charge in charged), USD) == fees(days)


def fees(days):
    """60.00 a month, of each stretch of days in a month its part, rounded half up to the cent."""
    stretches: list[list[date]] = []
    for day in days:
        if stretches and stretches[-1][-1] == day - ONE_DAY and day.day != 1:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    cents = [(2 * 6000 * len(days) + of) // (2 * of) for days in stretches for of in [Month.of(days[0]).days]]
    return Money(sum(cents), USD)


def test_the_lives_have_every_turn_in_them():
    """Else the laws above would say little."""
    lives = [live(seed) for seed in range(40)]
    kinds = {choice.kind.value for customer, _ in lives for choice in customer.choices}
    assert kinds == {"start_trial", "change", "cancel", "undo"}
    late = [day for _, lived in lives for day, decided in lived.billed_in.items() if Month.of(day) != Month.of(decided)]
    assert len(late) > 100
    assert any(a != b for _, lived in lives for a, b in pairwise(lived.diary.values()))
