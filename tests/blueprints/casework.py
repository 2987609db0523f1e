"""Cases through the pages: organizations of the world that may open some, and forms filled in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from portal import catalogues, clock, database
from portal.domain.response_targets import Via
from portal.domain.support_choices import ChoiceKind
from portal.models.cases import Case
from portal.models.organizations import Organization, Project
from portal.models.support_choices import SupportChoice
from portal.services import case_changes, cases, people, pricing_choices, project_ends, sessions, support_syncs
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from tests.pages import Visitor
from tests.world import AT

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pytest
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


def signed_in(app: Flask, email: str = FIRST_PEOPLE["acme"]) -> Any:
    """A `Visitor` with a session; that the sign-in page gives one is tested elsewhere, and slow on purpose.

    To mypy it is anything: what is not on a page fails the test that looks for it.
    """
    with writing(app) as session:
        user = people.find_user_by_email(session, email)
        assert user
        token = sessions.start(session, user, network="127.0.0.1", browser="Firefox", at=clock.now())
        user_id = user.id
    visitor = Visitor(app)
    with visitor.client.session_transaction() as kept:
        kept.update({"_user_id": str(user_id), "session_token": token})
    return visitor


def writing(app: Flask) -> AbstractContextManager[Session]:
    return database.writing(app.extensions["database"]).begin()


def reading(app: Flask) -> AbstractContextManager[Session]:
    return database.reading(app.extensions["database"])()


def lets_open_cases(app: Flask, world: World, *, is_first_visit: bool = False, without_projects: bool = False) -> None:
    """Give each organization a plan that opens cases; the first visits are over."""
    with writing(app) as session:
        for slug in FIRST_PEOPLE:
            organization = session.get_one(Organization, world.organizations[slug].id)
            gets_a_plan(session, organization)
            if not is_first_visit:
                support_syncs.synchronize(session, organization, at=clock.now())
        if without_projects:
            for project in world.projects["acme"]:
                by = does(session, FIRST_PEOPLE["acme"]).who
                project_ends.remove(session, session.get_one(Project, project.id), by=by, at=clock.now())


def gets_a_plan(session: Session, organization: Organization) -> None:
    """The best plan of its vendor, as staff would give it."""
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


def closed(app: Flask, number: int) -> int:
    """The same case, closed by time."""
    with writing(app) as session:
        case = session.get_one(Case, number)
        case_changes.solve(session, case, does(session, case.requester.email))
        days = catalogues.load(case.organization.catalogue).case_policy.autoclose_days
        assert case_changes.close_due(
            session, at=clock.now() + timedelta(days=days), base_url="http://portal.example"
        ) == [number]
    return number


def legacy_rules(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let atlas follow its older page on who may raise cases, as a vendor would by its file."""
    text = (catalogues.FOLDER / "atlas.toml").read_text()
    assert 'support_rules = "2024"' in text
    path = folder / "atlas.toml"
    path.write_text(text.replace('support_rules = "2024"', 'support_rules = "legacy"'))
    older, load = catalogues.read(path, source="atlas.toml"), catalogues.load
    monkeypatch.setattr(catalogues, "load", lambda name: older if name == "atlas" else load(name))
