"""Builders of support plans: the days of a customer who wishes one thing after the other, on values alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from portal import catalogues
from portal.domain.support_choices import Choice, ContractPlan
from portal.domain.support_history import History, history_of
from portal.domain.support_wishes import Decision, Situation, Wish, WishKind, decide

if TYPE_CHECKING:
    from portal.domain.catalogue import Catalogue


@dataclass
class Customer:
    """Somebody who wishes; every wish that is not refused becomes a choice."""

    catalogue: Catalogue = field(default_factory=lambda: catalogues.load("atlas"))
    contracts: tuple[ContractPlan, ...] = ()
    choices: list[Choice] = field(default_factory=list)
    in_family: bool = False

    def history(self, *, known_before: date | None = None) -> History:
        """What follows from the choices so far."""
        return history_of(
            self.choices,
            self.contracts,
            plans=self.catalogue.support_plans,
            retroactive=self.catalogue.retroactive_billing,
            known_before=known_before,
        )

    def wish(self, on: str, kind: str, plan: str | None = None, *, by_staff: bool = False) -> Decision:
        """Decide, and keep the choice."""
        day = date.fromisoformat(on)
        covering = [one.plan for one in self.contracts if day in one.days]
        decision = decide(
            Wish(WishKind(kind), plan),
            Situation(
                on=day,
                history=self.history(),
                plans=self.catalogue.support_plans,
                rules=self.catalogue.change_rules,
                retroactive=self.catalogue.retroactive_billing,
                in_family=self.in_family,
                with_contract=covering[0] if covering else None,
                by_staff=by_staff,
            ),
        )
        self.choices.append(decision.choice)
        return decision

    def has(self, on: str) -> str:
        """The plan of the day."""
        return self.history().plan(date.fromisoformat(on)) or "basic"

    def pays(self, on: str) -> str:
        """Whose price the day is billed at."""
        held = self.history().billing(date.fromisoformat(on))
        return held.plan or "basic" if held else "basic"
