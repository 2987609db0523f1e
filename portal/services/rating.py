"""Reads posted usage as rated lines: the database groups and adds whole numbers, the core rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain import rating
from portal.domain.periods import Month
from portal.domain.rating import NANO, Line
from portal.models.organizations import Project
from portal.models.usage import UsageRow

# Quantities are added in two halves, so that no sum of 64-bit numbers overflows on any database.
_KEY = (
    Project.billing_group_id,
    UsageRow.project_id,
    Project.name,
    UsageRow.service,
    UsageRow.sku,
    UsageRow.provider,
    UsageRow.unit,
    UsageRow.used_on,
    UsageRow.posted_on,
    UsageRow.unit_price_pico,
)
_SUMS = (
    func.sum(UsageRow.quantity_nano.op("/")(NANO)),
    func.sum(UsageRow.quantity_nano.op("%")(NANO)),
)
_RATED = (
    select(*_KEY, *_SUMS)
    .join(Project, Project.id == UsageRow.project_id)
    .where(
        UsageRow.organization_id == bindparam("organization_id"),
        UsageRow.posted_on >= bindparam("first_on"),
        UsageRow.posted_on < bindparam("ends_before"),
    )
    .group_by(*_KEY)
)
# What makes a line, without the names that follow from it.
_OWN_KEY = (
    UsageRow.organization_id,
    UsageRow.project_id,
    UsageRow.service,
    UsageRow.sku,
    UsageRow.provider,
    UsageRow.unit,
    UsageRow.used_on,
    UsageRow.posted_on,
    UsageRow.unit_price_pico,
)


def rated_lines(
    session: Session, organization_id: int, month: Month, *, until: date | None = None
) -> Mapping[int, Sequence[Line]]:
    """The rated lines posted in `month` (before the day `until`, where given), by billing group.

    They are ordered by project, service, sku, day of use and price, the same on every database.
    """
    ends_before = min(until, month.ends_before) if until else month.ends_before
    return rated_between(session, organization_id, month.first_on, ends_before)


def rated_between(
    session: Session, organization_id: int, first_on: date, ends_before: date
) -> Mapping[int, Sequence[Line]]:
    """The same of any days: those posted from `first_on` on and before `ends_before`."""
    period = {"organization_id": organization_id, "first_on": first_on, "ends_before": ends_before}
    rated: dict[int, list[Line]] = defaultdict(list)
    for (
        group_id,
        project_id,
        project,
        service,
        sku,
        provider,
        unit,
        used_on,
        posted_on,
        price,
        *sums,
    ) in session.execute(_RATED, period):
        quantity = int(sums[0]) * NANO + int(sums[1])
        line = Line(
            project_id, service, sku, provider, unit, used_on, posted_on, price, quantity,
            rating.amount_cents(quantity, price), project,
        )  # fmt: skip
        rated[group_id].append(line)
    for lines in rated.values():
        # Sorted here and not by the database, whose collations differ.
        lines.sort(key=_place)
    return rated


def cents_by_organization(
    session: Session, organization_ids: Collection[int], first_on: date, ends_before: date
) -> Mapping[int, int]:
    """What the lines of those days come to in US cents, for each of the organizations, in one query."""
    found = session.execute(
        select(UsageRow.organization_id, UsageRow.unit_price_pico, *_SUMS)
        .where(
            UsageRow.organization_id.in_(organization_ids),
            UsageRow.posted_on >= first_on,
            UsageRow.posted_on < ends_before,
        )
        .group_by(*_OWN_KEY)
    )
    cents = dict.fromkeys(organization_ids, 0)
    for organization_id, price, whole, rest in found:
        cents[organization_id] += rating.amount_cents(int(whole) * NANO + int(rest), price)
    return cents


def _place(line: Line) -> tuple[object, ...]:
    return (
        line.project,
        line.service,
        line.sku,
        line.provider or "",
        line.used_on,
        line.posted_on,
        line.unit_price_pico,
        line.unit,
    )
