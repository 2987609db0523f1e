"""How an organization pays on a day: its contracts, whether elastic billing runs, its payment method and profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.events import Event
from portal.domain.methods import SubscriptionType
from portal.models.billing_groups import BillingGroup, BillingProfile, PaymentMethod
from portal.models.links import Link
from portal.models.organizations import Organization
from portal.services import contracts, elastic
from portal.services.contracts import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the organization's own billing group pays on the day `on`; `agreed` are all contracts that it ever had.

    `elastic_since` is the day on which elastic billing took over, None while it does not run. `paid_by` names the
    organization that pays, where another one does.
    """

    on: date
    agreed: Sequence[Contract]
    method: PaymentMethod | None
    profile: BillingProfile | None
    elastic_since: date | None
    paid_by: str | None = None

    @property
    def contracts(self) -> Sequence[Contract]:
        """Those that cover the day."""
        return [one for one in self.agreed if self.on in one.covers]

    @property
    def is_elastic_enabled(self) -> bool:
        """Whether a contract of the day goes on elastically beyond its credits (6.1)."""
        return any(one.terms.elastic for one in self.contracts)

    @property
    def is_with_marketplace(self) -> bool:
        """Whether a marketplace bills all usage of the day (4.7)."""
        return self._has(SubscriptionType.MARKETPLACE)

    @property
    def is_with_google(self) -> bool:
        """Whether Google bills what goes beyond a commitment (4.8)."""
        return self._has(SubscriptionType.GCP_MONTHLY_COMMITMENT)

    @property
    def asks_for_method(self) -> bool:
        """Whether contracts have ended, none covers the day, and there is no payment method (4.9)."""
        has_ended = any(one.term.last_on is not None and one.term.last_on < self.on for one in self.agreed)
        return has_ended and not self.contracts and self.method is None and self.paid_by is None

    def _has(self, kind: SubscriptionType) -> bool:
        return any(one.subscription.type is kind for one in self.contracts)


def standing(session: Session, organization: Organization, *, on: date) -> Standing:
    """How the organization's own billing group pays on the day `on`."""
    newest_method = _newest(PaymentMethod.id, PaymentMethod.billing_group_id)
    newest_profile = _newest(BillingProfile.id, BillingProfile.billing_group_id)
    group, method, profile, paid_by = session.execute(
        select(BillingGroup, PaymentMethod, BillingProfile, Organization.name)
        .outerjoin(PaymentMethod, (PaymentMethod.id == newest_method) & PaymentMethod.removed_at.is_(None))
        .outerjoin(BillingProfile, BillingProfile.id == newest_profile)
        .outerjoin(Link, (Link.linked_id == BillingGroup.organization_id) & Link.ended_at.is_(None))
        .outerjoin(Organization, Organization.id == Link.payer_id)
        .where(BillingGroup.organization_id == organization.id, BillingGroup.name.is_(None))
    ).one()
    agreed = contracts.of_organization(session, organization)
    return Standing(
        on=on,
        agreed=[one for one in agreed if one.subscription.billing_group_id == group.id],
        method=method,
        profile=profile,
        elastic_since=_elastic_since(session, organization) if agreed else None,
        paid_by=paid_by,
    )


def _elastic_since(session: Session, organization: Organization) -> date | None:
    turn = elastic.last_turns(session, [organization.id]).get(organization.id)
    begins = turn is not None and turn.type == Event.ACTIVE_INVOICING_PERIOD_INITIATED.name
    return turn.happened_at.date() if turn and begins else None


def _newest(key: InstrumentedAttribute[int], group_key: InstrumentedAttribute[int]) -> ScalarSelect[int]:
    return select(func.max(key)).where(group_key == BillingGroup.id).correlate(BillingGroup).scalar_subquery()
