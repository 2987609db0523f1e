"""Settings of the background work: where tasks wait, when months close, and what a document may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal.config import readers
from portal.config.readers import SettingsError

_STORES = frozenset({"sqlite", "postgresql", "redis", "rediss"})


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """`url` is where tasks wait; without one nobody is asked to look, and workers look by themselves every minute."""

    url: str | None = field(default=None, repr=False)
    close_after_days: int = 1
    close_at_once: int = 1
    document_processes: int = 2
    document_seconds: int = 60
    document_megabytes: int = 2048

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, database_url: str, root: Path) -> QueueSettings:
        """The settings in `environ`.

        Where the database is PostgreSQL, tasks wait there too, else in a file; and only it closes two batches at once.
        """
        is_shared = make_url(database_url).get_backend_name() == "postgresql"
        default = database_url if is_shared else f"sqlite:///{root / 'var/queue.sqlite'}"

        def whole_number(name: str, default: int, lowest: int, highest: int) -> int:
            return readers.whole_number(environ, name, default=default, lowest=lowest, highest=highest)

        return cls(
            url=_url(environ, default),
            close_after_days=whole_number("CLOSE_AFTER_DAYS", 1, 0, 27),
            close_at_once=whole_number("CLOSE_AT_ONCE", 2 if is_shared else 1, 1, 16),
            document_processes=whole_number("DOCUMENT_PROCESSES", 2, 1, 64),
            document_seconds=whole_number("DOCUMENT_SECONDS", 60, 1, 3600),
            document_megabytes=whole_number("DOCUMENT_MEGABYTES", 2048, 512, 65536),
        )


def _url(environ: Mapping[str, str], default: str) -> str:
    value = environ.get("QUEUE_URL", default)
    try:
        address = make_url(value)
    except ArgumentError:
        address = None
    if address is None or address.get_backend_name() not in _STORES or not (address.database or address.host):
        raise SettingsError("QUEUE_URL", "sqlite:///PATH, postgresql://… or redis://… is expected")
    return value
