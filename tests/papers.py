"""Builders of papers: a signed PDF, and the rows of papers in organizations of any vendor."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from portal import clock
from portal.domain.methods import SubscriptionType
from portal.models.contract_papers import Agreement
from portal.models.documents import DocumentKind
from portal.models.subscriptions import Subscription
from portal.services import billing_profiles, freezing
from tests.invoices.printed import order_form

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import Organization, User

SIGNED = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n"
    b"trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n111\n%%EOF\n"
)
SHA256 = hashlib.sha256(SIGNED).hexdigest()


def an_order_form(session: Session, organization: Organization) -> str:
    """The number of an order form of the organization, whose contract nobody needs."""
    content = replace(order_form(), number=f"OF-{organization.slug}")
    document = freezing.frozen(DocumentKind.ORDER_FORM, content, organization, None, clock.now())
    freezing.keep(session, [document])
    return content.number


def an_agreement(session: Session, organization: Organization, by: User) -> str:
    """The id of an agreement of the organization; its file is `SIGNED`."""
    group = billing_profiles.own_group(session, organization)
    subscription = Subscription(
        organization_id=organization.id,
        billing_group_id=group.id,
        type=SubscriptionType.ELASTIC,
        activated_at=clock.now(),
    )
    session.add(subscription)
    session.flush()
    agreement = Agreement(
        organization_id=organization.id,
        subscription_id=subscription.id,
        version=1,
        name="signed.pdf",
        sha256=SHA256,
        size=len(SIGNED),
        uploaded_by_id=by.id,
        uploaded_at=clock.now(),
    )
    session.add(agreement)
    session.flush()
    return agreement.hex_id
