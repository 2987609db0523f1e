"""Has tax invoices sent: to the billing contact, else to whoever gets billing mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.invoicing import CHARGED
from portal.domain.money import Money
from portal.domain.settlement import Method
from portal.models.documents import Document, TaxInvoice
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import billing_mail, billing_profiles, letters, outbox, parties


def post(session: Session, tax_invoice: TaxInvoice, payment: Payment, *, at: datetime) -> None:
    """Have a tax invoice sent that has just been issued, with its PDF, as soon as that is made (MAIL-7, MAIL-11)."""
    organization = session.get_one(Organization, tax_invoice.organization_id)
    profile = billing_profiles.current(session, payment.billing_group_id)
    contact = profile.billing_contact if profile else None
    document_ids = session.scalars(select(Document.id).where(Document.number == tax_invoice.number)).all()
    letter = letters.write(
        "tax_invoice",
        number=tax_invoice.number,
        organization=organization.name,
        period=tax_invoice.period_on or tax_invoice.issued_on,
        issued_on=tax_invoice.issued_on,
        due_on=tax_invoice.due_on,
        total=Money(tax_invoice.total_minor, tax_invoice.currency),
        is_charged=payment.method in CHARGED,
        is_unpaid=payment.method is Method.UNPAID,
        bank=parties.bank_account(tax_invoice.currency),
        seller=catalogues.load_seller().entity,
    )
    outbox.post(
        session,
        letter,
        to=[contact] if contact else billing_mail.readers(session, organization, profile),
        key=f"tax-invoice {tax_invoice.number}",
        at=at,
        organization=organization,
        document_ids=document_ids,
    )
