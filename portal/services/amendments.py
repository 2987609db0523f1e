"""Amendments: other terms of a contract, agreed by staff for a reason. Closed months stay as they are (AMEND-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import amending
from portal.domain.amending import Calendar
from portal.domain.contracts import COMMITTING
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, User
from portal.models.subscriptions import Subscription
from portal.services import (
    amendment_words,
    balances,
    billing_profiles,
    contracts,
    credit_changes,
    credit_rows,
    history,
    links,
    months,
    outlooks,
    paid_credits,
    subscriptions,
)
from portal.services.balances import Balance
from portal.services.contracts import Contract
from portal.services.outlooks import Effect, Holdings

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewStart:
    """Another first day, of a contract that has not begun before today."""

    starts_on: date


@dataclass(frozen=True, slots=True)
class NewEnd:
    """Another last day: a later one extends, an earlier one ends.

    What is left of a commitment falls due in the last month; `waives_rest` lowers it to what was billed, or used,
    instead.
    """

    last_on: date
    waives_rest: bool = False


@dataclass(frozen=True, slots=True)
class NewTerms:
    """Other prices, amounts, people or papers: column of `AgreedTerms` → value."""

    columns: Columns


Amendment = NewStart | NewEnd | NewTerms


def find(session: Session, organization: Organization, hex_id: str) -> Contract | None:
    """The organization's contract with this id; another organization's is absent."""
    own = Subscription.organization_id == organization.id, Subscription.hex_id == hex_id
    subscription = session.scalar(select(Subscription).where(*own))
    return contracts.of_subscription(session, subscription) if subscription else None


def preview(session: Session, organization: Organization, contract: Contract, wanted: Amendment, *, on: date) -> Effect:
    """What the amendment would do, seen on the day `on`; refused like the amendment itself. Nothing is written."""
    amended = _amended(session, organization, contract, wanted, on)

    def change(held: Holdings) -> Holdings:
        moved = {row.credit.id: row for row in paid_credits.after(session, held.credits, contract, amended)}
        agreed = [amended if one.subscription.id == contract.subscription.id else one for one in held.contracts]
        return replace(held, contracts=agreed, credits=[moved.get(row.credit.id, row) for row in held.credits])

    group = session.get_one(BillingGroup, contract.subscription.billing_group_id)
    return outlooks.compare(session, organization, group, change=change, on=on)


def amend(
    session: Session,
    organization: Organization,
    contract: Contract,
    wanted: Amendment,
    *,
    seen: int,
    reason: str,
    at: datetime,
    by: User,
) -> None:
    """Agree on the amendment of the terms that were `seen` (a version); it counts for all months that are not closed.

    Credits that were paid in advance with the contract follow its days. Refused where somebody changed it meanwhile.
    """
    months.lock(session, organization)
    held = contracts.of_subscription(session, contract.subscription)
    credit_changes.refuse_overtaken(session, held.terms, seen=seen)
    amended = _amended(session, organization, held, wanted, at.date())
    moved = paid_credits.after(session, credit_rows.of_organization(session, organization), held, amended)
    for row in moved:
        credit_rows.change(session, row.credit, days=row.days, voided=row.terms.voided, at=at, by=by, reason=reason)
    changes = _differences(held, amended)
    # Named first: the order form of the new terms goes to the new contact.
    if amended.terms.billing_contact and "billing_contact" in changes:
        group = session.get_one(BillingGroup, held.subscription.billing_group_id)
        billing_profiles.name_contact(session, group, amended.terms.billing_contact, at=at, by=by)
    subscriptions.agree(session, held, changes, at=at, by=by, reason=reason)
    event = _event(held, amended, wanted)
    history.record(session, organization, event, at=at, by=by, detail=amendment_words.told(held, amended, changes))


def _amended(session: Session, organization: Organization, held: Contract, wanted: Amendment, on: date) -> Contract:
    """The contract as it would be, in no session; refused where that cannot be."""
    calendar = Calendar(on, months.next_to_close(session, organization).first_on)
    match wanted:
        case NewStart(starts_on):
            term = amending.with_start(held.term, starts_on, calendar)
            # Moved back to the day of its activation, it reaches back as it did then.
            covers_from_on = subscriptions.covers_from(
                session, organization, applied_on=held.subscription.activated_at.date(), starts_on=term.starts_on
            )
            columns: Columns = {"starts_on": term.starts_on, "covers_from_on": covers_from_on}
        case NewEnd():
            columns = _ended(session, organization, held, wanted, calendar)
        case NewTerms():
            columns = _other_terms(session, organization, held, wanted.columns, calendar)
        case _:
            assert_never(wanted)
    amended = Contract(held.subscription, subscriptions.terms_with(held.terms, columns))
    if not _differences(held, amended):
        raise Refusal("Nothing would change.")
    if isinstance(wanted, NewStart) and (hindrance := links.hinders_contract(session, organization, amended.covers)):
        raise Refusal(hindrance)
    of = held.subscription
    subscriptions.check_alone(session, organization, of.billing_group_id, of.type, amended.term, besides=of.id)
    return amended


def _ended(session: Session, organization: Organization, held: Contract, wanted: NewEnd, calendar: Calendar) -> Columns:
    amending.check_still_open(held.term, calendar)
    term = amending.with_end(held.term, wanted.last_on, calendar)
    columns: dict[str, Any] = {"ends_before": term.ends_before}
    if not wanted.waives_rest:
        return columns
    if not has_pool(held):
        raise Refusal("It has no commitment of which a rest could be waived.")
    if held.term.ends_before and wanted.last_on + ONE_DAY > held.term.ends_before:
        raise Refusal("What is left of a commitment is waived where it ends earlier, not where it is extended.")
    # What was taken of it without its being billed stays owed, at its own price.
    kept = max(_balance(session, held).billed, _used(session, organization, held, calendar.today))
    return columns | {"commitment_cents": kept.minor or None}


def _other_terms(
    session: Session, organization: Organization, held: Contract, columns: Columns, calendar: Calendar
) -> Columns:
    for name in ("unit_price", "elastic_unit_price"):
        if name in columns:
            amending.check_price(columns[name])
    is_paid = held.subscription.type is SubscriptionType.PREPAID
    if is_paid and columns.get("unit_price", held.terms.unit_price) != held.terms.unit_price:
        raise Refusal("It was paid in advance, at the unit price that was agreed.")
    cents = columns.get("commitment_cents", held.terms.commitment_cents)
    if cents == held.terms.commitment_cents:
        return columns
    if not has_pool(held):
        raise Refusal("What was paid in advance, or has no commitment, cannot be amended. Grant or void credits.")
    amending.check_still_open(held.term, calendar)
    used = _used(session, organization, held, calendar.today)
    amending.check_new_commitment(Money(cents or 0, USD), billed=_balance(session, held).billed, used=used)
    return columns


def has_pool(contract: Contract) -> bool:
    """Whether it has a commitment that is billed month by month, and so can be raised, lowered and waived."""
    is_prepaid = contract.subscription.type is SubscriptionType.PREPAID or contract.terms.yearly_in_advance
    return contract.subscription.type in COMMITTING and not is_prepaid


def _used(session: Session, organization: Organization, held: Contract, on: date) -> Money:
    """What is used of the commitment until the day `on`, the open months included."""
    group = session.get_one(BillingGroup, held.subscription.billing_group_id)
    return _balance(session, held).used + outlooks.running_use(session, organization, group, held, on=on)


def _balance(session: Session, held: Contract) -> Balance:
    return balances.of_commitments(session, [held.subscription.id]).get(held.subscription.id, Balance())


def _differences(held: Contract, amended: Contract) -> dict[str, Any]:
    names = [column.key for column in type(held.terms).__table__.columns]
    ignored = {"id", "version", "reason", "agreed_by_id", "agreed_at"}
    pairs = ((name, getattr(held.terms, name), getattr(amended.terms, name)) for name in names if name not in ignored)
    return {name: new for name, old, new in pairs if old != new}


def _event(held: Contract, amended: Contract, wanted: Amendment) -> Event:
    if isinstance(wanted, NewStart):
        return Event.SUBSCRIPTION_START_MOVED
    if isinstance(wanted, NewTerms):
        return Event.SUBSCRIPTION_AMENDED
    was, is_now = held.term.ends_before, amended.term.ends_before
    is_later = was is not None and is_now is not None and is_now > was
    return Event.SUBSCRIPTION_EXTENDED if is_later else Event.SUBSCRIPTION_ENDED
