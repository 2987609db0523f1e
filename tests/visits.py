"""Staff inside a customer's organization, for tests that look at pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import clock
from portal.models.organizations import User
from portal.services import staff_visits

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.world import World

AGENT, VISITED = "support@portal.example", "cobalt"


def let_agent_in(session: Session, world: World) -> None:
    """Begin a visit of the agent's, by the real clock, by which pages tell the time."""
    agent = session.get_one(User, world.person(AGENT).user_id)
    staff_visits.enter(session, world.organizations[VISITED], by=agent, reason="Asked for by phone", at=clock.now())
