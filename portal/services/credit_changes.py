"""Changes of credits by staff, for a reason: other dates, voiding, and taking a voiding back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import amending
from portal.domain.amending import Calendar
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import Credit, CreditTerms
from portal.models.organizations import Organization, User
from portal.services import credit_rows, history, months, outlooks
from portal.services.credit_rows import CreditRow, Grant
from portal.services.outlooks import Effect, Holdings


@dataclass(frozen=True, slots=True)
class CreditStart:
    """Another first day, of credits that have not begun before today."""

    starts_on: date


@dataclass(frozen=True, slots=True)
class CreditEnd:
    """Another last day, from today on."""

    last_on: date


@dataclass(frozen=True, slots=True)
class Voiding:
    """The credits cannot be drawn any more; what closed months drew stays drawn."""


@dataclass(frozen=True, slots=True)
class Reinstatement:
    """A voiding is taken back; the days stay as they were."""


CreditChange = CreditStart | CreditEnd | Voiding | Reinstatement


def find(session: Session, organization: Organization, hex_id: str) -> CreditRow | None:
    """The organization's credits with this id; another organization's are absent."""
    own = Credit.organization_id == organization.id, Credit.hex_id == hex_id
    credit = session.scalar(select(Credit).where(*own))
    return credit_rows.row_of(session, credit) if credit else None


def preview(session: Session, organization: Organization, row: CreditRow, wanted: CreditChange, *, on: date) -> Effect:
    """What the change would do, seen on the day `on`; refused like the change itself."""
    changed = _after(row, wanted, _calendar(session, organization, on))

    def change(held: Holdings) -> Holdings:
        return replace(held, credits=[changed if one.credit.id == row.credit.id else one for one in held.credits])

    return outlooks.compare(session, organization, _group(session, row.credit), change=change, on=on)


def make(
    session: Session,
    organization: Organization,
    row: CreditRow,
    wanted: CreditChange,
    *,
    seen: int,
    reason: str,
    at: datetime,
    by: User,
) -> None:
    """Change the credits as they were `seen` (a version). Closed months stay as they are (AMEND-1, AMEND-2)."""
    months.lock(session, organization)
    held = credit_rows.row_of(session, row.credit)
    refuse_overtaken(session, held.terms, seen=seen)
    changed = _after(held, wanted, _calendar(session, organization, at.date()))
    credit_rows.change(session, row.credit, days=changed.days, voided=changed.terms.voided, at=at, by=by, reason=reason)
    event = _event(held, changed)
    history.record(session, organization, event, at=at, by=by, detail=_told(held, changed))


def preview_grant(
    session: Session, organization: Organization, group: BillingGroup, wanted: Grant, *, at: datetime
) -> Effect:
    """What granting the credits would do, seen on the day of `at`; refused like the grant itself."""
    credit_rows.check(session, organization, wanted)
    credit = Credit(
        id=0,
        organization_id=organization.id,
        billing_group_id=group.id,
        kind=wanted.kind,
        total_cents=wanted.total.minor,
        priority=wanted.priority,
        granted_at=at,
    )
    terms = CreditTerms(starts_on=wanted.days.starts_on, ends_before=wanted.days.ends_before, voided=False)

    def change(held: Holdings) -> Holdings:
        return replace(held, credits=[*held.credits, CreditRow(credit, terms)])

    return outlooks.compare(session, organization, group, change=change, on=at.date())


def row_with(row: CreditRow, days: Days, *, voided: bool) -> CreditRow:
    """The credits with other terms, which are in no session."""
    if days.ends_before is None:
        raise Refusal("Credits have a last day.")
    version = row.terms.version + 1
    terms = CreditTerms(
        credit_id=row.credit.id,
        version=version,
        starts_on=days.starts_on,
        ends_before=days.ends_before,
        voided=voided,
    )
    return CreditRow(row.credit, terms)


def refuse_overtaken(session: Session, held: Any, *, seen: int) -> None:
    """Refuse a change of terms that are no longer what was seen, and say who changed them and why (AMEND-2)."""
    if held.version == seen:
        return
    by = session.get(User, held.agreed_by_id) if held.agreed_by_id else None
    who = by.name if by else "Somebody"
    raise Overtaken(f"{who} changed it meanwhile, on {held.agreed_at:%Y-%m-%d at %H:%M} UTC: {held.reason}")


def _after(row: CreditRow, wanted: CreditChange, calendar: Calendar) -> CreditRow:
    if row.terms.voided and not isinstance(wanted, Reinstatement):
        raise Refusal("These credits are void already.")
    match wanted:
        case CreditStart(starts_on):
            return row_with(row, amending.with_start(row.days, starts_on, calendar), voided=False)
        case CreditEnd(last_on):
            return row_with(row, amending.with_end(row.days, last_on, calendar), voided=False)
        case Voiding():
            return row_with(row, row.days, voided=True)
        case Reinstatement():
            if not row.terms.voided:
                raise Refusal("These credits are not void.")
            return row_with(row, row.days, voided=False)
    assert_never(wanted)


def _event(held: CreditRow, changed: CreditRow) -> Event:
    if held.terms.voided != changed.terms.voided:
        return Event.CREDIT_VOIDED if changed.terms.voided else Event.CREDIT_REINSTATED
    if held.days.starts_on == changed.days.starts_on:
        return Event.CREDIT_END_MODIFIED
    is_earlier = changed.days.starts_on < held.days.starts_on
    return Event.CREDIT_START_PULLED_FORWARD if is_earlier else Event.CREDIT_START_POSTPONED


def _told(held: CreditRow, changed: CreditRow) -> str:
    total = f"{Money(held.credit.total_cents, USD)} US dollars"
    if held.days == changed.days:
        return total
    if held.days.starts_on != changed.days.starts_on:
        return f"{total}: from {changed.days.starts_on} in place of {held.days.starts_on}"
    return f"{total}: until {changed.days.last_on} in place of {held.days.last_on}"


def _calendar(session: Session, organization: Organization, on: date) -> Calendar:
    return Calendar(on, months.next_to_close(session, organization).first_on)


def _group(session: Session, credit: Credit) -> BillingGroup:
    return session.get_one(BillingGroup, credit.billing_group_id)
