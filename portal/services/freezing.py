"""Freezes documents: copies every printed fact of an invoice or a payment into what is rendered from then on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy.orm import Session

from invoices import document, fonts
from invoices.errors import UnprintableError
from invoices.fonts import unprintable
from portal import catalogues
from portal.domain import invoicing
from portal.domain.errors import Refusal
from portal.domain.invoicing import INVOICE_LABELS
from portal.domain.periods import Month
from portal.domain.rating import Line, LineKind
from portal.models.documents import Document, DocumentKind, TaxInvoice, WaitingDocument
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.services import bulk, parties, printed_payments
from portal.services.billing_accounts import BillingAccount
from portal.services.printed_payments import Settled, SharedPayment

# What is printed of a line in words.
_TEXTS = attrgetter("project", "service", "sku", "unit")


@dataclass(frozen=True, slots=True)
class References:
    """What a tax invoice names beside itself: the customer's purchase order, and the order form of the contract."""

    purchase_order: str | None = None
    order_form: str | None = None


def freeze_tax_invoice(
    account: BillingAccount,
    invoice: Invoice | None,
    settled: Settled,
    tax_invoice: TaxInvoice,
    *,
    references: References,
    at: datetime,
) -> Document:
    """The document of a tax invoice that has just got its number; that of a prepayment belongs to no invoice."""
    payment, profile = settled.payment, account.profile
    buyer = parties.buyer(account.organization, profile)
    if buyer is None:
        raise ValueError(f"payment {payment.id} bears money without a buyer")
    content = document.TaxInvoice(
        number=tax_invoice.number,
        issued_on=tax_invoice.issued_on,
        period=_period(invoice) if invoice else None,
        due_on=tax_invoice.due_on,
        terms_days=(tax_invoice.due_on - tax_invoice.issued_on).days or None,
        purchase_order=references.purchase_order or (profile.purchase_order if profile else None),
        order_form=references.order_form,
        cloud_invoice_number=invoice.number if invoice else None,
        seller=parties.seller(),
        buyer=buyer,
        bank=parties.bank_account(payment.currency),
        currency=payment.currency,
        lines=(printed_payments.line(payment, catalogues.load(account.organization.catalogue), invoice),),
        reconciliation=printed_payments.reconciliation(settled, invoice) if invoice else None,
        net_minor=payment.net_minor,
        taxes=settled.taxes,
        tax_note=payment.tax_note,
        tax_minor=payment.tax_minor,
        total_minor=payment.total_minor,
        paid_minor=0,
        due_minor=payment.total_minor,
        payment_instruction=printed_payments.instruction(payment, account.payment_method),
    )
    return frozen(DocumentKind.TAX_INVOICE, content, account.organization, invoice, at)


def freeze_cloud_invoice(
    account: BillingAccount,
    invoice: Invoice,
    settled: Iterable[Settled],
    shared: Iterable[SharedPayment],
    lines: Sequence[Line],
    *,
    at: datetime,
) -> Document:
    """The document of a cloud invoice that is being closed, its usage details by reference to its lines.

    Its payments are its own, or its shares of those that its payer makes.
    """
    organization, profile = account.organization, account.profile
    catalogue = catalogues.load(organization.catalogue)
    content = document.CloudInvoice(
        number=invoice.number,
        closed_on=invoice.closed_at.date(),
        period=_period(invoice),
        status_label=INVOICE_LABELS[invoice.status],
        organization_id=organization.hex_id,
        seller=parties.seller(),
        buyer=parties.buyer(organization, profile) or parties.unaddressed(organization),
        purchase_order=profile.purchase_order if profile else None,
        order_form=None,
        usage_cents=invoice.usage_cents,
        support_cents=invoice.support_cents,
        credits_cents=invoice.credits_cents,
        subtotal_cents=invoice.subtotal_cents,
        payments=(
            *(printed_payments.payment_row(one, catalogue) for one in settled),
            *(printed_payments.share_row(one, catalogue) for one in shared),
        ),
        by_project=_by_project(lines),
        by_service=_by_service(lines),
    )
    return frozen(DocumentKind.CLOUD_INVOICE, content, organization, invoice, at)


def frozen(
    kind: DocumentKind,
    content: document.Document,
    organization: Organization,
    invoice: Invoice | None,
    at: datetime,
) -> Document:
    """The content as a document to be kept; refused where no embedded font can print it (DOC-9)."""
    written = document.to_json(content)
    try:
        fonts.refuse_unprintable(content, written=written)
    except UnprintableError as error:
        raise Refusal(str(error)) from None
    return Document(
        organization_id=organization.id,
        kind=kind,
        number=content.number,
        invoice_id=invoice.id if invoice else None,
        content=written,
        issued_at=at,
    )


def keep(session: Session, documents: Sequence[Document]) -> None:
    """Write frozen documents, each to wait for its PDF; they get their keys, and nobody looks at them again here."""
    bulk.number(session, documents)
    bulk.insert(session, documents)
    bulk.write(session, WaitingDocument, ("document_id", "attempts"), [(row.id, 0) for row in documents])


def refuse_unprintable(account: BillingAccount, lines: Iterable[Line]) -> None:
    """Refuse texts that no embedded font can print: their document could be issued, but never made."""
    used = {text for texts in set(map(_TEXTS, lines)) for text in texts if text}
    if missing := unprintable("".join(sorted(used))):
        raise Refusal(f"The usage has characters that cannot be printed: {' '.join(missing)}")
    try:
        if buyer := parties.buyer(account.organization, account.profile):
            fonts.refuse_unprintable(buyer)
    except UnprintableError as error:
        raise Refusal(str(error)) from None


def _by_project(lines: Iterable[Line]) -> tuple[document.Summary, ...]:
    """The cost of each project in US cents, without subscription and support charges, the largest first (7.3)."""
    used = (line for line in lines if line.kind is LineKind.USAGE)
    sums = invoicing.summary(used, key=attrgetter("project_id", "project"))
    return _largest_first((str(name), amount.minor) for (_, name), amount in sums.items())


def _by_service(lines: Iterable[Line]) -> tuple[document.Summary, ...]:
    """The cost of each service in US cents, support included, the largest first (7.3)."""
    sums = invoicing.summary(lines, key=attrgetter("service"))
    return _largest_first((name, amount.minor) for name, amount in sums.items())


def _largest_first(sums: Iterable[tuple[str, int]]) -> tuple[document.Summary, ...]:
    ordered = sorted(sums, key=lambda one: (-one[1], one[0]))
    return tuple(document.Summary(name=name, cents=cents) for name, cents in ordered)


def _period(invoice: Invoice) -> document.Period:
    month = Month.of(invoice.period_on)
    return document.Period(starts_on=month.first_on, ends_before=month.ends_before)
