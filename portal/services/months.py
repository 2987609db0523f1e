"""Which months of an organization are closed, and which day usage is posted on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.periods import Month
from portal.models.among import among
from portal.models.invoices import MonthClose, SetAside
from portal.models.organizations import Organization
from portal.models.usage import UsageRow
from portal.services import families

_OWN_USAGE = UsageRow.organization_id == Organization.id


def lock(session: Session, organization: Organization | int) -> None:
    """Hold the organization until the transaction ends: its money changes in one place at a time.

    On SQLite the writing transaction itself is the lock. On PostgreSQL the lock leaves others free to add rows that
    refer to the organization, such as events of its feed; two that did so before they lock cannot wait in a ring.
    """
    lock_all(session, [organization if isinstance(organization, int) else organization.id])


def lock_all(session: Session, organization_ids: Collection[int]) -> None:
    """`lock` several, in the order of their keys, so that two who do never wait for each other in a ring."""
    if session.get_bind().dialect.name == "sqlite":
        # A transaction writes from its beginning, and another one waits to begin.
        session.connection()
        return
    held = select(Organization.id).where(among(Organization.id, organization_ids)).order_by(Organization.id)
    session.execute(held.with_for_update(key_share=True))


def last_closed(session: Session, organization_ids: Collection[int] | None = None) -> Mapping[int, Month]:
    """The last closed month of each of the organizations (of all, where none are named) that has one."""
    newest = select(MonthClose.organization_id, func.max(MonthClose.period_on)).group_by(MonthClose.organization_id)
    if organization_ids is not None:
        newest = newest.where(among(MonthClose.organization_id, organization_ids))
    return {organization_id: Month.of(period_on) for organization_id, period_on in session.execute(newest)}


def posting_day(used_on: date, closed: Month | None) -> date:
    """The day that usage of `used_on` is posted: its own, or the first day of the next open month where its own month
    was closed already (`closed` is the last closed month).
    """
    if closed is None or Month.of(used_on) > closed:
        return used_on
    return closed.ends_before


def first_used_on(session: Session, organization: Organization) -> date | None:
    """Day 1 of use: the first day with billable usage (AMB-12)."""
    return first_used_of(session, [organization.id]).get(organization.id)


def first_used_of(session: Session, organization_ids: Collection[int]) -> Mapping[int, date]:
    """Day 1 of use of each of the organizations that has used anything billable."""
    # Read from the front of an index, for each by itself: the first row that costs something ends the search.
    billable = UsageRow.quantity_nano > 0, UsageRow.unit_price_pico > 0
    first = select(UsageRow.used_on).where(_OWN_USAGE, *billable).order_by(UsageRow.used_on).limit(1)
    return _of_each(session, organization_ids, first.correlate(Organization).scalar_subquery())


def next_to_close(session: Session, organization: Organization) -> Month:
    """The organization's oldest open month: after the last closed one, or its first with usage or since it exists."""
    return next_to_close_of(session, [organization.id])[organization.id]


def next_to_close_of(session: Session, organization_ids: Collection[int]) -> Mapping[int, Month]:
    """The oldest open month of each of the organizations."""
    closed = last_closed(session, organization_ids)
    new = [id_ for id_ in organization_ids if id_ not in closed]
    earliest = select(func.min(UsageRow.used_on)).where(_OWN_USAGE)
    used = _of_each(session, new, earliest.correlate(Organization).scalar_subquery())
    created = session.execute(select(Organization.id, Organization.created_at).where(among(Organization.id, new)))
    since = {id_: Month.of(min(at.date(), used.get(id_, date.max))) for id_, at in created}
    return since | {id_: month.following() for id_, month in closed.items()}


def unclosed(month: Month) -> Select[int]:
    """The ids of the organizations for which `month`, or an earlier one, is still to be closed, by id.

    It asks for the mark of `month` alone, which is found in an index, however many months were closed before.
    """
    ended_at = datetime.combine(month.ends_before, time(), UTC)
    marked = select(MonthClose.id).where(
        MonthClose.organization_id == Organization.id, MonthClose.period_on == month.first_on
    )
    used = select(UsageRow.id).where(_OWN_USAGE, UsageRow.used_on < month.ends_before)
    return (
        select(Organization.id)
        .where(
            is_billed(),
            or_(Organization.created_at < ended_at, used.exists()),
            ~marked.exists(),
        )
        .order_by(Organization.id)
    )


def is_billed() -> ColumnElement[bool]:
    """Of an organization: whether its catalogue closes months. An unknown catalogue does, until somebody looks."""
    return Organization.catalogue.not_in(
        [name for name in catalogues.names() if not catalogues.load(name).closes_months]
    )


def hold_unclosed(
    session: Session, month: Month, *, after: int, failed_before: datetime, most: int
) -> Sequence[Organization]:
    """Lock the next organizations, at most so many, beyond the id `after` for which `month` is to be closed.

    Passed over are those that another transaction holds, and those that were set aside at `failed_before` or later.
    Who is linked is closed with their payer, so that a payer is held with all of them, or not at all: nobody waits.
    """
    lately = select(SetAside.reason).where(
        SetAside.organization_id == Organization.id, SetAside.failed_at >= failed_before
    )
    wanted = unclosed(month).where(~lately.exists(), ~families.is_linked(month)).limit(most)
    while found := _lock_free(session, wanted.where(Organization.id > after)):
        together = families.of_month(session, found, month)
        others = select(Organization.id).where(among(Organization.id, together.payer_of))
        linked = _lock_free(session, others) if together.linked else ()
        whole = [id_ for id_ in found if set(together.linked.get(id_, ())) <= set(linked)]
        if whole:
            return _with_ids(session, whole)
        after = max(found)
    return ()


def with_linked(session: Session, held: Sequence[Organization], month: Month) -> Sequence[Organization]:
    """These organizations and those that they pay for in `month`, who may have earlier months of their own open."""
    together = families.of_month(session, [one.id for one in held], month)
    return [*held, *_with_ids(session, list(together.payer_of))] if together.linked else held


def fitting(session: Session, organization_ids: Sequence[int], month: Month, *, most_rows: int) -> Sequence[int]:
    """The first of these whose usage posted in `month` is at most so many rows together; one at least."""
    counted = session.execute(
        select(UsageRow.organization_id, func.count().label("rows"))
        .where(
            among(UsageRow.organization_id, organization_ids),
            UsageRow.posted_on >= month.first_on,
            UsageRow.posted_on < month.ends_before,
        )
        .group_by(UsageRow.organization_id)
    )
    rows = {found.organization_id: found.rows for found in counted}
    so_far = accumulate(rows.get(id_, 0) for id_ in organization_ids)
    return organization_ids[: max(1, sum(total <= most_rows for total in so_far))]


def _with_ids(session: Session, ids: Collection[int]) -> Sequence[Organization]:
    return session.scalars(select(Organization).where(among(Organization.id, ids)).order_by(Organization.id)).all()


def _lock_free(session: Session, wanted: Select[int]) -> Sequence[int]:
    """Those of the `wanted` that nobody else holds; from now on this transaction does."""
    return session.scalars(wanted.with_for_update(of=Organization, key_share=True, skip_locked=True)).all()


def _of_each(session: Session, organization_ids: Collection[int], value: ScalarSelect[Any]) -> Mapping[int, date]:
    rows = session.execute(select(Organization.id, value).where(among(Organization.id, organization_ids)))
    return {id_: day for id_, day in rows if day is not None}
