"""Subscriptions: activating a contract, and agreeing on other terms later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import contracts as rules
from portal.domain import first_use
from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.methods import SubscriptionType
from portal.domain.periods import Days
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, User
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.services import billing_profiles, carried_usage, contracts, history, links, months, order_forms, prepayments
from portal.services.contracts import Contract

_OF_A_VERSION = ("id", "subscription_id", "version", "reason", "agreed_by_id", "agreed_at")


def activate(
    session: Session,
    organization: Organization,
    group: BillingGroup,
    terms: Terms,
    *,
    at: datetime,
    by: User | None = None,
    reason: str | None = None,
) -> Subscription:
    """Begin a subscription on the day of `at`, or later where its terms say so; refused for impossible terms.

    Inside the first 30 days of use it also covers what is not invoiced yet from the first use on, and the payments
    that wait are cancelled: their usage is posted into the running month and billed by the subscription (A1). Credits
    that are paid in advance can be used at once; their tax invoice is issued here (4.6). `reason` is that of staff who
    activate without a code.
    """
    months.lock(session, organization)
    contract = _keep(session, draft(session, organization, group, terms, at=at), by=by, reason=reason)
    if terms.billing_contact:
        billing_profiles.name_contact(session, group, terms.billing_contact, at=at, by=by)
    order_forms.issue(session, contract, at=at)
    prepayments.open_credits(session, organization, group, contract, terms, at=at, by=by)
    history.record(session, organization, Event.PREPAID_PLAN_ACTIVATED, at=at, by=by)
    first_used_on = months.first_used_on(session, organization)
    if terms.starts_on == at.date() and first_use.is_inside(first_used_on, at.date()):
        carried_usage.carry_waiting(session, group, at=at)
    return contract.subscription


def draft(session: Session, organization: Organization, group: BillingGroup, terms: Terms, *, at: datetime) -> Contract:
    """The contract as it would begin, in no session; refused like its activation."""
    catalogue = catalogues.load(organization.catalogue)
    if terms.type not in catalogue.subscription_types:
        raise Refusal(f"{catalogue.title} has no subscription of the type {terms.type}.")
    rules.check_terms(terms, applied_on=at.date())
    check_alone(session, organization, group.id, terms.type, Days(terms.starts_on, terms.ends_before))
    covers_from_on = covers_from(session, organization, applied_on=at.date(), starts_on=terms.starts_on)
    hindrance = links.hinders_contract(session, organization, Days(covers_from_on, terms.ends_before))
    if hindrance:
        raise Refusal(hindrance)
    subscription = Subscription(
        organization_id=group.organization_id, billing_group_id=group.id, type=terms.type, activated_at=at
    )
    return Contract(subscription, _first_terms(terms, covers_from_on=covers_from_on, at=at))


def covers_from(session: Session, organization: Organization, *, applied_on: date, starts_on: date) -> date:
    """The first day whose usage a contract settles that is activated on the day `applied_on` (A1, A2)."""
    first_used_on = months.first_used_on(session, organization)
    if not first_use.is_inside(first_used_on, applied_on):
        return starts_on
    closed = months.last_closed(session, [organization.id]).get(organization.id)
    open_from = closed.ends_before if closed else date.min
    return first_use.covers_from(first_used_on, applied_on=applied_on, starts_on=starts_on, open_from=open_from)


def agree(
    session: Session, contract: Contract, changes: Mapping[str, Any], *, at: datetime, by: User | None, reason: str
) -> AgreedTerms:
    """Add terms that differ from those that hold by `changes` (column → value). Closed months stay as they are."""
    months.lock(session, contract.subscription.organization_id)
    terms = terms_with(contracts.of_subscription(session, contract.subscription).terms, changes)
    terms.reason, terms.agreed_by_id, terms.agreed_at = reason, by.id if by else None, at
    session.add(terms)
    session.flush()
    order_forms.issue(session, replace(contract, terms=terms), at=at)
    return terms


def terms_with(held: AgreedTerms, changes: Mapping[str, Any]) -> AgreedTerms:
    """The version after `held`, with `changes` (column → value); it is in no session, and says not who agreed."""
    columns = [column.key for column in AgreedTerms.__table__.columns if column.key not in _OF_A_VERSION]
    kept = {name: getattr(held, name) for name in columns}
    return AgreedTerms(**kept | dict(changes), subscription_id=held.subscription_id, version=held.version + 1)


def check_alone(
    session: Session,
    organization: Organization | int,
    group_id: int,
    kind: SubscriptionType,
    term: Days,
    *,
    besides: int | None = None,
) -> None:
    """Refuse a second monthly commitment for the same days (13.6); `besides` is the subscription that is changed."""
    if kind is not SubscriptionType.MONTHLY_COMMITMENT:
        return
    for other in contracts.of_organization(session, organization):
        subscription = other.subscription
        if subscription.id == besides or subscription.billing_group_id != group_id or subscription.type is not kind:
            continue
        if other.term.overlaps(term):
            until = f"until {other.term.last_on}" if other.term.ends_before else "without an end"
            raise Refusal(
                f"Two monthly commitments cannot overlap: there is one from {other.term.starts_on} {until} already."
            )


def _keep(session: Session, contract: Contract, *, by: User | None, reason: str | None) -> Contract:
    session.add(contract.subscription)
    session.flush()
    contract.terms.subscription_id = contract.subscription.id
    contract.terms.agreed_by_id, contract.terms.reason = by.id if by else None, reason
    session.add(contract.terms)
    session.flush()
    return contract


def _first_terms(terms: Terms, *, covers_from_on: date, at: datetime) -> AgreedTerms:
    return AgreedTerms(
        version=1,
        starts_on=terms.starts_on,
        covers_from_on=covers_from_on,
        ends_before=terms.ends_before,
        months=terms.months,
        commitment_cents=terms.commitment.minor if terms.commitment and terms.type in rules.COMMITTING else None,
        elastic=terms.elastic or terms.type is SubscriptionType.ELASTIC,
        currency=terms.currency,
        unit_price=terms.unit_price,
        elastic_unit_price=terms.elastic_unit_price,
        marketplace=terms.marketplace if terms.type is SubscriptionType.MARKETPLACE else None,
        support_plan=terms.support_plan,
        yearly_in_advance=terms.yearly_in_advance,
        pay_now_allowed=terms.pay_now_allowed,
        billing_contact=terms.billing_contact,
        purchase_order=terms.purchase_order,
        sales_representative_id=terms.sales_representative_id,
        agreed_at=at,
    )
