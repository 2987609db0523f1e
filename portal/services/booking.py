"""Books drafted invoices: their numbers, rows and frozen documents, for many at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain

from sqlalchemy.orm import Session

from invoices import document
from portal import catalogues
from portal.domain import first_use, invoicing, rating
from portal.domain.invoicing import PREPAID
from portal.domain.periods import Month
from portal.domain.tax import Assessment
from portal.models.documents import DocumentKind
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.links import PaymentShare
from portal.models.payments import Draw, Payment, PaymentTax
from portal.services import bulk, freezing, history, issuing, numbers, printed_payments
from portal.services.drafting import Draft
from portal.services.issuing import Bill
from portal.services.printed_payments import Settled, SharedPayment
from portal.services.settling import TaxedPart

_LINE = (
    "invoice_id", "kind", "project_id", "project", "service", "sku", "provider", "used_on", "posted_on", "quantity",
    "unit", "unit_price_pico", "amount_cents",
)  # fmt: skip
TAX = ("payment_id", "position", "name", "rate", "base_minor", "amount_minor")
_SHARE = ("payment_id", "organization_id", "invoice_id", "usage_cents", "billed_cents")
_DRAW = ("payment_id", "credit_id", "posted_on", "kind", "provider", "amount_cents")


def book(
    session: Session, drafts: Sequence[Draft], month: Month, first_used: Mapping[int, date], *, at: datetime
) -> Sequence[Invoice]:
    """Write the invoices of `month` with all that belongs to them, in the order given.

    `first_used` has day 1 of use by organization, of those who used anything and are charged.
    """
    invoices = _write_invoices(session, drafts, month, at)
    bulk.write(session, InvoiceLine, _LINE, [*chain.from_iterable(map(_line_rows, invoices, drafts))])
    bills = _write_payments(session, drafts, invoices, first_used, at)
    shared = _write_shares(session, drafts, invoices, bills)
    due = [bill for bill in chain.from_iterable(bills) if _is_issued_at_once(bill.settled.payment, at.date())]
    issued = {bill.settled.payment.id: bill.settled for bill in issuing.issue(session, due, at=at)}
    documents = []
    for draft, invoice, own, of_payer in zip(drafts, invoices, bills, shared, strict=True):
        settled = [issued.get(bill.settled.payment.id, bill.settled) for bill in own]
        documents.append(freezing.freeze_cloud_invoice(draft.account, invoice, settled, of_payer, draft.lines, at=at))
    freezing.keep(session, documents)
    history.record_closed(session, invoices, month, at=at)
    return invoices


def tax_rows(payment: Payment, assessment: Assessment) -> Iterator[tuple[object, ...]]:
    """The taxes of a payment that has its key, as rows with the columns of `TAX`."""
    for position, tax in enumerate(assessment.taxes, start=1):
        yield payment.id, position, tax.name, tax.rate, tax.base.minor, tax.amount.minor


def _write_invoices(session: Session, drafts: Sequence[Draft], month: Month, at: datetime) -> Sequence[Invoice]:
    entity = catalogues.load_seller().entity
    taken = numbers.take(
        session,
        DocumentKind.CLOUD_INVOICE,
        legal_entity=entity.key,
        prefix=entity.invoice_prefix,
        year=at.year,
        count=len(drafts),
    )
    invoices = [_invoice(draft, number, month, at) for draft, number in zip(drafts, taken, strict=True)]
    bulk.add(session, invoices)
    return invoices


def _invoice(draft: Draft, number: str, month: Month, at: datetime) -> Invoice:
    account = draft.account
    return Invoice(
        organization_id=account.organization.id,
        billing_group_id=account.group.id,
        billing_profile_id=account.profile.id if account.profile else None,
        period_on=month.first_on,
        number=number,
        status=invoicing.invoice_status((method, invoicing.first_status(method)) for method, _ in draft.borne),
        usage_cents=draft.usage_cents,
        support_cents=draft.support_cents,
        credits_cents=sum(usage.minor for method, usage in draft.borne if method in PREPAID),
        closed_at=at,
    )


def _line_rows(invoice: Invoice, draft: Draft) -> Iterator[tuple[object, ...]]:
    # Nothing is called for each line that need not be: there are hundreds of thousands.
    invoice_id, plain = invoice.id, rating.plain_quantity
    return (
        (
            invoice_id, line.kind, line.project_id, line.project, line.service, line.sku, line.provider, line.used_on,
            line.posted_on, plain(line.quantity_nano), line.unit, line.unit_price_pico, line.amount_cents,
        )
        for line in draft.lines
    )  # fmt: skip


def _write_payments(
    session: Session,
    drafts: Sequence[Draft],
    invoices: Sequence[Invoice],
    first_used: Mapping[int, date],
    at: datetime,
) -> Sequence[Sequence[Bill]]:
    """The payments of each draft, with their taxes and what they drew."""
    booked: list[tuple[Payment, TaxedPart]] = []
    bills: list[list[Bill]] = []
    for draft, invoice in zip(drafts, invoices, strict=True):
        own: list[Bill] = []
        for position, taxed in enumerate(draft.parts, start=1):
            payment = _payment(draft, invoice, position, taxed, first_used.get(invoice.organization_id), at)
            booked.append((payment, taxed))
            own.append(Bill(draft.account, invoice, _settled(draft, payment, position - 1, taxed)))
        bills.append(own)
    bulk.add(session, [payment for payment, _ in booked])
    bulk.write(
        session, PaymentTax, TAX, [*chain.from_iterable(tax_rows(one, taxed.assessment) for one, taxed in booked)]
    )
    bulk.write(session, Draw, _DRAW, [*chain.from_iterable(_draw_rows(*one) for one in booked)])
    return bills


def _write_shares(
    session: Session, drafts: Sequence[Draft], invoices: Sequence[Invoice], bills: Sequence[Sequence[Bill]]
) -> Sequence[Sequence[SharedPayment]]:
    """What each draft bears of its payer's payments, written down; returns what stands on the invoices of others."""
    payments = {(id(bill.account), place): bill.settled.payment for own in bills for place, bill in enumerate(own)}
    rows: list[tuple[object, ...]] = []
    stands: list[list[SharedPayment]] = []
    for draft, invoice in zip(drafts, invoices, strict=True):
        shown: list[SharedPayment] = []
        for one in draft.shares:
            payment = payments[id(one.payer), one.place]
            usage, billed = one.share.usage.minor, one.share.billed.minor
            rows.append((payment.id, invoice.organization_id, invoice.id, usage, billed))
            if not draft.is_payer and (usage or billed):
                shown.append(SharedPayment(payment, one.payer.organization.name, usage, billed))
        stands.append(shown)
    bulk.write(session, PaymentShare, _SHARE, rows)
    return stands


