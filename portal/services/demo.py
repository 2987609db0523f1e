"""Makes the demo: organizations whose months are played from scenarios, their people, the company's staff."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.demo import Demo, DemoOrganization, Person, PlainOrganization, parse_demo
from portal.domain.demo_cases import DemoSupport
from portal.domain.errors import Refusal
from portal.domain.scenario_templates import materialise
from portal.models.organizations import Organization
from portal.services import demo_cases, organizations, people, scenario_files, simulation

FOLDER = Path(__file__).resolve().parent.parent / "demo"


def read() -> Demo:
    """The demo as its file describes it."""
    source = "demo.toml"
    return parse_demo(tomllib.loads((FOLDER / source).read_text("utf-8")), source=source)


def scenario_text(name: str, *, today: date) -> str:
    """The scenario file of an organization of the demo as of `today`; refused for one that has none."""
    made_of = {one.slug: one.made_of for one in read().organizations if isinstance(one.made_of, str)}
    if name not in made_of:
        raise Refusal(f"The demo has no scenario “{name}”. There are: {', '.join(made_of)}.")
    return materialise((FOLDER / made_of[name]).read_text("utf-8"), today=today)


def scenario_texts(*, today: date) -> Mapping[str, str]:
    """The scenario files of all organizations of the demo that have one, by the organization's slug."""
    slugs = [one.slug for one in read().organizations if isinstance(one.made_of, str)]
    return {slug: scenario_text(slug, today=today) for slug in slugs}


def support(*, today: date) -> DemoSupport:
    """What the demo's support has seen, as of `today`."""
    source = "cases.toml"
    return demo_cases.read((FOLDER / source).read_text("utf-8"), today=today, source=source)


def is_loaded(session: Session) -> bool:
    """Whether the database has the demo; it is made in one transaction, so one organization stands for all."""
    slugs = [one.slug for one in read().organizations]
    return session.scalar(select(Organization.id).where(Organization.slug.in_(slugs)).limit(1)) is not None


def load(session: Session, scenarios: Mapping[str, str], *, at: datetime, base_url: str) -> None:
    """Make all of the demo; `scenarios` are the texts of `scenario_texts`. The caller commits.

    `base_url` is how people reach the portal, for links in mails.
    """
    demo = read()
    made = {}
    password_hash = people.hash_password(demo.password)
    for one in demo.organizations:
        if isinstance(one.made_of, str):
            content = scenarios[one.slug].encode()
            scenario = scenario_files.parse(content, available=simulation.available())
            organization = simulation.play(session, scenario, slug=one.slug)
        else:
            organization = _make(session, one, one.made_of, at=at)
        _add_people(session, organization, one, password_hash, at=at)
        made[one.slug] = organization
    for member in demo.staff:
        user = people.create_user(session, member.email, name=member.name, password_hash=password_hash, at=at)
        people.grant_staff_role(session, user, member.role)
    demo_cases.play(session, support(today=at.date()), made, base_url=base_url)


def _make(session: Session, one: DemoOrganization, plain: PlainOrganization, *, at: datetime) -> Organization:
    organization = organizations.create_organization(
        session, one.slug, name=plain.name, catalogue=plain.catalogue, region=plain.region, at=at
    )
    for project in plain.projects:
        organizations.create_project(session, organization, project, at=at)
    return organization


def _add_people(
    session: Session, organization: Organization, one: DemoOrganization, password_hash: str, *, at: datetime
) -> None:
    roles = catalogues.load(organization.catalogue).roles
    project_ids = {project.name: project.id for project in organizations.projects_of(session, organization)}
    for person in one.people:
        user = people.create_user(session, person.email, name=person.name, password_hash=password_hash, at=at)
        organizations.add_member(
            session,
            organization,
            user,
            roles=roles,
            at=at,
            organization_roles=person.roles,
            project_roles=_by_project_id(person, project_ids),
        )


def _by_project_id(person: Person, project_ids: Mapping[str, int]) -> Mapping[int, tuple[str, ...]]:
    return {project_ids[project]: roles for project, roles in person.project_roles.items()}
