"""The billing profile: who is billed where, and with which tax id. Every change is a new row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.models.among import among
from portal.models.billing_groups import BillingGroup, BillingProfile
from portal.models.organizations import Organization, User
from portal.services import history, months

FIELDS = (
    "company", "line1", "line2", "city", "region", "postal_code", "country", "tax_id", "purchase_order",
    "billing_contact", "billing_email", "only_billing_email",
)  # fmt: skip
# Made once: every close asks it, and whoever shows or issues anything.
_NEWEST = (
    select(func.max(BillingProfile.id))
    .where(among(BillingProfile.billing_group_id, "groups"))
    .group_by(BillingProfile.billing_group_id)
)
_CURRENT = select(BillingProfile).where(BillingProfile.id.in_(_NEWEST))


def own_group(session: Session, organization: Organization) -> BillingGroup:
    """The organization's own billing group, the one without a name: its profile is the organization's."""
    own = BillingGroup.organization_id == organization.id, BillingGroup.name.is_(None)
    return session.scalars(select(BillingGroup).where(*own)).one()


def own_profile(session: Session, organization: Organization) -> BillingProfile | None:
    """The newest profile of the organization's own billing group, None before the first."""
    own = BillingGroup.organization_id == organization.id, BillingGroup.name.is_(None)
    query = select(BillingProfile).join(BillingGroup, BillingGroup.id == BillingProfile.billing_group_id).where(*own)
    return session.scalars(query.order_by(BillingProfile.id.desc()).limit(1)).one_or_none()


def current(session: Session, billing_group_id: int) -> BillingProfile | None:
    """The newest profile of the billing group, None before the first."""
    return current_of(session, [billing_group_id]).get(billing_group_id)


def current_of(session: Session, billing_group_ids: Collection[int]) -> Mapping[int, BillingProfile]:
    """The newest profile of each of the billing groups that has one."""
    profiles = session.scalars(_CURRENT, {"groups": list(billing_group_ids)})
    return {profile.billing_group_id: profile for profile in profiles}


def change(
    session: Session, group: BillingGroup, *, at: datetime, by: User | None = None, **fields: Any
) -> BillingProfile:
    """Record a new profile: the present one with `fields` changed. Invoices already closed keep what they printed.

    Where nothing changes nothing is recorded, so that a form sent twice is one change (PROFILE-3).
    """
    months.lock(session, group.organization_id)
    present = current(session, group.id)
    if present and all(getattr(present, name) == value for name, value in fields.items()):
        return present
    values = {name: getattr(present, name) for name in FIELDS} if present else {}
    profile = BillingProfile(
        billing_group_id=group.id, recorded_at=at, recorded_by_id=by.id if by else None, **(values | fields)
    )
    session.add(profile)
    session.flush()
    if event := _event(present, fields):
        contact = profile.billing_contact if event is Event.BILLING_CONTACT_CHANGED else None
        history.record(session, group.organization_id, event, at=at, by=by, detail=contact or "")
    return profile


def name_contact(session: Session, group: BillingGroup, contact: str, *, at: datetime, by: User | None = None) -> None:
    """Have the tax invoices sent to `contact`, as a contract says; refused where there is no address yet."""
    if current(session, group.id) is None:
        raise Refusal("The organization has no billing address yet. Add one first.")
    change(session, group, at=at, by=by, billing_contact=contact)


def _event(present: BillingProfile | None, fields: Mapping[str, Any]) -> Event | None:
    if present is None:
        return Event.INVOICE_ADDRESS_ADDED
    changed = {name for name, value in fields.items() if getattr(present, name) != value}
    if changed == {"tax_id"}:
        return Event.TAX_ID_CHANGED
    if changed == {"billing_contact"}:
        return Event.BILLING_CONTACT_CHANGED
    return Event.INVOICE_ADDRESS_CHANGED if changed else None
