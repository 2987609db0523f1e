"""Who reads billing mail: the billing e-mail address, and the people who manage an organization's billing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import billing_mail
from portal.domain.permissions import Action, Roles, roles_with
from portal.models.billing_groups import BillingProfile
from portal.models.organizations import Membership, Organization, OrganizationRole, User


@dataclass(frozen=True, slots=True)
class MailReader:
    """A person who manages billing, and so reads its mail; `role` names the first of their roles that lets them."""

    email: str
    role: str


def readers(session: Session, organization: Organization, profile: BillingProfile | None) -> Sequence[str]:
    """The addresses that billing mail goes to by this profile (MAIL-1 to MAIL-6)."""
    roles = catalogues.load(organization.catalogue).roles
    people = [reader.email for reader in owners_and_admins(session, organization, roles)]
    address = profile.billing_email if profile else None
    return billing_mail.recipients(address, people, only=bool(profile and profile.only_billing_email))


def owners_and_admins(session: Session, organization: Organization, roles: Roles) -> Sequence[MailReader]:
    """Everybody whose role in the organization may change billing settings, once, by role and address (MAIL-6)."""
    names = {role.key: role.name for role in roles_with(roles, Action.CHANGE_BILLING_SETTINGS)}
    held = session.execute(
        select(User.email, OrganizationRole.role)
        .join(Membership, Membership.user_id == User.id)
        .join(OrganizationRole, OrganizationRole.membership_id == Membership.id)
        .where(Membership.organization_id == organization.id, OrganizationRole.role.in_(names))
    ).all()
    order = list(names)
    first: dict[str, str] = {}
    for email, role in sorted(held, key=lambda row: (order.index(row.role), row.email)):
        first.setdefault(email, names[role])
    return [MailReader(email, role) for email, role in first.items()]
