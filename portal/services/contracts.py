"""Contracts as they stand: each subscription with its newest terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.contracts import Terms
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month
from portal.models.among import among
from portal.models.organizations import Organization
from portal.models.subscriptions import AgreedTerms, Subscription


@dataclass(frozen=True, slots=True)
class Contract:
    """A subscription and the terms that hold."""

    subscription: Subscription
    terms: AgreedTerms

    @property
    def covers(self) -> Days:
        """The days whose usage it settles."""
        return Days(self.terms.covers_from_on, self.terms.ends_before)

    @property
    def term(self) -> Days:
        """The days that were agreed, over which a commitment is prorated."""
        return Days(self.terms.starts_on, self.terms.ends_before)


def of_organization(session: Session, organization: Organization | int) -> Sequence[Contract]:
    """All contracts that the organization ever had, the oldest first."""
    organization_id = organization if isinstance(organization, int) else organization.id
    found = session.execute(_in_organization(), {"organization": organization_id})
    return [Contract(subscription, terms) for subscription, terms in found]


def of_groups(session: Session, billing_group_ids: Collection[int], month: Month) -> Mapping[int, Sequence[Contract]]:
    """The contracts of each of the billing groups that cover a day of `month`."""
    found: dict[int, list[Contract]] = defaultdict(list)
    asked = {"groups": list(billing_group_ids), "first_on": month.first_on, "ends_before": month.ends_before}
    for subscription, terms in session.execute(_in_month(), asked):
        found[subscription.billing_group_id].append(Contract(subscription, terms))
    return found


def covering(session: Session, billing_group_id: int, on: date) -> Sequence[Contract]:
    """The contracts of a billing group that cover the day, the oldest first."""
    contracts = of_groups(session, [billing_group_id], Month.of(on)).get(billing_group_id, ())
    return sorted((one for one in contracts if on in one.covers), key=lambda one: one.subscription.id)


def of_subscription(session: Session, subscription: Subscription) -> Contract:
    """The contract of a subscription."""
    return with_id(session, subscription.id)


def with_id(session: Session, subscription_id: int) -> Contract:
    """The contract of the subscription with this key."""
    found = session.execute(_all().where(Subscription.id == subscription_id)).one()
    return Contract(found[0], found[1])


def terms_of(contract: Contract) -> Terms:
    """The terms that hold, as they are agreed on; the term is the one that was sold, also where its end was moved."""
    agreed = contract.terms
    return Terms(
        type=contract.subscription.type,
        starts_on=agreed.starts_on,
        months=agreed.months,
        currency=agreed.currency,
        unit_price=agreed.unit_price,
        elastic_unit_price=agreed.elastic_unit_price,
        commitment=None if agreed.commitment_cents is None else Money(agreed.commitment_cents, USD),
        elastic=agreed.elastic,
        marketplace=agreed.marketplace,
        support_plan=agreed.support_plan,
        yearly_in_advance=agreed.yearly_in_advance,
        pay_now_allowed=agreed.pay_now_allowed,
        billing_contact=agreed.billing_contact,
        purchase_order=agreed.purchase_order,
        sales_representative_id=agreed.sales_representative_id,
    )


def is_newest(terms: type[AgreedTerms] = AgreedTerms) -> ColumnElement[bool]:
    """Of terms: whether no later version takes their place."""
    later = aliased(AgreedTerms)
    newer = select(later.id).where(later.subscription_id == terms.subscription_id, later.version > terms.version)
    return ~newer.exists()


# Made once: every close asks the one, every page about billing the other.
@cache
def _in_month() -> Select[Subscription, AgreedTerms]:
    return _all().where(
        among(Subscription.billing_group_id, "groups"),
        AgreedTerms.covers_from_on < bindparam("ends_before"),
        or_(AgreedTerms.ends_before.is_(None), AgreedTerms.ends_before > bindparam("first_on")),
    )


@cache
def _in_organization() -> Select[Subscription, AgreedTerms]:
    own = Subscription.organization_id == bindparam("organization")
    return _all().where(own).order_by(AgreedTerms.starts_on, Subscription.id)


def _all() -> Select[Subscription, AgreedTerms]:
    return (
        select(Subscription, AgreedTerms)
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(is_newest())
    )
