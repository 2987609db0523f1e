"""Reads the values that stand in several places of a scenario: days, names, addresses, prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portal.domain.addresses import Address
from portal.domain.errors import Malformed
from portal.domain.reading import Reader

_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_LONGEST_TAX_ID = 40
_HIGHEST_PRICE = Decimal(1_000_000)


def read_day(table: Reader, key: str) -> date:
    """A day of the years that a scenario may play in."""
    day = table.day(key)
    refuse_year(table, key, day)
    return day


def refuse_year(table: Reader, key: str, day: date) -> None:
    """Refuse a day of a year in which no scenario plays."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise table.refuse(key, f"a day of the years {_FIRST_YEAR} to {_LAST_YEAR} is expected")


def read_name(table: Reader, key: str, *, longest: int) -> str:
    """A text that can stand in one line of a document."""
    name = table.text(key, longest=longest)
    if not name.isprintable():
        raise table.refuse(key, "a text without line breaks and control characters is expected")
    return name


def read_address(place: Reader) -> Address:
    """Where the customer is; it need not be complete enough for mail, and who taxes by a region asks for it then."""
    return Address(
        country=read_name(place, "country", longest=2),
        region=_blank_or_text(place, "region"),
        city=read_name(place, "city", longest=200),
        line1=read_name(place, "line1", longest=200),
        line2=_blank_or_text(place, "line2"),
        postal_code=read_name(place, "postal_code", longest=20),
    )


def read_tax_id(table: Reader) -> str | None:
    """A tax id in any form: one that is not valid is no mistake, it lifts no tax."""
    return _blank_or_text(table, "tax_id", longest=_LONGEST_TAX_ID) or None


def read_price(table: Reader, key: str) -> Decimal:
    """A unit price, 1 where none is given."""
    return at_most(table, key, table.decimal(key, default="1", above=Decimal(0)), _HIGHEST_PRICE)


def at_most(table: Reader, key: str, number: Decimal, highest: Decimal) -> Decimal:
    """`number`, the value of `key`, unless it is above `highest`."""
    if number > highest:
        raise table.refuse(key, f"a number of at most {highest} is expected")
    return number


def refuse_as_to_come(table: Reader, key: str, name: str) -> Malformed:
    """The error for something that the portal does not have yet."""
    return table.refuse(key, f'"{name}" is not there yet')


def _blank_or_text(table: Reader, key: str, *, longest: int = 200) -> str:
    """A text of one line; nothing where it is left out, null or blank."""
    value = table.take(key, default="")
    if isinstance(value, str) and not value.strip():
        return ""
    return read_name(table, key, longest=longest)
