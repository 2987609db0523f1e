"""Reads posted usage as rated lines: the database groups and adds whole numbers, the core rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import BigInteger, bindparam, cast, func, select
from sqlalchemy.orm import Session

from portal.domain import rating
from portal.domain.periods import Month
from portal.domain.rating import NANO, Line
from portal.models.among import among
from portal.models.base import Base
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Project
from portal.models.usage import UsageRow

# The tables and not the mapped classes, which would look at each row.
_USAGE, _PROJECT = (Base.metadata.tables[kind.__tablename__] for kind in (UsageRow, Project))
_KEY = (
    _USAGE.c.project_id,
    _USAGE.c.service,
    _USAGE.c.sku,
    _USAGE.c.provider,
    _USAGE.c.unit,
    _USAGE.c.used_on,
    _USAGE.c.posted_on,
    _USAGE.c.unit_price_pico,
)
# Quantities are added in two halves, so that no sum of 64-bit numbers overflows on any database.
_SUMS = (
    cast(func.sum(_USAGE.c.quantity_nano.op("/")(NANO)), BigInteger),
    cast(func.sum(_USAGE.c.quantity_nano.op("%")(NANO)), BigInteger),
)
_ADDED = (
    select(*_KEY, *_SUMS)
    .where(
        among(_USAGE.c.organization_id, "organization_ids"),
        _USAGE.c.posted_on >= bindparam("first_on"),
        _USAGE.c.posted_on < bindparam("ends_before"),
    )
    .group_by(*_KEY)
    .subquery()
)
# The project comes to what was added up, so that no row is grouped by its name.
_RATED = select(*_ADDED.c, _PROJECT.c.billing_group_id, _PROJECT.c.name).join(
    _PROJECT, _PROJECT.c.id == _ADDED.c.project_id
)


def rated_lines(
    session: Session, organization_ids: Collection[int], month: Month, *, until: date | None = None
) -> Mapping[int, Sequence[Line]]:
    """The rated lines of the organizations posted in `month` (before the day `until`, where given), by billing group.

    They are ordered by project, service, sku, day of use and price, the same on every database.
    """
    ends_before = min(until, month.ends_before) if until else month.ends_before
    return rated_between(session, organization_ids, month.first_on, ends_before)


def rated_between(
    session: Session, organization_ids: Collection[int], first_on: date, ends_before: date
) -> Mapping[int, Sequence[Line]]:
    """The same of any days: those posted from `first_on` on and before `ends_before`."""
    chosen = {"organization_ids": list(organization_ids), "first_on": first_on, "ends_before": ends_before}
    rated: dict[int, list[Line]] = defaultdict(list)
    session.flush()
    for (
        project_id,
        service,
        sku,
        provider,
        unit,
        used_on,
        posted_on,
        price,
        units,
        nano,
        group_id,
        project,
    ) in session.connection().execute(_RATED, chosen).all():
        quantity = units * NANO + nano
        line = Line(
            project_id, service, sku, provider, unit, used_on, posted_on, price, quantity,
            rating.amount_cents(quantity, price), project,
        )  # fmt: skip
        rated[group_id].append(line)
    for lines in rated.values():
        # Sorted here and not by the database, whose collations differ.
        lines.sort(key=_place)
    return rated


def organizations_of_groups(session: Session, organization_ids: Collection[int]) -> Mapping[int, int]:
    """Whose each of the billing groups of these organizations is, by their keys."""
    query = select(BillingGroup.id, BillingGroup.organization_id)
    found = session.execute(query.where(BillingGroup.organization_id.in_(organization_ids)))
    return {group_id: organization_id for group_id, organization_id in found.all()}  # noqa: C416 - rows, not pairs


def cents_by_organization(
    session: Session, organization_ids: Collection[int], first_on: date, ends_before: date
) -> Mapping[int, int]:
    """What the lines of those days come to in US cents, for each of the organizations, in one query."""
    found = session.execute(
        select(_USAGE.c.organization_id, _USAGE.c.unit_price_pico, *_SUMS)
        .where(
            among(_USAGE.c.organization_id, organization_ids),
            _USAGE.c.posted_on >= first_on,
            _USAGE.c.posted_on < ends_before,
        )
        .group_by(_USAGE.c.organization_id, *_KEY)
    )
    cents = dict.fromkeys(organization_ids, 0)
    for organization_id, price, whole, rest in found:
        cents[organization_id] += rating.amount_cents(whole * NANO + rest, price)
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
