"""Frozen dataclasses to canonical JSON and back, strictly: all keys known, all there, all values of their type."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from invoices.errors import DocumentError

T = TypeVar("T")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def dump(value: object) -> str:
    """Canonical JSON text of dataclasses and what holds them: sorted keys, no spaces, characters as they are."""
    return _JSON.encode(value)


def load(text: str) -> dict[str, object]:
    """The JSON object in `text`; a key that stands twice is refused."""
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DocumentError("", f"a JSON object is expected ({error})") from None
    if not isinstance(value, dict):
        raise DocumentError("", "a JSON object is expected")
    return value


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by their names, as they are."""
    kind: Any = type(value)
    return {name: getattr(value, name) for name in _names(kind)}


def decode(kind: type[T], value: object, place: str = "") -> T:
    """`value` as the dataclass `kind`; `DocumentError` names the place of what is missing, unknown or mistyped."""
    if not isinstance(value, dict):
        raise DocumentError(place, "an object is expected")
    schema: Any = kind
    fields = _hints(schema)
    for key in value:
        if key not in fields:
            raise DocumentError(_below(place, key), "is not known here")
    for key in fields:
        if key not in value:
            raise DocumentError(_below(place, key), "is missing")
    parts = {key: _decode(hint, value[key], _below(place, key)) for key, hint in fields.items()}
    try:
        return kind(**parts)
    except DocumentError as error:
        raise DocumentError(_below(place, error.place), error.expected) from None


def _decode(hint: Any, value: object, place: str) -> object:
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise DocumentError(place, "a list is expected")
        return tuple(_decode(get_args(hint)[0], part, f"{place}[{index}]") for index, part in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return decode(_class(hint), value, place)
    if issubclass(hint, StrEnum):
        if value not in set(hint):
            raise DocumentError(place, f"one of {', '.join(sorted(hint))} is expected")
        return hint(value)
    return _READ[hint](value, place)


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(place, "a text is expected")
    return value


def _integer(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise DocumentError(place, "a whole number is expected")
    return value


def _day(value: object, place: str) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise DocumentError(place, "a date written as YYYY-MM-DD is expected")


_READ: dict[type, Callable[[object, str], object]] = {str: _text, int: _integer, date: _day}


def _plain(value: object) -> object:
    """What JSON has no word for, in words that it has; lists, texts and enumerations of texts it knows by itself."""
    return value.isoformat() if isinstance(value, date) else fields_of(value)


_JSON = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain
)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _class(hint: Any) -> type[object]:
    assert isinstance(hint, type)
    return hint


def _below(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        keys = [key for key, _ in pairs]
        raise DocumentError(next(key for key in keys if keys.count(key) > 1), "stands twice")
    return fields
