"""Builders of customers with support: an organization with a plan that opens cases, its people, and an agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from portal import catalogues
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.permissions import Grants, StaffRole
from portal.domain.response_targets import Via
from portal.services import cases, organizations, people, subscriptions
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from tests.customers import START, a_customer, midnight

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.cases import Case
    from portal.models.organizations import Organization, Project, User

AT = datetime(2024, 9, 10, 9, tzinfo=UTC)
BASE_URL = "http://portal.example"


@dataclass(frozen=True, slots=True)
class Supported:
    """A customer who can open cases. `owner` may do everything there, `agent` answers."""

    organization: Organization
    project: Project
    owner: User
    agent: User

    def customer(self, at: datetime = AT, *, by: User | None = None, via: Via = Via.PORTAL) -> Doing:
        """The owner, or somebody else of the customer, does something."""
        return Doing(by=by or self.owner, at=at, base_url=BASE_URL, via=via)

    def staff(self, at: datetime = AT) -> Doing:
        """The agent does something."""
        return Doing(by=self.agent, at=at, base_url=BASE_URL, as_staff=True, via=Via.STAFF)


def a_supported(session: Session, slug: str = "acme", *, plan: str = "pro", owner_role: str = "ORG_OWNER") -> Supported:
    """A customer of atlas whose contract has a support plan."""
    customer = a_customer(session, slug)
    terms = Terms(
        type=SubscriptionType.ELASTIC,
        starts_on=START,
        months=None,
        currency="EUR",
        unit_price=Decimal(1),
        elastic_unit_price=Decimal(1),
        support_plan=plan,
    )
    subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(START))
    owner = a_person(session, customer.organization, f"owner@{slug}.example", Grants(frozenset({owner_role})))
    return Supported(customer.organization, customer.project, owner, an_agent(session))


def a_person(session: Session, organization: Organization, email: str, grants: Grants) -> User:
    """A member of the organization with these roles; the name is the first part of the address."""
    user = people.create_user(session, email, name=email.partition("@")[0].title(), password_hash="", at=AT)
    organizations.add_member(
        session,
        organization,
        user,
        roles=catalogues.load(organization.catalogue).roles,
        at=AT,
        organization_roles=grants.organization_roles,
        project_roles=grants.project_roles,
    )
    return user


def an_agent(session: Session, email: str = "agent@portal.example") -> User:
    """Somebody of the company's own staff who answers cases; there once."""
    found = people.find_user_by_email(session, email)
    if found:
        return found
    user = people.create_user(session, email, name="Aki Agent", password_hash="", at=AT)
    people.grant_staff_role(session, user, StaffRole.SUPPORT)
    return user


def a_case(session: Session, supported: Supported, at: datetime = AT, **wanted: object) -> Case:
    """A case of the whole organization, opened by its owner; `wanted` says what is otherwise."""
    asked = {"subject": "Nothing connects", "description": "Since noon.", "severity": "2", **wanted}
    return cases.open_case(session, supported.organization, NewCase(**asked), supported.customer(at))  # type: ignore[arg-type]
