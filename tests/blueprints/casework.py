"""Cases through the pages: organizations of the world that may open some, and forms filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import clock, database
from portal.domain.response_targets import Via
from portal.domain.support_choices import ChoiceKind
from portal.models.organizations import Organization
from portal.models.support_choices import SupportChoice
from portal.services import cases, people, pricing_choices, support_syncs
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from tests.pages import Visitor
from tests.world import AT

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.world import World

FIRST_PEOPLE = {
    "acme": "org_owner@acme.example",
    "borealis": "super_admin@borealis.example",
    "cobalt": "admin@cobalt.example",
}

STAFF = "support@portal.example"
NEEDED = {
    "acme": {"severity": "2"},
    "borealis": {"severity": "high", "product": "kafka", "reason": "incident"},
    "cobalt": {},
}
"""What a case of each vendor has at least, beside its text."""


def signed_in(app: Flask, email: str = FIRST_PEOPLE["acme"]) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def writing(app: Flask) -> AbstractContextManager[Session]:
    return database.writing(app.extensions["database"]).begin()


def reading(app: Flask) -> AbstractContextManager[Session]:
    return database.reading(app.extensions["database"])()


def lets_open_cases(app: Flask, world: World) -> None:
    """Give each organization a plan that opens cases; the first visits are over."""
    with writing(app) as session:
        for slug in FIRST_PEOPLE:
            gets_a_plan(session, session.get_one(Organization, world.organizations[slug].id))


def gets_a_plan(session: Session, organization: Organization) -> None:
    """The best plan of its vendor, as staff would give it."""
    support_syncs.synchronize(session, organization, at=clock.now())
    if organization.catalogue == "neon":
        pricing_choices.change(
            session, organization, "enterprise", at=clock.now(), by=None, variant="gold", reason="Sold", by_staff=True
        )
        return
    choice = SupportChoice(
        organization_id=organization.id,
        kind=ChoiceKind.CHANGE,
        plan={"atlas": "pro", "aiven": "enterprise"}[organization.catalogue],
        entitled_on=AT.date(),
        billed_on=AT.date(),
        by_staff=True,
        reason="Sold",
        made_at=AT,
    )
    session.add(choice)
    session.flush()


def filled_in(world: World, slug: str, **otherwise: str) -> dict[str, str]:
    """What the form of the organization's vendor needs at least."""
    asked = {
        "acme": {"scope": "organization", "severity": "2"},
        "borealis": {"severity": "high", "product": "kafka", "reason": "incident"},
        "cobalt": {"scope": "organization", "severity": ""},
    }[slug]
    return {"subject": "Nothing connects", "description": "Since noon.", **asked, **otherwise}


def a_case(app: Flask, world: World, slug: str = "acme", *, by: str | None = None, **wanted: object) -> int:
    """The number of a case that somebody of the organization has opened."""
    asked = {"subject": "Nothing connects", "description": "Since noon.", **NEEDED[slug], **wanted}
    with writing(app) as session:
        organization = session.get_one(Organization, world.organizations[slug].id)
        return cases.open_case(session, organization, NewCase(**asked), does(session, by or FIRST_PEOPLE[slug])).id  # type: ignore[arg-type]


def does(session: Session, email: str, *, as_staff: bool = False) -> Doing:
    """Somebody does something, now."""
    user = people.find_user_by_email(session, email)
    assert user
    via = Via.STAFF if as_staff else Via.PORTAL
    return Doing(by=user, at=clock.now(), base_url="http://localhost", as_staff=as_staff, via=via)
