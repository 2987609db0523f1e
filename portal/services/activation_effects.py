"""What the activation of a contract would do, before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain import contracts as rules
from portal.domain.contracts import Terms
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import Credit, CreditKind, CreditTerms
from portal.models.organizations import Organization
from portal.services import outlooks, subscriptions
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow
from portal.services.outlooks import Effect, Holdings

# No row of a database has it.
_NO_ROW = 0


def preview(session: Session, organization: Organization, group: BillingGroup, terms: Terms, *, at: datetime) -> Effect:
    """What the contract would do if it were activated at the instant; refused like the activation. Nothing is written.

    What waits for the end of the first 30 days of use, and would be taken over, is not in it.
    """
    contract = subscriptions.draft(session, organization, group, terms, at=at)
    contract.subscription.id = _NO_ROW
    bought = [*_bought(contract, terms, at)] if terms.is_prepaid else []

    def change(held: Holdings) -> Holdings:
        return Holdings([*held.contracts, contract], [*held.credits, *bought])

    return outlooks.compare(session, organization, group, change=change, on=at.date())


def _bought(contract: Contract, terms: Terms, at: datetime) -> Iterator[CreditRow]:
    """The credits that are paid in advance; the first ones can be used from the first covered day on."""
    for place, part in enumerate(rules.installments(terms)):
        days = part.days if place else replace(part.days, starts_on=contract.terms.covers_from_on)
        credit = Credit(
            id=-place,
            subscription_id=_NO_ROW,
            kind=CreditKind.PREPAID,
            total_cents=part.total.minor,
            granted_at=at,
        )
        yield CreditRow(credit, CreditTerms(starts_on=days.starts_on, ends_before=days.ends_before, voided=False))
