"""The payments of an invoice: what each covers, why it is what it is, and what is still to be paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.domain import explanations, invoicing, left_over
from portal.domain.left_over import CommittedMonth, LeftOver
from portal.domain.linking import Share
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.models.documents import TaxInvoice
from portal.models.invoices import Invoice
from portal.models.links import PaymentShare
from portal.models.organizations import Organization
from portal.models.payments import Draw, Payment, PaymentTax, Receipt
from portal.services import settled_months

_NOTHING = Money.zero(USD)
# Its name, its rate in percent, and what it comes to.
Tax = tuple[str, Decimal, Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A row of the payment details (7.5). `usage` and `billed` are US dollars, what is taxed is in the row's currency.

    `figures` are those kept with the payment, in US dollars. `paid_by` names the organization that pays, where the row
    is a share of its payment; `linked` is what linked organizations used of one's own. Equal rows read alike: what was
    drawn of one is kept for the other.
    """

    position: int
    method: Method
    status: invoicing.PaymentStatus | None
    issued_on: date | None
    usage: Money
    billed: Money
    unit_price: Decimal
    net: Money
    taxes: tuple[Tax, ...]
    tax_note: str | None
    total: Money
    due: Money
    due_on: date | None
    collect_on: date | None
    tax_invoice: str | None
    why: str
    figures: tuple[tuple[str, Money], ...]
    paid_by: str | None = None
    linked: Money = _NOTHING

    @property
    def key(self) -> str:
        """A name for the row that is unique on its page."""
        return f"payment-{self.position}"

    @property
    def is_credit(self) -> bool:
        """Whether it was drawn from credits that are paid or given already."""
        return self.method in invoicing.PREPAID

    @property
    def commitment(self) -> Money | None:
        """The month's share of a monthly commitment, against which its usage is set (7.6); its payer's alone."""
        return self.figures[0][1] if self.method is Method.MONTHLY_COMMITMENT and not self.paid_by else None


def payments_of(session: Session, invoice: Invoice) -> tuple[PaymentRow, ...]:
    """The invoice's payments in drawing order; where another organization pays, its shares of what that one pays.

    That is one query; two where unused credits were applied, and where the invoice has no payments of its own.
    """
    taxes: dict[int, list[Tax]] = defaultdict(list)
    found: dict[int, tuple[Payment, str | None, int, int]] = {}
    rows = session.execute(_of_invoice(), {"invoice_id": invoice.id})
    for payment, number, received, linked, tax, rate, minor in rows:
        found[payment.id] = payment, number, int(received), int(linked)
        if tax is not None:
            taxes[payment.id].append((tax, rate, Money(minor, payment.currency)))
    if not found:
        return _shares(session, invoice)
    applied = _left_over(session, [payment for payment, *_ in found.values()], Month.of(invoice.period_on))
    return tuple(
        _row(payment, taxes[id_], number, received, linked, applied.get(id_, ()))
        for id_, (payment, number, received, linked) in found.items()
    )


def days_of(session: Session, invoice: Invoice, position: int) -> Sequence[tuple[date, Money]]:
    """What the payment at `position` covered of each billed day, in US dollars."""
    rows = session.execute(
        select(Draw.posted_on, func.sum(Draw.amount_cents))
        .join(Payment, Payment.id == Draw.payment_id)
        .where(Payment.invoice_id == invoice.id, Payment.position == position)
        .group_by(Draw.posted_on)
        .order_by(Draw.posted_on)
    )
    return [(day, Money(int(cents), USD)) for day, cents in rows]


def share_row(
    part: tuple[int, Method, str, Decimal],
    share: Share,
    *,
    payer: str,
    status: invoicing.PaymentStatus | None = None,
    issued_on: date | None = None,
) -> PaymentRow:
    """A share of a payment that `payer` makes: it asks for nothing here.

    `part` has the payment's position, method, currency and unit price.
    """
    position, method, currency, unit_price = part
    nothing = Money.zero(currency)
    return PaymentRow(
        position=position,
        method=method,
        status=status,
        issued_on=issued_on,
        usage=share.usage,
        billed=share.billed,
        unit_price=unit_price,
        net=nothing,
        taxes=(),
        tax_note=None,
        total=nothing,
        due=nothing,
        due_on=None,
        collect_on=None,
        tax_invoice=None,
        why=explanations.shared(payer),
        figures=(),
        paid_by=payer,
    )


