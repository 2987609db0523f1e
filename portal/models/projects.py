"""What became of projects, and the units that they stand in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.projects import ProjectEnding
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import Project


class ProjectEnd(Base):
    """That a project is no more in its organization. Its row stays for what it used, and its name is free again.

    `name` is what it was called; one that was moved goes on as the project `moved_to_id`.
    """

    __tablename__ = "project_ends"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    ending: Mapped[ProjectEnding] = mapped_column(one_of(ProjectEnding))
    name: Mapped[str] = mapped_column(String(100))
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    ended_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Unit(Base):
    """A part of an organization that projects are put into; nothing is billed by it (PROJ-8)."""

    __tablename__ = "units"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


# People write a name in any case; two that differ in nothing else would be taken for one another.
Index("uq_units_name", Unit.organization_id, func.lower(Unit.name), unique=True)


class UnitProject(Base):
    """In which unit a project stands; a project without such a row stands in the organization itself."""

    __tablename__ = "unit_projects"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)

    project: Mapped[Project] = relationship()
    unit: Mapped[Unit] = relationship()
