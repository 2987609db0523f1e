"""The settings of `/readyz`: from when on the portal says that it is not ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from portal.config import readers


@dataclass(frozen=True, slots=True)
class ReadinessSettings:
    """Mail may be overdue for `mail_lag`, and `disk_bytes` have to be free; zero asks neither."""

    mail_lag: timedelta = timedelta(hours=1)
    disk_bytes: int = 200_000_000

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> ReadinessSettings:
        """The settings in `environ`; `SettingsError` for a bad one."""
        minutes = readers.whole_number(environ, "READY_MAIL_MINUTES", default=60, lowest=0, highest=100_000)
        megabytes = readers.whole_number(environ, "READY_DISK_MEGABYTES", default=200, lowest=0, highest=100_000_000)
        return cls(timedelta(minutes=minutes), megabytes * 1_000_000)
