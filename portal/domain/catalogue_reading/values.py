"""What the readers of all sections of a catalogue share: sections by key, choices, prices, origins, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from portal.domain.money import USD, Money
from portal.domain.origins import Origin
from portal.domain.prices import BasePlusExcess, FlatFee, Free, Included, OnRequest, PercentOfUsage, Price
from portal.domain.reading import Reader

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
_KEY = re.compile(r"[A-Za-z0-9_]{1,60}")
_PHONE = re.compile(r"\+[1-9][0-9 ]{5,24}[0-9]")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_PRICES = ("free", "included", "flat_fee", "percent_of_usage", "base_plus_excess_percent", "on_request")


class Ranked(Protocol):
    """Something that stands in an order."""

    @property
    def rank(self) -> int: ...


def by_key(top: Reader, section: str, parse: Callable[[Reader, str], T]) -> dict[str, T]:
    """The tables below `section` through `parse`, in the file's order; none where the section is left out."""
    if not top.has(section):
        return {}
    found = {}
    for key, table in top.named_tables(section):
        found[checked_key(table, "", key)] = parse(table, key)
    return found


def ranked(top: Reader, section: str, things: Mapping[str, Ranked]) -> None:
    """Refuse two things of the same rank: nobody could say which comes first."""
    ranks: dict[int, str] = {}
    for key, thing in things.items():
        if thing.rank in ranks:
            raise top.refuse(f"{section}.{key}.rank", f"another rank than that of {ranks[thing.rank]} is expected")
        ranks[thing.rank] = key


def names(table: Reader, key: str) -> dict[str, str]:
    """A table of texts by key; none where it is left out."""
    given = table.optional_table(key)
    if given is None:
        return {}
    with given:
        return {checked_key(given, name, name): given.text(name) for name in tuple(given.keys())}


def checked_key(table: Reader, place: str, key: str) -> str:
    """`key` as it is; refused at `place` where it has other signs than letters, digits and underscores."""
    if not _KEY.fullmatch(key):
        raise table.refuse(place, "a key of letters, digits and underscores is expected")
    return key


def choice(table: Reader, key: str, kinds: type[E], *, default: E | None = None) -> E:
    """One of the values of an enum; the default where it is left out."""
    text = table.text(key, default=None if default is None else default.value, one_of=[kind.value for kind in kinds])
    return kinds(text)


def optional_integer(table: Reader, key: str, *, lowest: int = 1, highest: int = 10**9) -> int | None:
    """A whole number, or None where it is left out."""
    return table.integer(key, lowest=lowest, highest=highest) if table.has(key) else None


def reference(table: Reader, key: str, known: Collection[str], *, section: str) -> str:
    """The key of something that stands in another section of the file."""
    if not known:
        raise table.refuse(key, f"a key of {section} is expected, and there is none")
    return table.text(key, one_of=known)


def some_of(table: Reader, key: str, known: Iterable[str], *, otherwise: Collection[str]) -> tuple[str, ...]:
    """At least one of the `known` keys, in their order; `otherwise` where it is left out."""
    if not table.has(key):
        return tuple(otherwise)
    among = tuple(known)
    if not among:
        raise table.refuse(key, "nothing is expected: there is nothing to choose from")
    given = table.texts(key, one_of=among)
    if not given:
        raise table.refuse(key, f"at least one of {', '.join(among)} is expected")
    return tuple(one for one in among if one in given)


def origin(table: Reader) -> Origin:
    """Where the values of the table come from."""
    return choice(table, "origin", Origin)


def dollars(table: Reader, key: str) -> Money:
    """An amount of US dollars."""
    return Money.of(table.decimal(key, places=2), USD)


def price(parent: Reader) -> tuple[Price, Origin]:
    """The price of a plan, and where it comes from."""
    with parent.table("price") as table:
        return _price(table), origin(table)


def _price(table: Reader) -> Price:
    match table.text("kind", one_of=_PRICES):
        case "included":
            return Included()
        case "flat_fee":
            return FlatFee(dollars(table, "per_month"))
        case "percent_of_usage":
            return PercentOfUsage(table.decimal("percent"), dollars(table, "at_least_per_month"))
        case "base_plus_excess_percent":
            return BasePlusExcess(
                dollars(table, "base_per_month"), table.decimal("percent"), dollars(table, "above_per_month")
            )
        case "on_request":
            return OnRequest()
        case _:
            return Free()


def optional_url(table: Reader, key: str = "url") -> str | None:
    """An address of the web, or None where it is left out; pages make links of it, so that nothing else will do."""
    value = table.optional_text(key)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or any(sign.isspace() for sign in value):
        raise table.refuse(key, "an address that begins with https:// is expected")
    return value


def optional_email(table: Reader, key: str = "email") -> str | None:
    """An e-mail address, or None where it is left out."""
    value = table.optional_text(key)
    if value is not None and not _EMAIL.fullmatch(value):
        raise table.refuse(key, "an e-mail address is expected")
    return value


def optional_phone(table: Reader, key: str = "phone") -> str | None:
    """A telephone number with its country, as people read it; None where it is left out."""
    value = table.optional_text(key)
    if value is not None and not _PHONE.fullmatch(value):
        raise table.refuse(key, "a number like +44 20 7946 0000 is expected")
    return value
