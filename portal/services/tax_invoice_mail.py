"""Has tax invoices sent: to the billing contact, else to whoever gets billing mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.invoicing import CHARGED
from portal.domain.methods import Method
from portal.domain.money import Money
from portal.models.billing_groups import BillingProfile
from portal.models.documents import TaxInvoice
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import billing_mail, billing_profiles, letters, outbox, parties
from portal.services.billing_mail import MailReader
from portal.services.letters import Letter


@dataclass(frozen=True, slots=True)
class IssuedTaxInvoice:
    """A tax invoice that has just been issued, and the id of its document."""

    tax_invoice: TaxInvoice
    payment: Payment
    organization: Organization
    document_id: int


def post(session: Session, issued: Sequence[IssuedTaxInvoice], *, at: datetime) -> None:
    """Have tax invoices sent that have just been issued, each with its PDF, once that is made (MAIL-7, MAIL-11)."""
    profiles = billing_profiles.current_of(session, {one.payment.billing_group_id for one in issued})
    managers = billing_mail.owners_and_admins_of(session, [one.organization for one in issued])
    outbox.post_all(
        session,
        [
            outbox.Posting(
                letter=_letter(one),
                to=readers(profiles.get(one.payment.billing_group_id), managers.get(one.organization.id, ())),
                key=f"tax-invoice {one.tax_invoice.number}",
                organization_id=one.organization.id,
                document_ids=(one.document_id,),
            )
            for one in issued
        ],
        at=at,
    )


def readers(profile: BillingProfile | None, people: Iterable[MailReader]) -> Sequence[str]:
    """Whom the papers of a contract and its tax invoices go to, where the people who manage billing are known."""
    if profile and profile.billing_contact:
        return [profile.billing_contact]
    return billing_mail.readers_by(profile, people)


def _letter(issued: IssuedTaxInvoice) -> Letter:
    tax_invoice, method = issued.tax_invoice, issued.payment.method
    return letters.write(
        "tax_invoice",
        number=tax_invoice.number,
        organization=issued.organization.name,
        period=tax_invoice.period_on,
        issued_on=tax_invoice.issued_on,
        due_on=tax_invoice.due_on,
        total=Money(tax_invoice.total_minor, tax_invoice.currency),
        is_charged=method in CHARGED,
        is_unpaid=method is Method.UNPAID,
        bank=parties.bank_account(tax_invoice.currency),
        seller=catalogues.load_seller().entity,
    )
