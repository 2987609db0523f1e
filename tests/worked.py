"""Cases in the world of pages: opened by an owner there, and what people do to them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import clock
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.permissions import StaffRole
from portal.domain.response_targets import Via
from portal.models.organizations import Organization
from portal.models.subscriptions import Subscription
from portal.services import billing_profiles, cases, people, subscriptions
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from tests.supported import BASE_URL

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.cases import Case


def a_case_of(session: Session, slug: str, email: str = "", **wanted: object) -> Case:
    """A case of the whole organization; `email` opens it, else the owner of acme."""
    organization = session.scalars(select(Organization).where(Organization.slug == slug)).one()
    _with_a_plan(session, organization)
    asked = {"subject": "Nothing connects", "description": "Since noon.", "severity": "2", **wanted}
    new = NewCase(**asked)  # type: ignore[arg-type]
    return cases.open_case(session, organization, new, doing(session, email or f"org_owner@{slug}.example"))


def doing(session: Session, email: str, *, as_staff: bool = False) -> Doing:
    """Somebody does something now; an agent who is not there yet is hired."""
    found = people.find_user_by_email(session, email)
    if found is None:
        name = email.partition("@")[0].title()
        found = people.create_user(
            session, email, name=name, password_hash=people.hash_password("demo-portal-2026"), at=clock.now()
        )
        people.grant_staff_role(session, found, StaffRole.SUPPORT)
    return Doing(
        by=found, at=clock.now(), base_url=BASE_URL, as_staff=as_staff, via=Via.STAFF if as_staff else Via.PORTAL
    )


def _with_a_plan(session: Session, organization: Organization) -> None:
    group = billing_profiles.own_group(session, organization)
    if (
        organization.catalogue != "atlas"
        or session.scalars(select(Subscription.id).where(Subscription.billing_group_id == group.id).limit(1)).first()
    ):
        return
    terms = Terms(
        type=SubscriptionType.ELASTIC,
        starts_on=clock.today(),
        months=None,
        currency="EUR",
        unit_price=Decimal(1),
        elastic_unit_price=Decimal(1),
        support_plan="pro",
    )
    subscriptions.activate(session, organization, group, terms, at=clock.now())
