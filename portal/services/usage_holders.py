"""Finds the organizations and projects that a usage file names, and holds them while usage is posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.periods import Month
from portal.domain.usage_facts import KnownOrganization
from portal.models.organizations import Organization, Project
from portal.models.projects import ProjectEnd
from portal.services import months, project_ends, usage

LONGEST_SLUG = 63


def hold_organizations(
    session: Session, names: Iterable[str], *, only: int | None, most_unknown: int
) -> Mapping[str, KnownOrganization]:
    """The organizations of these slugs and ids, under either; with `only`, none but that one.

    They are locked as by `months.lock` until the transaction ends, in the order of their keys, so that two imports
    never wait for each other in a ring. After `most_unknown` names of nobody the rest is not looked at: such a file
    is refused by then, and its names would fill the memory.
    """
    found = _find(session, names, only=only, most_unknown=most_unknown)
    closed: dict[int, Month] = {}
    projects: dict[int, dict[str, int]] = {}
    ended: dict[int, dict[str, str]] = {}
    for ids in usage.in_batches(sorted({organization_id for organization_id, _, _ in found})):
        months.lock_all(session, ids)
        closed.update(months.last_closed(session, ids))
        projects.update(_projects(session, ids))
        ended.update(_ended(session, ids))
    by_slug, by_hex_id = {}, {}
    for organization_id, slug, hex_id in found:
        organization = KnownOrganization(
            organization_id,
            slug,
            closed.get(organization_id),
            projects.get(organization_id, {}),
            ended.get(organization_id, {}),
        )
        by_slug[slug] = organization
        by_hex_id[hex_id] = organization
    # An id is nobody's choice; a name that looks like another's id does not take its place.
    return by_slug | by_hex_id


def _find(session: Session, names: Iterable[str], *, only: int | None, most_unknown: int) -> set[tuple[int, str, str]]:
    found = set[tuple[int, str, str]]()
    known, unknown = set[str](), set[str]()
    # A longer name is nobody's.
    for batch in usage.in_batches(name for name in names if len(name) <= LONGEST_SLUG):
        named = sorted(set(batch) - known - unknown)
        if named:
            query = select(Organization.id, Organization.slug, Organization.hex_id)
            query = query.where(or_(Organization.slug.in_(named), Organization.hex_id.in_(named)))
            rows = session.execute(query if only is None else query.where(Organization.id == only)).all()
            found |= {(row.id, row.slug, row.hex_id) for row in rows}
            # One that was found by its slug is not known by its id: that may be another's slug.
            known.update(set(named) & {name for row in rows for name in (row.slug, row.hex_id)})
            unknown.update(set(named) - known)
        if len(unknown) > most_unknown:
            break
    return found


def _projects(session: Session, organization_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    by_name: dict[int, dict[str, int]] = {}
    by_hex_id: dict[int, dict[str, int]] = {}
    query = select(Project.organization_id, Project.id, Project.name, Project.hex_id)
    # Nothing is posted for a project that was deleted or moved away (PROJ-6).
    query = query.where(Project.id.not_in(select(ProjectEnd.project_id)))
    for organization_id, project_id, name, hex_id in session.execute(
        query.where(Project.organization_id.in_(organization_ids))
    ):
        by_name.setdefault(organization_id, {})[name] = project_id
        by_hex_id.setdefault(organization_id, {})[hex_id] = project_id
    return {organization_id: names | by_hex_id[organization_id] for organization_id, names in by_name.items()}


def _ended(session: Session, organization_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Names and ids of projects that ended, with what happened; a name that is given again is looked up there first."""
    words: dict[int, dict[str, str]] = {}
    for end in project_ends.ended(session, organization_ids):
        words.setdefault(end.organization_id, {}).update({end.name: end.words, end.hex_id: end.words})
    return words
