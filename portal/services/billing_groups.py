"""Billing groups: the one without a name that each organization has, named ones, and whom they bill (BG-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.catalogue import InvoiceScope
from portal.domain.errors import Refusal
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, Project
from portal.services import billing_profiles, months, payment_methods, settling


def of_organization(session: Session, organization: Organization) -> Sequence[BillingGroup]:
    """All billing groups of the organization, the one without a name first."""
    own = select(BillingGroup).where(BillingGroup.organization_id == organization.id)
    return session.scalars(own.order_by(BillingGroup.id)).all()


def named(session: Session, organization: Organization, name: str) -> BillingGroup | None:
    """The organization's group of this name."""
    own = select(BillingGroup).where(BillingGroup.organization_id == organization.id)
    return session.scalar(own.where(BillingGroup.name == name).order_by(BillingGroup.id).limit(1))


def create(session: Session, organization: Organization, name: str, *, at: datetime) -> BillingGroup:
    """Make a group that is billed like the one without a name: address, tax id and payment method are copied (BG-4).

    Refused where the vendor's organizations hold their invoices themselves.
    """
    catalogue = catalogues.load(organization.catalogue)
    if catalogue.invoice_scope is not InvoiceScope.BILLING_GROUP:
        raise Refusal(f"{catalogue.title} has no billing groups.")
    months.lock(session, organization)
    if named(session, organization, name):
        raise Refusal(f"There is a billing group “{name}” already.")
    own = billing_profiles.own_group(session, organization)
    group = BillingGroup(organization_id=organization.id, name=name, created_at=at)
    session.add(group)
    session.flush()
    profile = billing_profiles.current(session, own.id)
    if profile:
        copied = {column: getattr(profile, column) for column in billing_profiles.FIELDS}
        billing_profiles.change(session, group, at=at, **copied)
    method = settling.payment_method(session, own.id)
    if method:
        payment_methods.put_on_file(
            session, group, kind=method.kind, label=method.label, gateway=method.gateway, token=method.token, at=at
        )
    return group


def assign(session: Session, project: Project, group: BillingGroup) -> None:
    """Let the group bill the project: the one that it has when a month is closed has the month (V-AMB-12)."""
    if project.organization_id != group.organization_id:
        raise Refusal("The billing group belongs to another organization.")
    months.lock(session, project.organization_id)
    project.billing_group_id = group.id
    session.flush()
