"""The base of all tables, and the column types that keep money, time and agreed numbers exact."""

from __future__ import annotations

import enum
import secrets
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, Dialect, Enum, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator

# On SQLite only a column of type INTEGER counts by itself.
BigKey = BigInteger().with_variant(Integer(), "sqlite")

Id = Annotated[int, mapped_column(BigKey, primary_key=True)]
Cents = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    """All tables of the portal."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware and in UTC in Python on every database (G2)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone; what is stored is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AgreedNumber(TypeDecorator[Decimal]):
    """A unit price or tax rate, kept with exactly the digits that were agreed ("0.915", "19")."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """As plain digits, never with an exponent."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """With the digits that were stored."""
        return None if value is None else Decimal(value)


def one_of(kind: type[enum.Enum]) -> Any:
    """A column for a closed set, stored by value."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def new_hex_id() -> str:
    """An id as the outside sees it: 24 hexadecimal digits that tell nothing (G4)."""
    return secrets.token_hex(12)
