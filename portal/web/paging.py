"""Long lists in pages: which part is shown, and where the others are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import Flask, g, request

from portal.web.addresses import asked_path

PAGE_SIZE = 50
# Far pages cost the database as many rows as they skip.
LAST_PAGE = 20_000
# What pages read of the query beside the fields of their filters.
_LIST_KEYS = frozenset({"before", "by", "chart", "page", "sort"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list of `total` things; pages are counted from 1."""

    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def first(self) -> int:
        """The place of the first thing shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The place of the last thing shown."""
        return self.first + len(self.items) - 1 if self.items else 0

    @property
    def previous(self) -> int | None:
        """The page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, if there is one."""
        return self.number + 1 if self.number * self.size < self.total else None


def counted(paged: Paged[Any], one: str, many: str) -> str:
    """`412 invoices, 51 to 100 shown`: what is said of a list when it has changed."""
    count = f"{paged.total:,} {one if paged.total == 1 else many}"
    is_part = paged.previous or paged.next
    return f"{count}, {paged.first:,} to {paged.last:,} shown" if is_part and paged.items else count


def page_number() -> int:
    """The page asked for by `?page=`; the first where that is no page."""
    given = request.args.get("page", "1")
    number = int(given) if re.fullmatch(r"[0-9]{1,5}", given) else 1
    return number if 1 <= number <= LAST_PAGE else 1


def place_before() -> int | None:
    """Below which id a list that begins with its newest part begins (`?before=`); None for that part."""
    return _id(request.args.get("before", ""))


def place_after() -> int | None:
    """Behind which id a list, or what came meanwhile, goes on (`?after=`); None for its beginning."""
    return _id(request.args.get("after", ""))


def same_page(**changes: object) -> str:
    """The address of this page with `changes` to its query; None takes a parameter away.

    What no list of ours reads is left out: somebody else's link must not add to ours.
    """
    read = _LIST_KEYS | g.get("filter_keys", frozenset())
    asked = {key: values for key, values in request.args.to_dict(flat=False).items() if key in read}
    query: dict[str, object] = {**asked, **changes}
    kept = {key: value for key, value in query.items() if value is not None}
    return f"{asked_path()}?{urlencode(kept, doseq=True)}" if kept else asked_path()


def keep_in_links(keys: Iterable[str]) -> None:
    """Let the links of this answer keep these parts of the query: a form that filters the list reads them."""
    g.filter_keys = g.get("filter_keys", frozenset()) | frozenset(keys)


def init_app(app: Flask) -> None:
    """Give the templates of `app` the addresses of other pages of a list."""
    app.jinja_env.globals.update(same_page=same_page)


def _id(given: str) -> int | None:
    return int(given) if re.fullmatch(r"[0-9]{1,18}", given) else None
