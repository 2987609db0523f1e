"""Finds the organizations and projects that a usage file names, and holds them while usage is posted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.periods import Month
from portal.domain.usage_facts import KnownOrganization
from portal.models.organizations import Organization, Project
from portal.services import months, usage


def hold_organizations(session: Session, names: Collection[str]) -> Mapping[str, KnownOrganization]:
    """The organizations of these slugs and ids, under either.

    They are locked as by `months.lock` until the transaction ends, in the order of their keys, so that two imports
    never wait for each other in a ring.
    """
    found: list[tuple[int, str, str]] = []
    for batch in usage.in_batches(sorted(names)):
        named = or_(Organization.slug.in_(batch), Organization.hex_id.in_(batch))
        found += session.execute(select(Organization.id, Organization.slug, Organization.hex_id).where(named))
    closed: dict[int, Month] = {}
    projects: dict[int, dict[str, int]] = {}
    for ids in usage.in_batches(sorted({organization_id for organization_id, _, _ in found})):
        months.lock_all(session, ids)
        closed.update(months.last_closed(session, ids))
        projects.update(_projects(session, ids))
    by_slug, by_hex_id = {}, {}
    for organization_id, slug, hex_id in found:
        organization = KnownOrganization(
            organization_id, slug, closed.get(organization_id), projects.get(organization_id, {})
        )
        by_slug[slug] = organization
        by_hex_id[hex_id] = organization
    # An id is nobody's choice; a name that looks like another's id does not take its place.
    return by_slug | by_hex_id


def _projects(session: Session, organization_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    by_name: dict[int, dict[str, int]] = {}
    by_hex_id: dict[int, dict[str, int]] = {}
    query = select(Project.organization_id, Project.id, Project.name, Project.hex_id)
    for organization_id, project_id, name, hex_id in session.execute(
        query.where(Project.organization_id.in_(organization_ids))
    ):
        by_name.setdefault(organization_id, {})[name] = project_id
        by_hex_id.setdefault(organization_id, {})[hex_id] = project_id
    return {organization_id: names | by_hex_id[organization_id] for organization_id, names in by_name.items()}
