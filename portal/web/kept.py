"""Parts of pages that can never change, drawn once: what of it is asked for again is not drawn again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from flask import Flask, current_app, g, request
from markupsafe import Markup

# For each process; the first page of an invoice has some fifty thousand letters.
MOST_LETTERS = 16_000_000
# Everything that decides how a part looks, and first of all the random id of the thing that it shows.
Key = tuple[Hashable, ...]


class _Kept:
    """Drawn parts by their keys, at most `most` letters of them: what was looked at longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._letters = most, 0
        self._parts: OrderedDict[Key, Markup] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> Markup | None:
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
            return self._parts.get(key)

    def keep(self, key: Key, part: Markup) -> None:
        with self._lock:
            self._letters += len(part) - len(self._parts.pop(key, ""))
            self._parts[key] = part
            while self._letters > self._most:
                self._letters -= len(self._parts.popitem(last=False)[1])


def init_app(app: Flask, most_letters: int = MOST_LETTERS) -> None:
    """Let `app` keep parts of pages, in this process alone; templates say `{% call kept(…) %}`."""
    app.extensions["kept"] = _Kept(most_letters)
    app.jinja_env.globals["kept"] = drawn


def find(key: Key) -> Markup | None:
    """The part that was kept as `key`, if it is still there."""
    return _kept().find(key)


def keep(key: Key, part: str) -> Markup:
    """Keep `part`, which was drawn by a template and has no person's links, no token and no status in it."""
    drawn = Markup(part)  # noqa: S704 - a template drew it, and escaped what people entered
    _kept().keep(key, drawn)
    return drawn


def drawn(name: str, *facts: Hashable, caller: Callable[[], Markup]) -> Markup:
    """What the block of a template draws. `facts` are the id of the thing that it shows, and all of it that can change.

    Where its links lead, by the organization in the address, counts by itself.
    """
    key = (name, g.get("slug"), request.root_path, *facts)
    return find(key) or keep(key, caller())


def _kept() -> _Kept:
    known: _Kept = current_app.extensions["kept"]
    return known
