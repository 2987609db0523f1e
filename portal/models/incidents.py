"""Incidents that stand above forms of cases, and how what is said of them changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.incidents import IncidentSeverity
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import User


class Incident(Base):
    """Something that concerns the customers of a vendor, or of all (`catalogue` None).

    `ends_at` is that of the newest version, so that those under way are found along an index.
    """

    __tablename__ = "incidents"
    __table_args__ = (Index(None, "ends_at"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    catalogue: Mapped[str | None] = mapped_column(String(40))
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IncidentVersion(Base):
    """What was said of an incident from `written_at` on; the one of the highest number counts. Versions are added."""

    __tablename__ = "incident_versions"
    __table_args__ = (Index("uq_incident_versions_incident_id_number", "incident_id", "number", unique=True),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    number: Mapped[int]
    severity: Mapped[IncidentSeverity] = mapped_column(one_of(IncidentSeverity))
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    written_by: Mapped[User] = relationship()
