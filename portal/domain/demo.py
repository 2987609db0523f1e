"""What the demo is made of: organizations with their people, and the company's own staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.permissions import StaffRole
from portal.domain.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of an organization; project roles by the project's name."""

    email: str
    name: str
    roles: tuple[str, ...]
    project_roles: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainOrganization:
    """An organization without a scenario: it has people and projects, and no months yet."""

    name: str
    catalogue: str
    region: str | None
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrganization:
    """One organization of the demo: `made_of` is the file of a scenario template, or what it is instead of one."""

    slug: str
    made_of: str | PlainOrganization
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Somebody who works for the company that sells."""

    email: str
    name: str
    role: StaffRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """All of it; everybody has the same password."""

    password: str
    organizations: tuple[DemoOrganization, ...]
    staff: tuple[Staff, ...]


def parse_demo(table: object, *, source: str) -> Demo:
    """The demo in `table`; what is missing, unknown or of a wrong kind is `Malformed` at its place in it."""
    with Reader(table, source) as top:
        return Demo(
            password=top.text("password"),
            organizations=tuple(_organization(entry) for entry in top.tables("organizations")),
            staff=tuple(_staff(entry) for entry in top.tables("staff")),
        )


def _organization(entry: Reader) -> DemoOrganization:
    scenario = entry.optional_text("scenario")
    return DemoOrganization(
        slug=entry.text("slug"),
        made_of=scenario or _plain(entry),
        people=tuple(_person(person) for person in entry.tables("people")),
    )


def _plain(entry: Reader) -> PlainOrganization:
    return PlainOrganization(
        name=entry.text("name"),
        catalogue=entry.text("catalogue"),
        region=entry.optional_text("region"),
        projects=entry.texts("projects"),
    )


def _person(entry: Reader) -> Person:
    project_roles: dict[str, tuple[str, ...]] = {}
    if entry.has("project_roles"):
        with entry.table("project_roles") as held:
            project_roles = {project: held.texts(project) for project in tuple(held)}
    return Person(
        email=entry.text("email"),
        name=entry.text("name"),
        roles=entry.texts("roles"),
        project_roles=project_roles,
    )


def _staff(entry: Reader) -> Staff:
    role = entry.text("role", one_of=[role.value for role in StaffRole])
    return Staff(email=entry.text("email"), name=entry.text("name"), role=StaffRole(role))
