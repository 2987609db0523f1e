"""Teams: members of an organization who hold project roles together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, UtcDateTime, new_hex_id


class Team(Base):
    """Some members of an organization under one name."""

    __tablename__ = "teams"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("uq_teams_name", Team.organization_id, func.lower(Team.name), unique=True)


class TeamMember(Base):
    """That a member of the organization belongs to the team."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), primary_key=True, index=True)


class TeamProjectRole(Base):
    """A role that everybody in the team holds in one project; `role` is a key of the catalogue's project roles."""

    __tablename__ = "team_project_roles"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(60), primary_key=True)

    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
