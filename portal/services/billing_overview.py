"""What the billing overview shows: the invoice of the running month, what needs attention, and how one pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain import explanations, invoicing, rating, settlement
from portal.domain.invoicing import PREPAID, PaymentStatus
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Month
from portal.domain.rating import Line
from portal.domain.settlement import Part
from portal.domain.tax import Assessment
from portal.models.billing_groups import BillingGroup, BillingProfile, PaymentMethod
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.models.payments import Payment, Receipt
from portal.services import billing_profiles, contracts, settling
from portal.services import rating as rating_service
from portal.services.contracts import Contract
from portal.services.invoice_payments import PaymentRow, figures_of

_OWED = (PaymentStatus.INVOICED, PaymentStatus.PARTIAL_PAID)
MOST_ATTENTION = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingInvoice:
    """The running month as it would be invoiced if it ended after `as_of`. It has no row: it is computed.

    `has_taxes` is False where no billing address says which taxes are due.
    """

    month: Month
    as_of: date
    lines: Sequence[Line]
    usage: Money
    credits: Money
    payments: Sequence[PaymentRow]
    has_taxes: bool

    @property
    def net(self) -> Money:
        """The net month-to-date amount: usage less what credits cover."""
        return self.usage - self.credits


@dataclass(frozen=True, slots=True)
class Attention:
    """A payment that somebody has to do something about; `due` in its currency."""

    invoice: Invoice
    method: Method
    status: PaymentStatus
    due: Money
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the organization pays: contracts that cover the day, the payment method on file, the billing profile."""

    contracts: Sequence[Contract]
    method: PaymentMethod | None
    profile: BillingProfile | None


def pending_invoice(session: Session, organization: Organization, *, on: date) -> PendingInvoice:
    """The month of `on` up to and including that day: rated, settled and taxed as things stand."""
    month = Month.of(on)
    used = rating_service.rated_lines(session, [organization.id], month, until=on + ONE_DAY)
    # A commitment is billed also where nothing was used.
    rated = {billing_profiles.own_group(session, organization).id: (), **used}
    lines = list(chain.from_iterable(rated.values()))
    profiles = billing_profiles.current_of(session, list(rated))
    payments: list[PaymentRow] = []
    for group_id, group_lines in rated.items():
        settled = _settled(session, group_id, group_lines, month, profiles.get(group_id))
        payments += [_row(len(payments) + place, part, taxed) for place, (part, taxed) in enumerate(settled, start=1)]
    return PendingInvoice(
        month=month,
        as_of=on,
        lines=lines,
        usage=Money(rating.total_cents(lines), USD),
        credits=Money.total((row.usage for row in payments if row.method in PREPAID), USD),
        payments=payments,
        has_taxes=all(group_id in profiles for group_id in used),
    )


def being_closed(organization: Organization, last: Invoice | None, *, on: date) -> Month | None:
    """A month that has ended before `on` and whose invoice is not there yet; `last` is the newest invoice."""
    first_open = Month.of(last.period_on).following() if last else Month.of(organization.created_at)
    return first_open if first_open < Month.of(on) else None


def needing_attention(session: Session, organization: Organization, *, on: date) -> Sequence[Attention]:
    """Payments that failed, that nothing pays for, or that are overdue on `on`; the oldest first, at most twenty."""
    received = func.coalesce(func.sum(Receipt.amount_minor), 0)
    rows = session.execute(
        select(Payment, Invoice, received)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(Payment.organization_id == organization.id, needs_attention(on))
        .group_by(Payment.id, Invoice.id)
        .order_by(Invoice.period_on, Payment.id)
        .limit(MOST_ATTENTION)
    )
    return [_attention(payment, invoice, int(paid)) for payment, invoice, paid in rows]


def needs_attention(on: date) -> ColumnElement[bool]:
    """Of a payment: whether it failed, nothing pays for it, or it is overdue on the day `on`."""
    return (Payment.total_minor > 0) & or_(
        Payment.status.in_(invoicing.FAILED),
        (Payment.method == Method.UNPAID) & (Payment.status == PaymentStatus.NEW),
        Payment.status.in_(_OWED) & (Payment.due_on < on),
    )


def standing(session: Session, organization: Organization, *, on: date) -> Standing:
    """How the organization's own billing group pays on the day `on`."""
    newest_method = _newest(PaymentMethod.id, PaymentMethod.billing_group_id)
    newest_profile = _newest(BillingProfile.id, BillingProfile.billing_group_id)
    group, method, profile = session.execute(
        select(BillingGroup, PaymentMethod, BillingProfile)
        .outerjoin(PaymentMethod, (PaymentMethod.id == newest_method) & PaymentMethod.removed_at.is_(None))
        .outerjoin(BillingProfile, BillingProfile.id == newest_profile)
        .where(BillingGroup.organization_id == organization.id, BillingGroup.name.is_(None))
    ).one()
    return Standing(contracts.covering(session, group.id, on), method, profile)


def _newest(key: InstrumentedAttribute[int], group_key: InstrumentedAttribute[int]) -> ScalarSelect[int]:
    return select(func.max(key)).where(group_key == BillingGroup.id).correlate(BillingGroup).scalar_subquery()


def _settled(
    session: Session, group_id: int, lines: Sequence[Line], month: Month, profile: BillingProfile | None
) -> list[tuple[Part, Assessment | None]]:
    if profile:
        parts = settling.settle(session, group_id, lines, month, profile=profile)
        return [(taxed.part, taxed.assessment) for taxed in parts]
    # Without an address the taxes are not known, but who pays for what is.
    payers = settling.sources(session, group_id, month)
    return [(part, None) for part in settlement.settle(payers, invoicing.owed(lines))]


def _row(position: int, part: Part, taxed: Assessment | None) -> PaymentRow:
    explain = {name: str(amount) for name, amount in part.explain.items()}
    total = taxed.total if taxed else part.net
    return PaymentRow(
        position=position,
        method=part.source.method,
        status=None,
        issued_on=None,
        usage=part.usage,
        billed=part.billed,
        unit_price=part.source.unit_price,
        net=part.net,
        taxes=[(tax.name, tax.rate, tax.amount) for tax in taxed.taxes] if taxed else [],
        tax_note=taxed.note if taxed else None,
        total=total,
        due=total,
        due_on=None,
        collect_on=None,
        tax_invoice=None,
        why=explanations.sentence(part.source.method, explain),
        figures=figures_of(explain),
    )


def _attention(payment: Payment, invoice: Invoice, received_minor: int) -> Attention:
    due = invoicing.due_after(payment.status, total_minor=payment.total_minor, received_minor=received_minor)
    return Attention(invoice, payment.method, payment.status, Money(due, payment.currency), payment.due_on)
