"""Builders of units and teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.models.projects import Unit
from portal.models.teams import Team
from tests.world import AT

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.world import World


def a_unit(session: Session, world: World, slug: str, name: str = "North") -> Unit:
    """An empty unit, also where the catalogue has none: its pages are there for everybody."""
    unit = Unit(organization_id=world.organizations[slug].id, name=name, created_at=AT)
    session.add(unit)
    session.flush()
    return unit


def a_team(session: Session, world: World, slug: str, name: str = "Night shift") -> Team:
    """A team without members and roles."""
    team = Team(organization_id=world.organizations[slug].id, name=name, created_at=AT)
    session.add(team)
    session.flush()
    return team
