"""Which months of an organization are closed, and which day usage is posted on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.periods import Month
from portal.models.invoices import MonthClose, SetAside
from portal.models.organizations import Organization
from portal.models.usage import UsageRow


def lock(session: Session, organization: Organization | int) -> None:
    """Hold the organization until the transaction ends: its money changes in one place at a time.

    On SQLite the writing transaction itself is the lock. On PostgreSQL the lock leaves others free to add rows that
    refer to the organization, such as events of its feed; two that did so before they lock cannot wait in a ring.
    """
    lock_all(session, [organization if isinstance(organization, int) else organization.id])


def lock_all(session: Session, organization_ids: Collection[int]) -> None:
    """`lock` several, in the order of their keys, so that two who do never wait for each other in a ring."""
    held = select(Organization.id).where(Organization.id.in_(organization_ids)).order_by(Organization.id)
    session.execute(held.with_for_update(key_share=True))


def last_closed(session: Session, organization_ids: Collection[int] | None = None) -> Mapping[int, Month]:
    """The last closed month of each of the organizations (of all, where none are named) that has one."""
    newest = select(MonthClose.organization_id, func.max(MonthClose.period_on)).group_by(MonthClose.organization_id)
    if organization_ids is not None:
        newest = newest.where(MonthClose.organization_id.in_(organization_ids))
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
    # Read from the front of an index: the first row that costs something ends the search.
    return session.scalar(
        select(UsageRow.used_on)
        .where(UsageRow.organization_id == organization.id, UsageRow.quantity_nano > 0, UsageRow.unit_price_pico > 0)
        .order_by(UsageRow.used_on)
        .limit(1)
    )


def next_to_close(session: Session, organization: Organization) -> Month:
    """The organization's oldest open month: after the last closed one, or its first with usage or since it exists."""
    closed = last_closed(session, [organization.id]).get(organization.id)
    if closed:
        return closed.following()
    earliest = session.scalar(select(func.min(UsageRow.used_on)).where(UsageRow.organization_id == organization.id))
    created = Month.of(organization.created_at)
    return min(created, Month.of(earliest)) if earliest else created


def unclosed(month: Month) -> Select[int]:
    """The ids of the organizations for which `month`, or an earlier one, is still to be closed, by id.

    It asks for the mark of `month` alone, which is found in an index, however many months were closed before.
    """
    ended_at = datetime.combine(month.ends_before, time(), UTC)
    own = UsageRow.organization_id == Organization.id
    marked = select(MonthClose.id).where(
        MonthClose.organization_id == Organization.id, MonthClose.period_on == month.first_on
    )
    used = select(UsageRow.id).where(own, UsageRow.used_on < month.ends_before)
    never_closed = [name for name in catalogues.names() if not catalogues.load(name).closes_months]
    return (
        select(Organization.id)
        .where(
            Organization.catalogue.not_in(never_closed),
            or_(Organization.created_at < ended_at, used.exists()),
            ~marked.exists(),
        )
        .order_by(Organization.id)
    )


def hold_unclosed(session: Session, month: Month, *, after: int, failed_before: datetime) -> Organization | None:
    """Lock the next organization beyond the id `after` for which `month` is to be closed; None where there is none.

    Passed over are those that another transaction holds, and those that were set aside at `failed_before` or later.
    """
    lately = select(SetAside.reason).where(
        SetAside.organization_id == Organization.id, SetAside.failed_at >= failed_before
    )
    wanted = unclosed(month).where(Organization.id > after, ~lately.exists()).limit(1)
    found = session.scalar(wanted.with_for_update(of=Organization, key_share=True, skip_locked=True))
    return session.get_one(Organization, found) if found else None
