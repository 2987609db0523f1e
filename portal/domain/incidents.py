"""Incidents that staff tell customers of: how bad, and whether they are under way."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class IncidentSeverity(StrEnum):
    """How much of the service is concerned."""

    NOTICE = "notice"
    DEGRADED = "degraded"
    DOWN = "down"


def is_under_way(begins_at: datetime, ends_at: datetime | None, at: datetime) -> bool:
    """Whether the incident is shown at the instant: from its begin to just before its end (NE-13)."""
    return begins_at <= at and (ends_at is None or at < ends_at)
