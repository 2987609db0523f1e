"""Credits: granting them, and changing from when to when they can be drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal import catalogues
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.money import Money
from portal.domain.periods import Days, Month
from portal.models.among import among
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import Credit, CreditKind, CreditTerms
from portal.models.organizations import Organization, User
from portal.models.subscriptions import Subscription
from portal.services import families, history, months

HIGHEST_PRIORITY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits to be granted: `total` in US dollars, drawn on `days`; `priority` 1 is drawn first."""

    kind: CreditKind
    total: Money
    days: Days
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class CreditRow:
    """Credits and the dates that hold for them."""

    credit: Credit
    terms: CreditTerms

    @property
    def days(self) -> Days:
        """When they can be drawn."""
        return Days(self.terms.starts_on, self.terms.ends_before)


def grant(
    session: Session,
    organization: Organization,
    group: BillingGroup,
    wanted: Grant,
    *,
    at: datetime,
    by: User | None = None,
    reason: str | None = None,
) -> Credit:
    """Give credits to a billing group. They cover usage from their start on, of months that are not closed (6.2)."""
    months.lock(session, organization)
    check(session, organization, wanted)
    credit = add(session, group, wanted, subscription=None, at=at, by=by, reason=reason)
    is_given = wanted.kind is CreditKind.PROMOTIONAL
    history.record(
        session,
        organization,
        Event.PROMO_CODE_APPLIED if is_given else Event.CREDIT_ISSUED,
        at=at,
        by=by,
        detail=f"{wanted.total} US dollars",
    )
    return credit


def check(session: Session, organization: Organization, wanted: Grant) -> None:
    """Refuse credits of nothing, a priority that is none, a kind that the vendor's invoices have no name for, and
    credits that nothing would be drawn from, since another organization pays (LINK-2).
    """
    catalogue = catalogues.load(organization.catalogue)
    if wanted.kind not in catalogue.payment_labels:
        raise Refusal(f"{catalogue.title} has no {wanted.kind} credits.")
    if wanted.total.minor <= 0:
        raise Refusal("Credits are an amount above 0.")
    if wanted.priority is not None and not 1 <= wanted.priority <= HIGHEST_PRIORITY:
        raise Refusal(f"A priority is a number from 1 to {HIGHEST_PRIORITY}.")
    link = families.link_of(session, organization)
    if link and link.unlink_asked_at is None:
        raise Refusal(
            f"{organization.name} is paid for by another organization: credits of its own would lie unused. "
            "Grant them to the one that pays."
        )


def add(
    session: Session,
    group: BillingGroup,
    wanted: Grant,
    *,
    subscription: Subscription | None,
    at: datetime,
    by: User | None = None,
    reason: str | None = None,
) -> Credit:
    """Write the rows of credits, which a grant or the activation of a prepaid contract brings."""
    credit = Credit(
        organization_id=group.organization_id,
        billing_group_id=group.id,
        subscription_id=subscription.id if subscription else None,
        kind=wanted.kind,
        total_cents=wanted.total.minor,
        priority=wanted.priority,
        granted_at=at,
    )
    session.add(credit)
    session.flush()
    _agree(session, credit, wanted.days, version=1, voided=False, at=at, by=by, reason=reason)
    return credit


def change(
    session: Session,
    credit: Credit,
    *,
    days: Days | None = None,
    voided: bool = False,
    at: datetime,
    by: User | None,
    reason: str,
) -> CreditTerms:
    """Other dates, or an end of the credits; what closed months drew stays drawn."""
    months.lock(session, credit.organization_id)
    newest = row_of(session, credit).terms
    return _agree(
        session,
        credit,
        days or Days(newest.starts_on, newest.ends_before),
        version=newest.version + 1,
        voided=voided,
        at=at,
        by=by,
        reason=reason,
    )


def row_of(session: Session, credit: Credit) -> CreditRow:
    """The credits with the dates that hold."""
    found = session.execute(_all().where(Credit.id == credit.id)).one()
    return CreditRow(found[0], found[1])


def of_organization(session: Session, organization: Organization) -> Sequence[CreditRow]:
    """All credits that the organization ever had, the oldest first."""
    found = session.execute(_in_organization(), {"organization": organization.id})
    return [CreditRow(credit, terms) for credit, terms in found]


def of_groups(session: Session, billing_group_ids: Collection[int], month: Month) -> Mapping[int, Sequence[CreditRow]]:
    """The credits of each of the billing groups that can be drawn on a day of `month`."""
    found: dict[int, list[CreditRow]] = defaultdict(list)
    asked = {"groups": list(billing_group_ids), "first_on": month.first_on, "ends_before": month.ends_before}
    for credit, terms in session.execute(_in_month(), asked):
        found[credit.billing_group_id].append(CreditRow(credit, terms))
    return found


def is_newest() -> ColumnElement[bool]:
    """Of terms joined to their credits: whether no later version takes their place."""
    newest = aliased(CreditTerms)
    version = select(func.max(newest.version)).where(newest.credit_id == Credit.id).correlate(Credit).scalar_subquery()
    return CreditTerms.version == version


def _agree(
    session: Session,
    credit: Credit,
    days: Days,
    *,
    version: int,
    voided: bool,
    at: datetime,
    by: User | None,
    reason: str | None,
) -> CreditTerms:
    if days.ends_before is None:
        raise Refusal("Credits have a last day.")
    terms = CreditTerms(
        credit_id=credit.id,
        version=version,
        starts_on=days.starts_on,
        ends_before=days.ends_before,
        voided=voided,
        reason=reason,
        agreed_by_id=by.id if by else None,
        agreed_at=at,
    )
    session.add(terms)
    session.flush()
    return terms


# Made once: every close asks the one, every page about billing the other.
@cache
def _in_month() -> Select[Credit, CreditTerms]:
    return _all().where(
        among(Credit.billing_group_id, "groups"),
        CreditTerms.starts_on < bindparam("ends_before"),
        CreditTerms.ends_before > bindparam("first_on"),
        CreditTerms.voided.is_(False),
    )


@cache
def _in_organization() -> Select[Credit, CreditTerms]:
    return _all().where(Credit.organization_id == bindparam("organization")).order_by(Credit.id)


def _all() -> Select[Credit, CreditTerms]:
    return select(Credit, CreditTerms).join(CreditTerms, CreditTerms.credit_id == Credit.id).where(is_newest())
