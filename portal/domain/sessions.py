"""How long a session lasts, why one ended, and what a browser is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The first that is found counts: most browsers also name the one they are like.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR|Opera", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS|Chromium", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A session ends when nothing was asked in it for `idle`, and in any case `at_most` after it began."""

    idle: timedelta
    at_most: timedelta

    def is_over(self, *, started_at: datetime, last_seen_at: datetime, at: datetime) -> bool:
        """Whether a session with these times has ended by itself."""
        return at >= last_seen_at + self.idle or at >= started_at + self.at_most


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions last: the company's own staff see every customer, so theirs are shorter."""

    customers: Lifetime = Lifetime(timedelta(hours=8), timedelta(days=7))
    staff: Lifetime = Lifetime(timedelta(hours=1), timedelta(hours=12))


class EndReason(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    SIGNED_IN_AGAIN = "signed_in_again"
    ENDED_ELSEWHERE = "ended_elsewhere"
    TOO_MANY = "too_many"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, no password
    ENDED_BY_STAFF = "ended_by_staff"
    DEACTIVATED = "deactivated"
    RESTORED = "restored"


class AccountEvent(StrEnum):
    """What happened to an account, in the words that its person and staff read."""

    PASSWORD_CHANGED = "Password changed"  # noqa: S105 - a heading, no password
    PASSWORD_RESET = "Password set anew by e-mail"  # noqa: S105 - a heading, no password
    SESSIONS_ENDED = "Signed out everywhere by staff"
    DEACTIVATED = "Deactivated"
    REACTIVATED = "Activated again"


def browser_words(user_agent: str) -> str:
    """What the browser of a person is called, as `Firefox on Linux`; it says what it likes to, so it proves nothing."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    return f"{browser or 'A browser'} on {system}" if system else browser or "Unknown browser"


def _first(kinds: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in kinds if re.search(pattern, user_agent)), None)
