"""Who reads billing mail: the billing e-mail address, and the people who manage an organization's billing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import billing_mail
from portal.domain.permissions import Action, Roles, roles_with
from portal.models.among import among
from portal.models.billing_groups import BillingProfile
from portal.models.organizations import Membership, Organization, OrganizationRole, User


@dataclass(frozen=True, slots=True)
class MailReader:
    """A person who manages billing, and so reads its mail; `role` names the first of their roles that lets them."""

    email: str
    role: str


def readers(session: Session, organization: Organization, profile: BillingProfile | None) -> Sequence[str]:
    """The addresses that billing mail goes to by this profile (MAIL-1 to MAIL-6)."""
    return readers_by(profile, owners_and_admins(session, organization))


def readers_by(profile: BillingProfile | None, people: Iterable[MailReader]) -> Sequence[str]:
    """The same where the owners and admins are known."""
    address = profile.billing_email if profile else None
    only = bool(profile and profile.only_billing_email)
    return billing_mail.recipients(address, [reader.email for reader in people], only=only)


def owners_and_admins(session: Session, organization: Organization) -> Sequence[MailReader]:
    """Everybody whose role in the organization may change billing settings, once, by role and address (MAIL-6)."""
    return owners_and_admins_of(session, [organization]).get(organization.id, ())


def owners_and_admins_of(
    session: Session, organizations: Collection[Organization]
) -> Mapping[int, Sequence[MailReader]]:
    """The same of several organizations by their ids, in one query."""
    held: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for organization_id, email, role in session.execute(
        select(Membership.organization_id, User.email, OrganizationRole.role)
        .join(Membership, Membership.user_id == User.id)
        .join(OrganizationRole, OrganizationRole.membership_id == Membership.id)
        .where(among(Membership.organization_id, [organization.id for organization in organizations]))
        .where(User.deactivated_at.is_(None))
    ):
        held[organization_id].append((email, role))
    return {one.id: _managers(catalogues.load(one.catalogue).roles, held[one.id]) for one in organizations}


def _managers(roles: Roles, held: Iterable[tuple[str, str]]) -> Sequence[MailReader]:
    names = {role.key: role.name for role in roles_with(roles, Action.CHANGE_BILLING_SETTINGS)}
    order = list(names)
    first: dict[str, str] = {}
    known = [(email, role) for email, role in held if role in names]
    for email, role in sorted(known, key=lambda pair: (order.index(pair[1]), pair[0])):
        first.setdefault(email, names[role])
    return [MailReader(email, role) for email, role in first.items()]
