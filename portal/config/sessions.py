"""How long sessions last, as the environment says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from portal.config.readers import whole_number
from portal.domain.sessions import Lifetime, Lifetimes

_WEEK_MINUTES = 7 * 24 * 60
_YEAR_HOURS = 366 * 24


def lifetimes(environ: Mapping[str, str]) -> Lifetimes:
    """How long sessions of customers and of staff last; `SettingsError` for what is no such time."""
    usual = Lifetimes()
    return Lifetimes(customers=_lifetime(environ, "", usual.customers), staff=_lifetime(environ, "STAFF_", usual.staff))


def _lifetime(environ: Mapping[str, str], whose: str, usual: Lifetime) -> Lifetime:
    idle, at_most = usual.idle // timedelta(minutes=1), usual.at_most // timedelta(hours=1)
    name = f"{whose}SESSION_IDLE_MINUTES"
    minutes = whole_number(environ, name, default=idle, lowest=5, highest=_WEEK_MINUTES)
    hours = whole_number(environ, f"{whose}SESSION_HOURS", default=at_most, lowest=1, highest=_YEAR_HOURS)
    return Lifetime(idle=timedelta(minutes=minutes), at_most=timedelta(hours=hours))
