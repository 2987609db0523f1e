"""Reads scenario files from JSON, refusing what JSON readers usually let pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

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
            content.decode("utf-8"), object_pairs_hook=_table, parse_constant=_no_number, parse_float=str.encode,
            parse_int=_whole_number,
        )  # fmt: skip
        # Half of a surrogate pair is a text to JSON, and cannot be stored.
        json.dumps(table, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise Malformed(f"line {error.lineno}", f"valid JSON is expected ({error.msg})") from None
    except UnicodeError:
        raise Malformed("", "a text in UTF-8 is expected") from None
    except RecursionError:
        raise Malformed("", "fewer tables inside each other are expected") from None
    return parse_scenario(table, available=available)


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table: dict[str, object] = {}
    for key, value in pairs:
        if key in table:
            raise Malformed(key, "stands twice in one table")
        table[key] = value
    return table


def _no_number(name: str) -> NoReturn:
    raise Malformed("", f"valid JSON is expected, which has no {name}")


def _whole_number(digits: str) -> object:
    """The number; one that is longer than any that is expected stays what it was written as, and so fits nowhere."""
    return int(digits) if len(digits) < 20 else digits.encode()