def figures_of(method: Method, explain: Mapping[str, str]) -> tuple[tuple[str, Money], ...]:
    """The figures kept with a payment, as words and US dollars, in the order in which they were reckoned."""
    return tuple((explanations.label(name, method), Money.of(text, USD)) for name, text in explain.items())


def _shares(session: Session, invoice: Invoice) -> tuple[PaymentRow, ...]:
    rows = session.execute(
        select(Payment, PaymentShare.usage_cents, PaymentShare.billed_cents, Organization.name)
        .join(PaymentShare, PaymentShare.payment_id == Payment.id)
        .join(Organization, Organization.id == Payment.organization_id)
        .where(PaymentShare.invoice_id == invoice.id)
        .where(or_(PaymentShare.usage_cents > 0, PaymentShare.billed_cents > 0))
        .order_by(Payment.position)
    )
    return tuple(
        share_row(
            (payment.position, payment.method, payment.currency, payment.unit_price),
            Share(Money(usage, USD), Money(billed, USD)),
            payer=payer,
            status=payment.status,
            issued_on=payment.created_at.date(),
        )
        for payment, usage, billed, payer in rows
    )


def _left_over(session: Session, payments: Sequence[Payment], month: Month) -> Mapping[int, Sequence[LeftOver]]:
    """In which months the unused credits were left over that these payments of `month` applied."""
    applying = {
        payment.subscription_id: payment.id
        for payment in payments
        if payment.subscription_id is not None
        and payment.method is Method.MONTHLY_COMMITMENT
        and payment.usage_cents > payment.billed_cents
    }
    settled = settled_months.of_subscriptions(session, list(applying))
    return {
        applying[subscription_id]: left_over.applied_in(
            month,
            [
                CommittedMonth(one.month, one.used, one.billed)
                for one in of_subscription
                if one.method is Method.MONTHLY_COMMITMENT
            ],
        )
        for subscription_id, of_subscription in settled.items()
    }


@cache
def _of_invoice() -> Select[Payment, str, int, int, str, Decimal, int]:
    """A row for each tax of a payment, or one without any."""
    received = select(func.coalesce(func.sum(Receipt.amount_minor), 0)).where(Receipt.payment_id == Payment.id)
    linked = select(func.coalesce(func.sum(PaymentShare.usage_cents), 0)).where(
        PaymentShare.payment_id == Payment.id, PaymentShare.invoice_id != Payment.invoice_id
    )
    return (
        select(Payment, TaxInvoice.number, received.scalar_subquery(), linked.scalar_subquery())
        .add_columns(PaymentTax.name, PaymentTax.rate, PaymentTax.amount_minor)
        .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
        .outerjoin(PaymentTax, PaymentTax.payment_id == Payment.id)
        .where(Payment.invoice_id == bindparam("invoice_id"))
        .order_by(Payment.position, PaymentTax.position)
    )


def _row(
    payment: Payment,
    taxes: Iterable[Tax],
    tax_invoice: str | None,
    received_minor: int,
    linked_cents: int,
    applied: Sequence[LeftOver],
) -> PaymentRow:
    due = invoicing.due_after(payment.status, total_minor=payment.total_minor, received_minor=received_minor)
    return PaymentRow(
        position=payment.position,
        method=payment.method,
        status=payment.status,
        issued_on=payment.created_at.date(),
        usage=Money(payment.usage_cents, USD),
        billed=Money(payment.billed_cents, USD),
        unit_price=payment.unit_price,
        net=Money(payment.net_minor, payment.currency),
        taxes=tuple(taxes),
        tax_note=payment.tax_note,
        total=Money(payment.total_minor, payment.currency),
        due=Money(due, payment.currency),
        due_on=payment.due_on,
        collect_on=payment.collect_on,
        tax_invoice=tax_invoice,
        why=explanations.sentence(payment.method, payment.explain, left_over=applied),
        figures=figures_of(payment.method, payment.explain),
        linked=Money(linked_cents, USD),
    )
