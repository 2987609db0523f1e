"""Two customers of one vendor with one of everything each: what one of them must never learn of the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal import catalogues, clock
from portal.domain import membership
from portal.models.base import Base
from portal.models.billing_groups import BillingGroup
from portal.models.documents import TaxInvoice
from portal.models.organizations import Membership, User
from portal.models.sessions import LoginSession
from portal.models.teams import TeamMember, TeamProjectRole
from portal.services import chats, organizations, people
from portal.services.invitations import invite
from tests import customers
from tests.members import AT, sender
from tests.pages import PASSWORD
from tests.teams import a_team, a_unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import Organization
    from tests.world import World

# Words that no page says by itself.
OWN, THEIRS = "quirinal", "esquiline"
AMOUNTS = {OWN: "1111.11", THEIRS: "7654321.09"}


@dataclass(frozen=True, slots=True)
class Rival:
    """A customer: how its owner signs in, what stands for it in addresses and forms, and its words and figures."""

    email: str
    ids: dict[str, object]
    secrets: tuple[str, ...]


def a_rival(session: Session, world: World, slug: str, *, catalogue: str) -> Rival:
    """An organization whose names all begin with its slug, with a closed month of an amount of its own."""
    organization = organizations.create_organization(session, slug, name=f"{slug} company", catalogue=catalogue, at=AT)
    first, second = (
        organizations.create_project(session, organization, f"{slug}-{name}", at=AT) for name in ("shop", "lab")
    )
    world.organizations[slug], world.projects[slug] = organization, (first, second)
    roles = catalogues.load(catalogue).roles
    owner = _member(session, organization, "owner", sorted(membership.remaining_roles(roles)))
    mate = _member(session, organization, "mate", sorted(membership.plain_roles(roles)), {first.id: [*roles.project]})
    team, unit = a_team(session, world, slug, f"{slug}-team"), a_unit(session, world, slug, f"{slug}-unit")
    session.add(TeamMember(team_id=team.id, membership_id=mate.id))
    session.add(TeamProjectRole(team_id=team.id, project_id=second.id, role=next(iter(roles.project))))
    offer = membership.with_organization_roles(organizations.grants_of(mate), membership.remaining_roles(roles))
    (invited,) = invite(session, sender(organization, owner.user), [f"guest@{slug}.example"], offer=offer, at=AT)
    number, tax_number = _billed(session, organization, world)
    by_name = {"slug": slug, "project": first.hex_id, "number": number, "tax_number": tax_number}
    by_key = {"member_id": mate.id, "membership_id": mate.id, "team": team.hex_id, "unit": unit.hex_id}
    by_key["chat_id"] = _chat_id(session, organization, owner.user)
    ids = {**by_name, **by_key, "invitation_id": invited.hex_id, "organization_id": organization.hex_id}
    hex_ids = (first.hex_id, second.hex_id, team.hex_id, unit.hex_id, invited.hex_id, organization.hex_id)
    return Rival(owner.user.email, ids, (slug, *hex_ids, number, tax_number, _amount(slug)))


def rows(session: Session) -> dict[str, list[Any]]:
    """All rows of all tables but those of sessions, which say when somebody was last seen."""
    tables = [table for table in Base.metadata.sorted_tables if table is not LoginSession.__table__]
    return {table.name: sorted(map(repr, session.execute(select(table)))) for table in tables}


def _chat_id(session: Session, organization: Organization, by: User) -> str:
    """Of what the owner wrote to support, where the vendor has a chat."""
    if chats.channel_of(session, organization, at=clock.now()) is None:
        return "0" * 24
    return chats.say(session, organization, f"{organization.slug} stopped", by=by, at=clock.now()).hex_id


def _member(
    session: Session,
    organization: Organization,
    name: str,
    roles: list[str],
    projects: dict[int, list[str]] | None = None,
) -> Membership:
    slug = organization.slug
    user = people.create_user(
        session, f"{name}@{slug}.example", name=f"{slug} {name}", password_hash=people.hash_password(PASSWORD), at=AT
    )
    known = catalogues.load(organization.catalogue).roles
    return organizations.add_member(
        session, organization, session.get_one(User, user.id), roles=known, at=AT, organization_roles=roles,
        project_roles=projects,
    )  # fmt: skip


def _billed(session: Session, organization: Organization, world: World) -> tuple[str, str]:
    group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == organization.id)).one()
    customer = customers.Customer(organization, group, world.projects[organization.slug][0])
    customers.live_at(session, customer)
    customers.use(session, customer, date(2024, 1, 10), AMOUNTS[organization.slug])
    (invoice,) = customers.close(session, customer, "2024-01")
    query = select(TaxInvoice.number).where(TaxInvoice.organization_id == organization.id)
    return invoice.number, session.scalars(query).one()


def _amount(slug: str) -> str:
    """As pages write it."""
    whole, cents = AMOUNTS[slug].split(".")
    return f"{int(whole):,}.{cents}"
