"""Reads untrusted mappings (TOML catalogues, JSON scenarios) strictly, and says where and why something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, KeysView, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from portal.domain.errors import Malformed, Refusal

T = TypeVar("T")
_REQUIRED = object()
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,40})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Reader:
    """One table of a document. Every key is taken once; `close` refuses what nobody asked for.

    Used as `with Reader(table, "atlas.toml") as plan: name = plan.text("name")`. All errors are `Malformed`
    with the place (`atlas.toml: support_plans[2].fee`, without a file `timeline[3].amount`) and what is expected there.
    """

    def __init__(self, table: object, source: str = "", path: str = "") -> None:
        self.source = source
        self.path = path
        if not isinstance(table, Mapping):
            raise Malformed(self.place(), "a table of named values is expected")
        self._table: Mapping[str, object] = table
        self._taken: set[str] = set()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()

    def place(self, key: str = "") -> str:
        """Where `key` of this table stands, as shown to the person who wrote it."""
        path = f"{self.path}.{key}" if self.path and key else self.path or key
        return f"{self.source}: {path}" if self.source and path else self.source or path

    def refuse(self, key: str, expected: str) -> Malformed:
        """The error for `key`; the caller raises it."""
        return Malformed(self.place(key), expected)

    def has(self, key: str) -> bool:
        """Whether `key` is given and not null."""
        return self._table.get(key) is not None

    def has_table(self, key: str) -> bool:
        """Whether `key` is given as a table, where a single value would do as well."""
        return isinstance(self._table.get(key), Mapping)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def keys(self) -> KeysView[str]:
        """All keys that the table holds."""
        return self._table.keys()

    def take(self, key: str, default: object = _REQUIRED) -> object:
        """The value of `key` as it stands, or the default."""
        self._taken.add(key)
        value = self._table.get(key)
        if value is not None:
            return value
        if default is _REQUIRED:
            raise self.refuse(key, "is missing")
        return default

    def text(self, key: str, *, default: str | None = None, one_of: Collection[str] = (), longest: int = 2000) -> str:
        """A text that is not blank."""
        value = self.take(key, _REQUIRED if default is None else default)
        if not isinstance(value, str) or not (value.strip() or value == default):
            raise self.refuse(key, "a text is expected")
        if len(value) > longest:
            raise self.refuse(key, f"at most {longest} characters are expected")
        if "\x00" in value:
            raise self.refuse(key, "a text without NUL characters is expected")
        if one_of and value not in one_of:
            raise self.refuse(key, f"one of {', '.join(sorted(one_of))} is expected, not {value!r}")
        return value

    def optional_text(self, key: str, *, one_of: Collection[str] = ()) -> str | None:
        """A text, or None where it is left out or null."""
        return self.text(key, one_of=one_of) if self._given(key) else None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false."""
        value = self.take(key, _REQUIRED if default is None else default)
        if not isinstance(value, bool):
            raise self.refuse(key, "true or false is expected")
        return value

    def integer(self, key: str, *, default: int | None = None, lowest: int = 0, highest: int = 10**9) -> int:
        """A whole number between `lowest` and `highest`."""
        value = self.take(key, _REQUIRED if default is None else default)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self.refuse(key, f"a whole number from {lowest} to {highest} is expected")
        return value

    def decimal(
        self, key: str, *, default: str | None = None, above: Decimal | None = None, places: int = 12
    ) -> Decimal:
        """A number written as a text with a dot, at least 0 (or above `above`), with at most `places` decimals."""
        value = self.take(key, _REQUIRED if default is None else default)
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise self.refuse(key, 'a number written as a text is expected, for example "1000.00"')
        number = Decimal(value)
        if number < 0 or (above is not None and number <= above):
            raise self.refuse(
                key, "a number of at least 0 is expected" if above is None else f"a number above {above} is expected"
            )
        if -int(number.as_tuple().exponent) > places:
            raise self.refuse(key, f"at most {places} decimals are expected")
        return number

    def day(self, key: str) -> date:
        """A date, `YYYY-MM-DD` or a TOML date."""
        return self.read_day(self.take(key), key)

    def optional_day(self, key: str) -> date | None:
        """A date, or None where it is left out or null."""
        return self.day(key) if self._given(key) else None

    def read_day(self, value: object, key: str) -> date:
        """`value` as a date that the calendar has; errors name `key`."""
        if type(value) is date:
            return value
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise self.refuse(key, "a date written as YYYY-MM-DD is expected")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.refuse(key, f"the calendar has no {value}") from None

    def texts(
        self, key: str, *, default: tuple[str, ...] | None = None, one_of: Collection[str] = ()
    ) -> tuple[str, ...]:
        """A list of texts, none of them twice."""
        values = self.take(key, _REQUIRED if default is None else list(default))
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            raise self.refuse(key, "a list of texts is expected")
        for value in values:
            if one_of and value not in one_of:
                raise self.refuse(key, f"one of {', '.join(sorted(one_of))} is expected, not {value!r}")
        if len(set(values)) != len(values):
            raise self.refuse(key, "the same text stands twice")
        return tuple(values)

    def table(self, key: str) -> Reader:
        """The table below `key`."""
        return Reader(self.take(key), self.source, self._below(key))

    def optional_table(self, key: str) -> Reader | None:
        """The table below `key`, or None where there is none."""
        return self.table(key) if self._given(key) else None

    def tables(self, key: str, *, required: bool = True) -> Iterator[Reader]:
        """Each table of the list below `key`, in order; each is closed after its turn."""
        values = self.take(key, _REQUIRED if required else [])
        if not isinstance(values, list):
            raise self.refuse(key, "a list is expected")
        for index, value in enumerate(values):
            with Reader(value, self.source, f"{self._below(key)}[{index}]") as reader:
                yield reader

    def named_tables(self, key: str) -> Iterator[tuple[str, Reader]]:
        """Each named table below `key` (`[roles.owner]`), in order; each is closed after its turn."""
        with self.table(key) as parent:
            for name in tuple(parent.keys()):
                with parent.table(name) as reader:
                    yield name, reader

    def close(self) -> None:
        """Refuse a key that nobody took."""
        for key in self._table:
            if key not in self._taken:
                raise self.refuse(str(key), "is not known here")

    def _given(self, key: str) -> bool:
        self._taken.add(key)
        return self.has(key)

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def read_with(place: Reader, key: str, parse: Callable[[str], T]) -> T:
    """The text of `key` through `parse`; a `ValueError` or `Refusal` of it is reported at the key's place."""
    value = place.text(key)
    try:
        return parse(value)
    except (ValueError, Refusal) as error:
        raise place.refuse(key, str(error)) from None
