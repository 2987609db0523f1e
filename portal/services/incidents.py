"""Incidents that staff tell customers of: what is shown now, and how it came to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.domain.errors import Overtaken
from portal.domain.incidents import IncidentSeverity
from portal.models.incidents import Incident, IncidentVersion
from portal.models.organizations import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is said of an incident. It is shown from `begins_at` to before `ends_at`; None: until somebody ends it."""

    severity: IncidentSeverity
    title: str
    text: str
    begins_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident with what is said of it now."""

    incident: Incident
    version: IncidentVersion


def under_way(session: Session, catalogue: str, *, at: datetime) -> Sequence[IncidentVersion]:
    """What stands above the forms of this vendor's customers now, the worst first (NE-13)."""
    query = _newest().where(
        or_(Incident.catalogue.is_(None), Incident.catalogue == catalogue),
        or_(Incident.ends_at.is_(None), Incident.ends_at > at),
        IncidentVersion.begins_at <= at,
    )
    found = [shown.version for shown in _shown(session, query)]
    worst_first = list(reversed(IncidentSeverity))
    return sorted(found, key=lambda version: (worst_first.index(version.severity), -version.id))


def newest(session: Session, *, before: int | None, limit: int) -> Sequence[Shown]:
    """Every incident as it stands, the newest first, from below the id `before`."""
    query = _newest().order_by(Incident.id.desc()).limit(limit)
    return _shown(session, query if before is None else query.where(Incident.id < before))


def find(session: Session, hex_id: str) -> Shown | None:
    """One incident as it stands; None where there is none."""
    return next(iter(_shown(session, _newest().where(Incident.hex_id == hex_id))), None)


def versions_of(session: Session, incident: Incident) -> Sequence[IncidentVersion]:
    """All that was ever said of it, the newest first."""
    query = select(IncidentVersion).options(joinedload(IncidentVersion.written_by))
    mine = query.where(IncidentVersion.incident_id == incident.id)
    return session.scalars(mine.order_by(IncidentVersion.number.desc())).all()


def announce(session: Session, said: Announcement, *, catalogue: str | None, by: User, at: datetime) -> Incident:
    """Tell the customers of a vendor, or of all, of an incident."""
    incident = Incident(catalogue=catalogue, ends_at=said.ends_at)
    session.add(incident)
    session.flush()
    _write(session, incident, said, number=1, by=by, at=at)
    return incident


def update(session: Session, incident: Incident, said: Announcement, *, seen: int, by: User, at: datetime) -> None:
    """Say something else of it from now on; `Overtaken` where a colleague has since the version `seen`."""
    held = session.get_one(Incident, incident.id, with_for_update=True, populate_existing=True)
    number = session.scalars(
        select(func.max(IncidentVersion.number)).where(IncidentVersion.incident_id == held.id)
    ).one()
    if number != seen:
        raise Overtaken("A colleague has changed this incident.")
    held.ends_at = said.ends_at
    _write(session, held, said, number=number + 1, by=by, at=at)


def _write(session: Session, incident: Incident, said: Announcement, *, number: int, by: User, at: datetime) -> None:
    session.add(
        IncidentVersion(
            incident_id=incident.id,
            number=number,
            severity=said.severity,
            title=said.title,
            text=said.text,
            begins_at=said.begins_at,
            ends_at=said.ends_at,
            written_by_id=by.id,
            written_at=at,
        )
    )
    session.flush()


def _shown(session: Session, query: Select[Incident, IncidentVersion]) -> list[Shown]:
    return [Shown(incident, version) for incident, version in session.execute(query)]


def _newest() -> Select[Incident, IncidentVersion]:
    """Incidents, each with the version that counts."""
    any_version = aliased(IncidentVersion)
    highest = select(func.max(any_version.number)).where(any_version.incident_id == Incident.id)
    return (
        select(Incident, IncidentVersion)
        .join(IncidentVersion, IncidentVersion.incident_id == Incident.id)
        .where(IncidentVersion.number == highest.scalar_subquery())
        .options(joinedload(IncidentVersion.written_by))
    )
