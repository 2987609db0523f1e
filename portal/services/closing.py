"""Closes an organization's month: rate, assemble, settle, tax, number, freeze, all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import first_use, invoicing, rating
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.periods import Month
from portal.domain.rating import Line
from portal.domain.settlement import Source
from portal.models.base import Base
from portal.models.billing_groups import BillingGroup, BillingProfile
from portal.models.documents import DocumentKind
from portal.models.invoices import Invoice, InvoiceLine, MonthClose, SetAside
from portal.models.organizations import Organization
from portal.models.payments import Draw, Payment, PaymentTax
from portal.services import billing_profiles, elastic, freezing, history, issuing, months, numbers, settling
from portal.services import rating as rating_service
from portal.services.settling import TaxedPart

# Many rows at once go past the mapped classes, which would look at each of them.
_LINES, _TAXES, _DRAWS = (Base.metadata.tables[kind.__tablename__] for kind in (InvoiceLine, PaymentTax, Draw))


@dataclass(frozen=True, slots=True)
class _Draft:
    """An invoice before it has a number."""

    group: BillingGroup
    profile: BillingProfile | None
    lines: Sequence[Line]
    payers: Sequence[Source]
    parts: Sequence[TaxedPart]


def close_month(session: Session, organization: Organization, month: Month, *, at: datetime) -> Sequence[Invoice]:
    """Close `month` and return its invoices, one a billing group; none where it was closed before or lies before the
    organization's first. `at` is the moment of closing; the documents are issued on its day.

    Refused while the month runs, while an earlier one is open, or where an invoice cannot be made.
    """
    months.lock(session, organization)
    due = months.next_to_close(session, organization)
    if month < due:
        _forget_fault(session, organization, month)
        return ()
    _check_closable(month, due, at)
    drafts = _drafts(session, organization, month)
    elastic.note_turns(
        session,
        organization,
        month,
        sources=[payer for draft in drafts for payer in draft.payers],
        parts=[taxed.part for draft in drafts for taxed in draft.parts],
    )
    invoices = [_issue(session, organization, month, draft, at=at) for draft in drafts]
    session.add(MonthClose(organization_id=organization.id, period_on=month.first_on, closed_at=at))
    _forget_fault(session, organization, month)
    session.flush()
    return invoices


def _check_closable(month: Month, due: Month, at: datetime) -> None:
    if at.date() < month.ends_before:
        raise Refusal(f"{month} has not ended yet. It can be closed from {month.ends_before} on.")
    if month > due:
        raise Refusal(f"{due} is still open. Close it before {month}.")


def _drafts(session: Session, organization: Organization, month: Month) -> list[_Draft]:
    """What will be invoiced: every billing group with usage, and the one without a name even without any."""
    rated = rating_service.rated_lines(session, organization.id, month)
    groups = session.scalars(
        select(BillingGroup).where(BillingGroup.organization_id == organization.id).order_by(BillingGroup.id)
    )
    drafts = []
    for group in groups:
        lines = rated.get(group.id, ())
        if lines or group.name is None:
            rating.total_cents(lines)
            freezing.refuse_unprintable_lines(lines)
            profile = billing_profiles.current(session, group.id)
            payers = settling.sources(session, group.id, month)
            parts = settling.settle_between(payers, lines, month, profile=profile)
            drafts.append(_Draft(group, profile, lines, payers, parts))
    return drafts


def _forget_fault(session: Session, organization: Organization, month: Month) -> None:
    """Take the closed month off the list of those set aside, where another process may have put it meanwhile."""
    session.execute(
        delete(SetAside).where(SetAside.organization_id == organization.id, SetAside.period_on == month.first_on)
    )


def _issue(session: Session, organization: Organization, month: Month, draft: _Draft, *, at: datetime) -> Invoice:
    entity = catalogues.load_seller().entity
    catalogue = catalogues.load(organization.catalogue)
    number = numbers.take(
        session,
        DocumentKind.CLOUD_INVOICE,
        legal_entity=entity.key,
        prefix=entity.invoice_prefix,
        year=at.year,
    )
    methods = [(part.part.source.method, invoicing.first_status(part.part.source.method)) for part in draft.parts]
    invoice = Invoice(
        organization_id=organization.id,
        billing_group_id=draft.group.id,
        billing_profile_id=draft.profile.id if draft.profile else None,
        period_on=month.first_on,
        number=number,
        status=invoicing.invoice_status(methods),
        usage_cents=rating.total_cents(draft.lines),
        support_cents=0,
        credits_cents=0,
        closed_at=at,
    )
    session.add(invoice)
    session.flush()
    _write_lines(session, invoice, draft.lines)
    first_used_on = months.first_used_on(session, organization)
    payments = [
        _write_payment(session, invoice, position, part, catalogue, first_used_on, at)
        for position, part in enumerate(draft.parts, start=1)
    ]
    history.record(session, organization, Event.INVOICE_CLOSED, at=at, detail=f"{number} for {month}", invoice=invoice)
    for payment in payments:
        if payment.collect_on is None or payment.collect_on <= at.date():
            issuing.issue_tax_invoice(session, payment, at=at)
    freezing.freeze_cloud_invoice(session, invoice, at=at)
    return invoice


def _write_lines(session: Session, invoice: Invoice, lines: Sequence[Line]) -> None:
    rows = [
        {
            "invoice_id": invoice.id,
            "kind": line.kind,
            "project_id": line.project_id,
            "project": line.project,
            "service": line.service,
            "sku": line.sku,
            "provider": line.provider,
            "used_on": line.used_on,
            "posted_on": line.posted_on,
            "quantity": rating.plain_quantity(line.quantity_nano),
            "unit": line.unit,
            "unit_price_pico": line.unit_price_pico,
            "amount_cents": line.amount_cents,
        }
        for line in lines
    ]
    if rows:
        session.execute(insert(_LINES), rows)


def _write_payment(
    session: Session,
    invoice: Invoice,
    position: int,
    taxed: TaxedPart,
    catalogue: Catalogue,
    first_used_on: date | None,
    at: datetime,
) -> Payment:
    part, assessment = taxed.part, taxed.assessment
    method = part.source.method
    charged = method in invoicing.CHARGED
    collect_on = first_use.collect_on(first_used_on, closed_on=at.date()) if charged else None
    due_from = collect_on or at.date()
    payment = Payment(
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
        due_on=invoicing.due_on(method, due_from, terms_days=catalogue.payment_terms_days),
        explain={name: str(amount) for name, amount in part.explain.items()},
        created_at=at,
    )
    session.add(payment)
    session.flush()
    _write_taxes_and_draws(session, payment, taxed)
    return payment


def _write_taxes_and_draws(session: Session, payment: Payment, taxed: TaxedPart) -> None:
    taxes = [
        {
            "payment_id": payment.id,
            "position": position,
            "name": tax.name,
            "rate": tax.rate,
            "base_minor": tax.base.minor,
            "amount_minor": tax.amount.minor,
        }
        for position, tax in enumerate(taxed.assessment.taxes, start=1)
    ]
    draws = [
        {
            "payment_id": payment.id,
            "posted_on": portion.posted_on,
            "kind": portion.kind,
            "provider": portion.provider,
            "amount_cents": amount.minor,
        }
        for portion, amount in taxed.part.drawn.portions
    ]
    if taxes:
        session.execute(insert(_TAXES), taxes)
    if draws:
        session.execute(insert(_DRAWS), draws)
