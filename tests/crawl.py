"""A walk through every page, part and form that one person can reach, without a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from tests.pages import PARTIAL, look_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

# A crawl that finds more kinds of addresses than this goes round in circles.
MOST_KINDS = 120
# What stands behind one of these in an address is a name.
NAMED = frozenset({"orgs", "resources"})
# What ends the sender's own session or rights, or removes those who walk here later; tests of their own send it.
NOT_SENT = ("/sign-out", "/removal", "/handover", "/leaving", "/deactivation")
# What no date, number, name or choice can be.
NONSENSE = "\N{SNOWMAN}"


@dataclass(frozen=True, slots=True)
class Sight:
    """One answer of the portal in HTML, and how one came by it."""

    way: str
    status: int
    is_part: bool
    text: str

    @property
    def essence(self) -> str:
        """The text without what differs each time: two answers alike in it are one to look at."""
        return re.sub(r'(name="csrf_token" value=")[^"]*|<code>[0-9a-f]{16}</code>', r"\1", self.text)


class Crawl:
    """One person's walk: links first, then each form with nothing in it, with nonsense, and as it stands."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self._kinds = set[str]()
        self._waiting = list[str]()
        self._forms = dict[tuple[str, str], Any]()

    def sights(self, begins: Iterable[str]) -> Iterator[Sight]:
        """Every answer, as a page and as the part of one that htmx would get."""
        self._waiting += begins
        self._kinds.update(map(shape, self._waiting))
        for address in self._waiting:  # What is found on the way is walked too.
            for is_part in (False, True):
                yield from self._look("GET", address, is_part=is_part)
            assert len(self._waiting) <= MOST_KINDS, self._waiting
        for (method, address), form in self._all_forms():
            for filler in ("", NONSENSE, None):
                for is_part in ways(form, as_it_stands=filler is None):
                    yield from self._look(method, address, is_part=is_part, fields=entered(form, filler))

    def _all_forms(self) -> Iterator[tuple[tuple[str, str], Any]]:
        """Each form once, also those that another form leads to."""
        sent = set[tuple[str, str]]()
        while waiting := [key for key in self._forms if key not in sent]:
            sent.update(waiting)
            yield from ((key, self._forms[key]) for key in waiting)

    def _look(
        self, method: str, address: str, *, is_part: bool, fields: dict[str, str] | None = None
    ) -> Iterator[Sight]:
        answer = self._ask(method, address, is_part=is_part, fields=fields or {})
        if answer.mimetype != "text/html" or answer.status_code in range(300, 400) or not answer.data:
            return
        assert answer.status_code != 500 or "/failing/" in address, f"{method} {address}, part: {is_part}: a fault"
        sight = Sight(f"{method} {address}", answer.status_code, is_part, answer.get_data(as_text=True))
        soup = BeautifulSoup(sight.text, "html.parser")
        look_at(soup, whole=not is_part)
        self._note(urljoin(address, found) for found in addresses(soup))
        for form in soup.find_all("form", action=True):
            key = (str(form.get("method", "get")).upper(), urljoin(address, str(form["action"])))
            if not key[1].endswith(NOT_SENT):
                self._forms.setdefault(key, form)
        yield sight

    def _ask(self, method: str, address: str, *, is_part: bool, fields: dict[str, str]) -> TestResponse:
        headers = PARTIAL if is_part else {}
        if method == "GET":
            return self._client.get(address, headers=headers, query_string=fields or None)
        return self._client.post(address, headers=headers, data=fields)

    def _note(self, found: Iterable[str]) -> None:
        for address in found:
            if shape(address) not in self._kinds:
                self._kinds.add(shape(address))
                self._waiting.append(address)


def entered(form: Any, filler: str | None) -> dict[str, str]:
    """The form with `filler` in every field that a person fills in, or as it stands."""
    fields = form.find_all(["input", "select", "textarea"], attrs={"name": True})
    return {
        str(field["name"]): standing(field) if filler is None or field.get("type") == "hidden" else filler
        for field in fields
    }


def ways(form: Any, *, as_it_stands: bool) -> tuple[bool, ...]:
    """As a page, and as a part where htmx sends the form; what may take effect is sent once."""
    is_swapped = form.has_attr("data-hx-get") or form.has_attr("data-hx-post")
    return (is_swapped,) if as_it_stands or not is_swapped else (False, True)


def standing(field: Any) -> str:
    """What the field holds."""
    if field.name == "select":
        chosen = field.find("option", selected=True) or field.find("option")
        return str(chosen.get("value", "")) if chosen else ""
    return str(field.get("value", "")) if field.name == "input" else field.get_text()


def addresses(soup: BeautifulSoup) -> list[str]:
    """Where links and htmx lead inside the portal, without files to download."""
    found = [str(tag["href"]) for tag in soup.find_all("a", href=True)]
    found += [str(tag["data-hx-get"]) for tag in soup.select("[data-hx-get]")]
    return [one for one in found if is_ours(one)]


def is_ours(address: str) -> bool:
    """Whether it is a page, or a part of one, of the portal itself."""
    parts = urlsplit(address)
    return not (parts.scheme or parts.netloc or re.search(r"\.(pdf|csv|xml)$|/pdf$|/csv$|^/static/", parts.path))


def shape(address: str) -> str:
    """The kind of page: its address without names, numbers and what a filter says."""
    parts = urlsplit(address).path.split("/")
    named = zip(["", *parts[:-1]], parts, strict=True)
    kinds = ["_" if re.search(r"\d", part) or before in NAMED else part for before, part in named]
    return "/".join(kinds).rstrip("/") or "/"
