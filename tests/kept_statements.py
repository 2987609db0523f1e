"""Statements that are compiled once for all the databases that tests open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect, Engine


class KeptStatements:
    """Opens databases that share what SQLAlchemy has compiled, by what it knows of their kind.

    Each test opens a database of its own, and an engine forgets with its end what it compiled: a quarter of all that
    a test about money did was to compile the same statements anew.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Dialect, Any]] = {}

    def create_engine(self, url: Any, **options: Any) -> Engine:
        """What `sqlalchemy.create_engine` makes, with what the first of its kind has learned once it was connected."""
        engine = create_engine(url, **options)
        if engine.dialect.name in self._kept:
            # A statement is found again by the very dialect that it was compiled for.
            engine.dialect, engine._compiled_cache = self._kept[engine.dialect.name]
        else:
            event.listen(engine, "engine_connect", self._keep)
        return engine

    def _keep(self, connection: Connection) -> None:
        engine = connection.engine
        self._kept.setdefault(engine.dialect.name, (engine.dialect, engine._compiled_cache))
