"""The usage of a scenario, each piece on its own day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.domain import rating
from portal.domain.periods import ONE_DAY, each_day
from portal.domain.scenarios import Usage
from portal.services.usage import NewUsage


@dataclass(slots=True)
class UsageFeed:
    """The usage of one organization's scenario; it remembers up to which day it has been posted."""

    organization_id: int
    project_ids: Mapping[str, int]
    steps: Sequence[Usage]
    next_on: date
    _items: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._items = _items(self.steps)

    def take(self, *, before: date) -> Sequence[NewUsage]:
        """What was used on the days before `before` and was not taken yet."""
        rows = [row for step in self.steps for row in self._rows(step, before)]
        self.next_on = max(self.next_on, before)
        return rows

    def _rows(self, step: Usage, before: date) -> Iterator[NewUsage]:
        for day in each_day(max(step.first_on, self.next_on), min(step.last_on, before - ONE_DAY)):
            yield NewUsage(
                organization_id=self.organization_id,
                project_id=self.project_ids[step.project],
                service=step.service,
                sku=self._items[step.place],
                provider=step.provider,
                used_on=day,
                posted_on=day,
                quantity_nano=_billable(step),
                unit="USD" if step.is_amount else "unit",
                unit_price_pico=rating.pico(step.unit_price),
                external_id=f"{step.place} {day}",
            )


def _billable(step: Usage) -> int:
    """The step's quantity in 10⁻⁹ units; nothing where it comes to less than a cent, and so begins no use (AMB-12)."""
    quantity = rating.nano(step.quantity)
    return quantity if rating.amount_cents(quantity, rating.pico(step.unit_price)) else 0


def _items(steps: Sequence[Usage]) -> dict[str, str]:
    """The item that each step is rated as: the service, numbered where one metered step must not be added to another.

    Quantity × unit price is rounded once a step, and rating rounds once an item. Amounts are whole cents anyway.
    """
    items: dict[str, str] = {}
    counts: dict[tuple[object, ...], int] = {}
    for step in steps:
        key = (step.is_amount, step.project, step.service, step.provider, step.first_on, step.unit_price)
        count = counts[key] = counts.get(key, 0) + 1
        items[step.place] = step.service if step.is_amount or count == 1 else f"{step.service} ({count})"
    return items
