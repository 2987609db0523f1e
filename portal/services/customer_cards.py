"""What an agent wants to know of a customer beside a case: plan, open payments, other cases, who cares for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import invoicing
from portal.domain.cases import UNDER_WAY
from portal.domain.delinquency import Standing as PaymentStanding
from portal.domain.money import USD, Money
from portal.models.account_teams import AccountTeamMember
from portal.models.cases import Case
from portal.models.organizations import Organization
from portal.models.payments import Payment, Receipt
from portal.models.support_blocks import SupportBlock
from portal.services import account_teams, case_people, delinquency, support_blocks, support_standing
from portal.services.invoices import by_currency
from portal.services.support_standing import Standing

MOST_CASES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    """The customer of a case. `due` is what all open payments still ask for, one amount a currency.

    `cases` are the newest that are under way, `count` how many there are. `is_shared`: all in it see all of its cases.
    """

    support: Standing
    payments: PaymentStanding
    due: tuple[Money, ...]
    cases: Sequence[Case]
    count: int
    team: Sequence[AccountTeamMember]
    blocks: Sequence[SupportBlock]
    is_shared: bool


def of_organization(session: Session, organization: Organization, *, on: date) -> CustomerCard:
    """All of it on the day."""
    is_own = (Case.organization_id == organization.id, Case.state.in_(UNDER_WAY))
    newest = select(Case).where(*is_own).order_by(Case.updated_at.desc(), Case.id.desc()).limit(MOST_CASES)
    return CustomerCard(
        support=support_standing.plan_of(session, organization, on=on),
        payments=delinquency.standing(session, organization, on),
        due=_due(session, organization),
        cases=session.scalars(newest).all(),
        count=session.scalar(select(func.count()).select_from(Case).where(*is_own)) or 0,
        team=account_teams.of(session, organization),
        blocks=support_blocks.open_blocks(session, organization),
        is_shared=case_people.is_shared(session, organization),
    )


def _due(session: Session, organization: Organization) -> tuple[Money, ...]:
    received = func.coalesce(func.sum(Receipt.amount_minor), 0)
    rows = session.execute(
        select(Payment.currency, Payment.status, Payment.total_minor, received)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(
            Payment.organization_id == organization.id, Payment.status.in_(delinquency.OPEN), Payment.total_minor > 0
        )
        .group_by(Payment.id)
    )
    amounts = [
        Money(invoicing.due_after(status, total_minor=total, received_minor=int(paid)), currency)
        for currency, status, total, paid in rows
    ]
    return by_currency(amounts) or (Money.zero(USD),)
