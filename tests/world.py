"""Organizations of every catalogue with a person for each role, strangers and staff: whom access is tried with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from portal import catalogues, clock
from portal.domain import membership
from portal.domain.permissions import Grants, StaffRole
from portal.models.invitations import Invitation, InvitationOrganizationRole
from portal.services import deactivation, organizations, people
from portal.services.sessions import token_hash
from tests.pages import PASSWORD

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import Organization, Project

AT = datetime(2024, 1, 1, tzinfo=UTC)
SLUGS = {"acme": "atlas", "borealis": "aiven", "cobalt": "neon"}
# What people of a project are in the organization.
BESIDE_PROJECT_ROLES = {
    "acme": frozenset({"ORG_MEMBER"}),
    "borealis": frozenset({"member"}),
    "cobalt": frozenset[str](),
}


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in; `slug` and `grants` say where they belong, `staff` what they do for the seller."""

    user_id: int
    email: str
    slug: str | None = None
    grants: Grants = field(default_factory=Grants)
    staff: frozenset[StaffRole] = frozenset()


@dataclass(frozen=True)
class World:
    """Three organizations of two projects each, and everybody.

    Beside the `people` who can be let in: members with the most rights who were `deactivated`, and people with an
    account who were `invited` with the same rights and have not answered; one of each in each organization.
    """

    organizations: dict[str, Organization]
    projects: dict[str, tuple[Project, Project]]
    people: list[Person]
    deactivated: list[Person] = field(default_factory=list)
    invited: list[Person] = field(default_factory=list)

    def person(self, email: str) -> Person:
        """The person with this address."""
        return next(person for person in self.people if person.email == email)


def build_world(session: Session) -> World:
    """Make it all; the caller commits. E-mail addresses are ROLE@ORGANIZATION.example, in the catalogue's words."""
    world = World({}, {}, [])
    for slug, catalogue in SLUGS.items():
        organization = organizations.create_organization(session, slug, name=slug.title(), catalogue=catalogue, at=AT)
        world.organizations[slug] = organization
        first = organizations.create_project(session, organization, "shop", at=AT)
        world.projects[slug] = (first, organizations.create_project(session, organization, "lab", at=AT))
        roles = catalogues.load(catalogue).roles
        everybody = [(role, Grants(organization_roles=frozenset({role}))) for role in roles.organization]
        everybody += [
            (role, Grants(BESIDE_PROJECT_ROLES[slug], {first.id: frozenset({role})})) for role in roles.project
        ]
        world.people.extend(_member(session, organization, role, grants) for role, grants in everybody)
        most = Grants(membership.remaining_roles(roles))
        world.deactivated.append(_deactivated(session, organization, most))
        world.invited.append(_invited(session, organization, most, by=world.people[-len(everybody)]))
    for role in StaffRole:
        user_id = _user(session, f"{role}@portal.example")
        world.people.append(Person(user_id, f"{role}@portal.example", staff=frozenset({role})))
        user = people.find_user(session, user_id)
        assert user
        people.grant_staff_role(session, user, role)
    world.people.append(Person(_user(session, "nobody@nowhere.example"), "nobody@nowhere.example"))
    return world


def _member(session: Session, organization: Organization, role: str, grants: Grants) -> Person:
    email = f"{role.lower()}@{organization.slug}.example"
    user_id = _user(session, email)
    user = people.find_user(session, user_id)
    assert user
    organizations.add_member(
        session,
        organization,
        user,
        roles=catalogues.load(organization.catalogue).roles,
        at=AT,
        organization_roles=sorted(grants.organization_roles),
        project_roles={project: sorted(held) for project, held in grants.project_roles.items()},
    )
    return Person(user_id, email, organization.slug, grants)


def _deactivated(session: Session, organization: Organization, grants: Grants) -> Person:
    person = _member(session, organization, "deactivated", grants)
    user = people.find_user(session, person.user_id)
    assert user
    deactivation.deactivate(session, user, by=None, reason="Left the company", at=AT)
    return person


def _invited(session: Session, organization: Organization, grants: Grants, *, by: Person) -> Person:
    """Somebody who has not answered. No mail and no event tells of it, so that tests find only their own."""
    email = f"invited@{organization.slug}.example"
    invitation = Invitation(
        organization_id=organization.id,
        email=email,
        token_hash=token_hash(token_of(email)),
        invited_by_id=by.user_id,
        invited_at=clock.now(),
        expires_at=clock.now() + membership.INVITATION_GOOD_FOR,
        organization_roles=[InvitationOrganizationRole(role=role) for role in sorted(grants.organization_roles)],
    )
    session.add(invitation)
    session.flush()
    return Person(_user(session, email), email, organization.slug, grants)


def token_of(email: str) -> str:
    """The token in the link of this invited person."""
    return f"token-in-the-mail-to-{email.partition('@')[0]}-of-{email.partition('@')[2]}"


def _user(session: Session, email: str) -> int:
    name = email.partition("@")[0].replace("_", " ").title()
    return people.create_user(session, email, name=name, password_hash=_hash(), at=AT).id


@cache
def _hash() -> str:
    """One hash for all: making it is meant to be slow."""
    return people.hash_password(PASSWORD)
