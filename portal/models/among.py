"""Asks for rows of many keys with one value, so that a statement reads the same however many keys there are."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def among(column: ColumnElement[Any] | InstrumentedAttribute[Any], keys: Collection[int] | str) -> ColumnElement[bool]:
    """Whether the column is one of the keys, or of those that are given under this name when the statement is executed.

    `IN` with a hundred values is a hundred parameters, which SQLAlchemy, the driver and PostgreSQL all look at one by
    one, and a text that is read anew each time.
    """
    named = bindparam(keys, type_=_Keys()) if isinstance(keys, str) else bindparam(None, keys, type_=_Keys())
    return _Among(column, named)


class _Keys(TypeDecorator[Collection[int]]):
    """Keys as one value: an array of PostgreSQL, a list in JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of the database."""
        on_postgresql = dialect.name == "postgresql"
        return dialect.type_descriptor(ARRAY(BigInteger())) if on_postgresql else dialect.type_descriptor(Text())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        """The keys as the driver takes them."""
        keys = list(value or ())
        return keys if dialect.name == "postgresql" else json.dumps(keys)


class _Among(FunctionElement[bool]):
    type = Boolean()
    name = "among"
    inherit_cache = True


@compiles(_Among, "postgresql")
def _any_of(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(keys, **options)})"


@compiles(_Among, "sqlite")
def _in_list(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = element.clauses
    listed = f"json_each({compiler.process(keys, **options)})"
    return f"{compiler.process(column, **options)} IN (SELECT value FROM {listed})"  # noqa: S608 - both are compiled
