"""The settings of the web server in production: which one, where, how many processes, how long it may take to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.config import readers
from portal.config.readers import SettingsError


class ServerKind(StrEnum):
    """The web servers that can be chosen."""

    GRANIAN = "granian"
    GUNICORN = "gunicorn"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How `scripts/serve` serves; `stop_seconds` is how long requests under way are waited for."""

    kind: ServerKind
    host: str
    port: int
    workers: int
    threads: int
    stop_seconds: int

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> ServerSettings:
        """The settings in `environ`; `SettingsError` for a bad one."""
        return cls(
            kind=_kind(environ),
            host=environ.get("WEB_HOST", "127.0.0.1"),
            port=readers.whole_number(environ, "PORT", default=8000, lowest=1, highest=65535),
            workers=readers.whole_number(environ, "WEB_WORKERS", default=2, lowest=1, highest=64),
            threads=readers.whole_number(environ, "WEB_THREADS", default=2, lowest=1, highest=64),
            stop_seconds=readers.whole_number(environ, "WEB_STOP_SECONDS", default=30, lowest=1, highest=600),
        )


def _kind(environ: Mapping[str, str]) -> ServerKind:
    # granian takes X_Forwarded_For for X-Forwarded-For. Not every proxy drops the one with underscores, and a client
    # could then choose the address by which its attempts are counted. gunicorn drops it.
    is_behind_proxy = environ.get("TRUSTED_PROXIES", "0") != "0"
    value = environ.get("SERVER", (ServerKind.GUNICORN if is_behind_proxy else ServerKind.GRANIAN).value)
    if value not in list(ServerKind):
        raise SettingsError("SERVER", "“granian” or “gunicorn” is expected")
    return ServerKind(value)
