"""What the billing overview shows: the invoice of the running month, and what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.domain import explanations, invoicing, linking, settlement
from portal.domain.invoicing import PREPAID, PaymentStatus
from portal.domain.linking import Share
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Month
from portal.domain.rating import Line
from portal.domain.settlement import Part
from portal.domain.tax import Assessment
from portal.models.billing_groups import BillingProfile
from portal.models.documents import TaxInvoice
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.models.payments import Payment, Receipt
from portal.services import (
    billing_accounts,
    billing_groups,
    billing_profiles,
    drafting,
    families,
    settling,
    support_billing,
)
from portal.services import rating as rating_service
from portal.services.families import Families
from portal.services.invoice_payments import PaymentRow, figures_of, share_row

_OWED = (PaymentStatus.INVOICED, PaymentStatus.PARTIAL_PAID)
MOST_ATTENTION = 20
_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingInvoice:
    """The running month as it would be invoiced if nothing more was used after `as_of`. It has no row: it is computed.

    `parts` say which source took what of which day, a payer's for all whom it pays for. `has_taxes` is False where no
    billing address says which taxes are due.
    """

    month: Month
    as_of: date
    lines: Sequence[Line]
    usage: Money
    credits: Money
    payments: Sequence[PaymentRow]
    has_taxes: bool
    parts: Sequence[Part] = ()
    support: Money = _NOTHING

    @property
    def net(self) -> Money:
        """The net month-to-date amount: usage and support less what credits cover."""
        return self.usage + self.support - self.credits


@dataclass(frozen=True, slots=True)
class Attention:
    """A payment that somebody has to do something about; `due` in its currency.

    Credits that are paid in advance have no cloud invoice; what asks for their money is the tax invoice.
    """

    invoice: Invoice | None
    tax_invoice: str | None
    method: Method
    status: PaymentStatus
    due: Money
    due_on: date | None


def pending_invoice(session: Session, organization: Organization, *, on: date) -> PendingInvoice:
    """The month of `on` up to and including that day: rated, settled and taxed as things stand."""
    month = Month.of(on)
    together = families.of_month(session, [organization.id], month)
    if together.members:
        return _in_family(session, organization.id, together, on)
    used = rating_service.rated_lines(session, [organization.id], month, until=on + ONE_DAY)
    groups = billing_groups.of_organization(session, organization)
    support = support_billing.of_month(session, [organization], {organization.id: groups}, used, together, month)
    own_id = next(group.id for group in groups if group.name is None)
    # A commitment is billed also where nothing was used.
    rated = {own_id: (), **support.beside(used)}
    lines = list(chain.from_iterable(rated.values()))
    profiles = billing_profiles.current_of(session, list(rated))
    settled: list[tuple[Part, Assessment | None]] = []
    for group_id, group_lines in rated.items():
        shortfall = support.shortfall_of(organization.id) if group_id == own_id else _NOTHING
        settled += _settled(session, group_id, group_lines, month, profiles.get(group_id), shortfall)
    payments = [_row(position, part, taxed) for position, (part, taxed) in enumerate(settled, start=1)]
    return PendingInvoice(
        month=month,
        as_of=on,
        lines=lines,
        usage=drafting.used_by_each({organization.id: lines})[organization.id],
        credits=Money.total((row.usage for row in payments if row.method in PREPAID), USD),
        payments=payments,
        has_taxes=all(group_id in profiles for group_id in rated if rated[group_id]),
        parts=[part for part, _ in settled],
        support=drafting.support_of(lines),
    )


def being_closed(organization: Organization, last: Invoice | None, *, on: date) -> Month | None:
    """A month that has ended before `on` and whose invoice is not there yet; `last` is the newest invoice."""
    first_open = Month.of(last.period_on).following() if last else Month.of(organization.created_at)
    return first_open if first_open < Month.of(on) else None


def needing_attention(session: Session, organization: Organization, *, on: date) -> Sequence[Attention]:
    """Payments that failed, that nothing pays for, or that are overdue on `on`; the oldest first, at most twenty."""
    received = func.coalesce(func.sum(Receipt.amount_minor), 0)
    rows = session.execute(
        select(Payment, Invoice, TaxInvoice.number, received)
        .outerjoin(Invoice, Invoice.id == Payment.invoice_id)
        .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(Payment.organization_id == organization.id, needs_attention(on))
        .group_by(Payment.id, Invoice.id, TaxInvoice.number)
        .order_by(Payment.created_at, Payment.id)
        .limit(MOST_ATTENTION)
    )
    return [_attention(payment, invoice, number, int(paid)) for payment, invoice, number, paid in rows]


def needs_attention(on: date) -> ColumnElement[bool]:
    """Of a payment: whether it failed, nothing pays for it, or it is overdue on the day `on`."""
    return (Payment.total_minor > 0) & or_(
        Payment.status.in_(invoicing.FAILED),
        (Payment.method == Method.UNPAID) & (Payment.status == PaymentStatus.NEW),
        Payment.status.in_(_OWED) & (Payment.due_on < on),
    )


def _in_family(session: Session, organization_id: int, together: Families, on: date) -> PendingInvoice:
    """The running month of those who are settled together, as one of them would be invoiced (13.6)."""
    month = Month.of(on)
    ((payer_id, linked_ids),) = together.linked.items()
    members = [payer_id, *linked_ids]
    found = billing_accounts.accounts_of(session, members, month)
    own = {id_: next(one for one in found[id_] if one.group.name is None) for id_ in members}
    metered = rating_service.rated_lines(session, members, month, until=on + ONE_DAY)
    groups = {id_: [account.group] for id_, account in own.items()}
    everybody = [account.organization for account in own.values()]
    support = support_billing.of_month(session, everybody, groups, metered, together, month)
    rated = support.beside(metered)
    lines = {id_: rated.get(own[id_].group.id, ()) for id_ in members}
    payer, used = own[payer_id], drafting.used_by_each(lines)
    missing = support.shortfall_of(payer_id)
    parts = settlement.settle(payer.payers, drafting.owed_together(lines), shortfall=missing)
    shares = [linking.shares(part, used)[organization_id] for part in parts]
    is_payer = organization_id == payer_id
    places = enumerate(zip(parts, shares, strict=True), start=1)
    rows = [
        _own_row(place, part, share, payer.profile, month)
        if is_payer
        else _share_row(place, part, share, payer.organization.name)
        for place, (part, share) in places
        if is_payer or share.usage or share.billed
    ]
    credits_used = (share.usage for part, share in zip(parts, shares, strict=True) if part.source.method in PREPAID)
    return PendingInvoice(
        month=month,
        as_of=on,
        lines=lines[organization_id],
        usage=used[organization_id],
        credits=Money.total(credits_used, USD),
        payments=rows,
        has_taxes=not is_payer or payer.profile is not None or not parts,
        parts=parts if is_payer else (),
        support=drafting.support_of(lines[organization_id]),
    )


def _own_row(place: int, part: Part, share: Share, profile: BillingProfile | None, month: Month) -> PaymentRow:
    taxed = settling.assess_net(part.net, profile, month.last_on) if profile else None
    return replace(_row(place, part, taxed), linked=part.usage - share.usage)


def _share_row(place: int, part: Part, share: Share, payer: str) -> PaymentRow:
    source = part.source
    return share_row((place, source.method, source.currency, source.unit_price), share, payer=payer)


def _settled(
    session: Session,
    group_id: int,
    lines: Sequence[Line],
    month: Month,
    profile: BillingProfile | None,
    shortfall: Money,
) -> list[tuple[Part, Assessment | None]]:
    payers = settling.sources(session, group_id, month)
    if profile:
        parts = settling.settle_between(payers, lines, month, profile=profile, shortfall=shortfall)
        return [(taxed.part, taxed.assessment) for taxed in parts]
    # Without an address the taxes are not known, but who pays for what is.
    return [(part, None) for part in settlement.settle(payers, invoicing.owed(lines), shortfall=shortfall)]


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
        taxes=tuple((tax.name, tax.rate, tax.amount) for tax in taxed.taxes) if taxed else (),
        tax_note=taxed.note if taxed else None,
        total=total,
        due=total,
        due_on=None,
        collect_on=None,
        tax_invoice=None,
        why=explanations.sentence(part.source.method, explain),
        figures=figures_of(part.source.method, explain),
    )


def _attention(payment: Payment, invoice: Invoice | None, tax_invoice: str | None, received_minor: int) -> Attention:
    due = invoicing.due_after(payment.status, total_minor=payment.total_minor, received_minor=received_minor)
    return Attention(invoice, tax_invoice, payment.method, payment.status, Money(due, payment.currency), payment.due_on)
