"""The one module that reads the time."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current UTC day; a billing day is a UTC day (G2)."""
    return now().date()
