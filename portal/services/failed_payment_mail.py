"""Tells whoever gets billing mail that a charge was declined, and where to pay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import collection
from portal.domain.invoicing import FAILED
from portal.domain.money import Money
from portal.models.billing_groups import PaymentMethod
from portal.models.documents import TaxInvoice
from portal.models.organizations import Organization
from portal.models.payments import Charge, Payment
from portal.services import billing_mail, billing_profiles, letters, outbox


def post(session: Session, charge: Charge, *, base_url: str, at: datetime) -> None:
    """Post the mail about a declined charge, once for each attempt; none where the payment has not failed (MAIL-8).

    `base_url` is how people reach the portal.
    """
    payment = session.get_one(Payment, charge.payment_id)
    if charge.succeeded is not False or payment.status not in FAILED:
        return
    organization = session.get_one(Organization, payment.organization_id)
    first = session.scalars(select(func.min(Charge.requested_at)).where(Charge.payment_id == payment.id)).one()
    letter = letters.write(
        "failed_payment",
        organization=organization.name,
        number=session.scalar(select(TaxInvoice.number).where(TaxInvoice.payment_id == payment.id)) or "",
        amount=Money(charge.amount_minor, charge.currency),
        method=session.get_one(PaymentMethod, charge.payment_method_id).label,
        reason=charge.reason or "",
        next_try_on=collection.next_try_on(first.date(), charge.requested_at.date()),
        link=f"{base_url}/orgs/{organization.slug}/billing/invoices",
        seller=catalogues.load_seller().entity,
    )
    profile = billing_profiles.current(session, payment.billing_group_id)
    readers = billing_mail.readers(session, organization, profile)
    outbox.post(session, letter, to=readers, key=f"failed-payment {charge.key}", at=at, organization=organization)
