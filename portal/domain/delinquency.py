"""What unpaid invoices do to an organization: suspended after 30 days, locked after 60 (atlas 10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

SUSPENDED_FROM_DAYS = 31
LOCKED_FROM_DAYS = 61


class Standing(StrEnum):
    """How an organization stands with its payments."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOCKED = "locked"


def standing(owed_since: Iterable[date], today: date) -> Standing:
    """The standing by the oldest unpaid amount; `owed_since` has the closing day of each unpaid invoice, or the due day
    of payments on terms. Paying one of two overdue invoices does not lift the state.
    """
    age = max(((today - day).days for day in owed_since), default=0)
    if age >= LOCKED_FROM_DAYS:
        return Standing.LOCKED
    return Standing.SUSPENDED if age >= SUSPENDED_FROM_DAYS else Standing.ACTIVE
