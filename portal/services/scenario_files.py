"""Reads scenario files from JSON, refusing what JSON readers usually let pass."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import Malformed
from portal.domain.scenario_reading import parse_scenario
from portal.domain.scenarios import Available, Scenario


def read(path: str, *, available: Available) -> Scenario:
    """The scenario in the file `path`; `Malformed` with the place where something is wrong."""
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such file"
        raise Malformed("", f"the file cannot be read ({reason})") from None
    return parse(content, available=available)


def parse(content: bytes, *, available: Available) -> Scenario:
    """The scenario in the JSON text `content`."""
    try:
        table = json.loads(
            content.decode("utf-8"), object_pairs_hook=_table, parse_constant=_NoNumber, parse_float=str.encode,
            parse_int=_whole_number,
        )  # fmt: skip
        _refuse_faults(table, "")
        # Half of a surrogate pair is a text to JSON, and cannot be stored.
        json.dumps(table, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise Malformed(f"line {error.lineno}", f"valid JSON is expected ({error.msg})") from None
    except UnicodeError:
        raise Malformed("", "a text in UTF-8 is expected") from None
    except RecursionError:
        raise Malformed("", "fewer tables inside each other are expected") from None
    return parse_scenario(table, available=available)


@dataclass(frozen=True, slots=True)
class _NoNumber:
    """NaN or Infinity, which JSON does not have and its readers let pass."""

    name: str


@dataclass(frozen=True, slots=True)
class _Twice:
    """The value of a key that stands twice in one table."""


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table: dict[str, object] = {}
    for key, value in pairs:
        table[key] = _Twice() if key in table else value
    return table


def _refuse_faults(value: object, place: str) -> None:
    """Refuse what was marked while the text was read, now that its place is known."""
    if isinstance(value, _Twice):
        raise Malformed(place, "stands twice in one table")
    if isinstance(value, _NoNumber):
        raise Malformed(place, f"valid JSON is expected, which has no {value.name}")
    if isinstance(value, dict):
        for key, part in value.items():
            _refuse_faults(part, f"{place}.{key}" if place else key)
    if isinstance(value, list):
        for index, part in enumerate(value):
            _refuse_faults(part, f"{place}[{index}]")


def _whole_number(digits: str) -> object:
    """The number; one that is longer than any that is expected stays what it was written as, and so fits nowhere."""
    return int(digits) if len(digits) < 20 else digits.encode()