def _settled(draft: Draft, payment: Payment, place: int, taxed: TaxedPart) -> Settled:
    of_others = sum(taxed.part.usage.minor - one.share.usage.minor for one in draft.shares if one.place == place)
    return Settled(payment, _printed_taxes(taxed), None, linked_cents=of_others)


def _payment(
    draft: Draft, invoice: Invoice, position: int, taxed: TaxedPart, first_used_on: date | None, at: datetime
) -> Payment:
    part, assessment = taxed.part, taxed.assessment
    method = part.source.method
    charged = method in invoicing.CHARGED
    collect_on = first_use.collect_on(first_used_on, closed_on=at.date()) if charged else None
    due_from = collect_on or at.date()
    return Payment(
        organization_id=invoice.organization_id,
        billing_group_id=invoice.billing_group_id,
        billing_profile_id=invoice.billing_profile_id,
        invoice_id=invoice.id,
        subscription_id=part.source.subscription_id,
        position=position,
        method=method,
        status=invoicing.first_status(method),
        usage_cents=part.usage.minor,
        billed_cents=part.billed.minor,
        unit_price=part.source.unit_price,
        currency=part.source.currency,
        net_minor=part.net.minor,
        tax_minor=assessment.tax.minor,
        total_minor=taxed.total.minor,
        tax_note=assessment.note,
        collect_on=collect_on,
        due_on=invoicing.due_on(method, due_from, terms_days=draft.catalogue.payment_terms_days),
        explain={name: str(amount) for name, amount in part.explain.items()},
        created_at=at,
    )


def _printed_taxes(taxed: TaxedPart) -> tuple[document.Tax, ...]:
    return tuple(
        printed_payments.printed_tax(tax.name, tax.rate, base_minor=tax.base.minor, amount_minor=tax.amount.minor)
        for tax in taxed.assessment.taxes
    )


def _draw_rows(payment: Payment, taxed: TaxedPart) -> Iterator[tuple[object, ...]]:
    for drawn in taxed.part.draws:
        for portion, amount in drawn.portions:
            yield payment.id, drawn.source.credit_id, portion.posted_on, portion.kind, portion.provider, amount.minor


def _is_issued_at_once(payment: Payment, on: date) -> bool:
    """Whether its tax invoice comes with the close: it has an amount (AMB-9), and does not wait for day 31 (A1)."""
    return payment.total_minor > 0 and (payment.collect_on is None or payment.collect_on <= on)
