"""Teams: made, renamed and ended; who is in them, and which project roles they hold."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.models.organizations import Membership
from portal.models.teams import TeamMember


def forget_member(session: Session, membership: Membership) -> None:
    """Take a member who is leaving the organization out of all teams; the caller says so in the feed."""
    session.execute(delete(TeamMember).where(TeamMember.membership_id == membership.id))
    session.expire(membership, ["team_roles"])
