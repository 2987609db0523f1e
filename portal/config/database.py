"""The settings of the database's connections: how many each process keeps, and how long a page may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.config import readers


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """At peaks a process has twice `pool_size` connections; 0 `statement_seconds` sets no limit."""

    pool_size: int = 5
    statement_seconds: int = 30

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> DatabaseSettings:
        """The settings in `environ`; `SettingsError` for a bad one."""
        return cls(
            pool_size=readers.whole_number(environ, "DATABASE_POOL_SIZE", default=5, lowest=1, highest=100),
            statement_seconds=readers.whole_number(
                environ, "DATABASE_STATEMENT_SECONDS", default=30, lowest=0, highest=3600
            ),
        )
