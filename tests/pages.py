"""A visitor of the portal who looks at every page it gets: what must hold on each page is checked here, once."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from sqlalchemy import event

from tests import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.test import TestResponse

PASSWORD = "demo-portal-2026"
# How many statements a page may ask of the database, however much it shows.
QUERY_BUDGET = 13
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass(frozen=True)
class Page:
    """An answer, looked at."""

    visitor: Visitor
    answer: TestResponse
    soup: BeautifulSoup

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def location(self) -> str | None:
        return self.answer.headers.get("Location")

    @property
    def h1(self) -> str:
        return _words(self.soup.h1)

    @property
    def text(self) -> str:
        return _words(self.soup)

    def follow(self) -> Page:
        """Go where the answer sends the browser."""
        assert self.location, f"{self.status} leads nowhere"
        return self.visitor.get(self.location)

    def click(self, words: str, *, budget: int = QUERY_BUDGET) -> Page:
        """Follow the link that reads `words`."""
        links = [link for link in self.soup.find_all("a", href=True) if _words(link) == words]
        assert links, f"no link “{words}”; there are {[_words(link) for link in self.soup.find_all('a')]}"
        return self.visitor.get(str(links[0]["href"]), budget=budget)

    def submit(self, action: str | None = None, **entered: str) -> Page:
        """Send the form that goes to `action` (without: the page's first POST form in main) as a browser would."""
        forms = [form for form in self.soup.find_all("form") if _is_wanted(form, action)]
        assert forms, f"no form to {action}"
        fields = {
            str(field["name"]): str(field.get("value", ""))
            for field in forms[0].find_all("input", attrs={"name": True})
        }
        return self.visitor.post(str(forms[0]["action"]), fields | entered)


class Visitor:
    """A browser of one person, without scripts."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def get(self, path: str, *, budget: int = QUERY_BUDGET, **headers: str) -> Page:
        """Open a page, and check it as every page is checked."""
        with counted(self.app) as statements:
            answer = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert len(statements) <= budget, f"{path} asks the database {len(statements)} times:\n" + "\n".join(statements)
        return self._looked_at(answer)

    def part(self, path: str) -> Page:
        """Ask for a part of a page, as htmx does."""
        return self._looked_at(self.client.get(path, headers=PARTIAL), whole=False)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Send a form."""
        return self._looked_at(self.client.post(path, data=fields, headers=headers))

    def post_part(self, path: str, fields: dict[str, str]) -> Page:
        """Send a form as htmx does."""
        return self._looked_at(self.client.post(path, data=fields, headers=PARTIAL), whole=False)

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        """Fill in the form of the sign-in page."""
        return self.get("/sign-in").submit("/sign-in", email=email, password=password)

    def _looked_at(self, answer: TestResponse, *, whole: bool = True) -> Page:
        soup = BeautifulSoup(answer.get_data(as_text=True) if answer.mimetype == "text/html" else "", "html.parser")
        if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
            look_at(soup, whole=whole and "HX-Retarget" not in answer.headers)
            once.check_keys(self.app, soup)
        return Page(self, answer, soup)


def look_at(soup: BeautifulSoup, *, whole: bool) -> None:
    """What holds for every page, and for every part of one."""
    if whole:
        heads = [_words(head) for head in soup.find_all("h1")]
        assert len(heads) == 1, f"one h1 is expected: {heads}"
        levels = [int(head.name[1]) for head in soup.find_all(re.compile("^h[1-6]$"))]
        assert all(after <= before + 1 for before, after in pairwise(levels)), f"a level of heads is left out: {levels}"
        assert soup.title
        title = _words(soup.title).removeprefix("Error: ")
        assert title.startswith(heads[0]), f"the title “{title}” does not begin with “{heads[0]}”"
        assert soup.find(id="news", role="status")
        assert soup.find(id="alert", role="alert")
    else:
        roots = [tag for tag in soup.find_all(True, recursive=False) if not tag.has_attr("data-hx-swap-oob")]
        assert len(roots) == 1, "a fragment has one root"
    twice = [name for name, count in Counter(tag["id"] for tag in soup.find_all(id=True)).items() if count > 1]
    assert not twice, f"ids that stand twice: {twice}"
    for field in soup.find_all(["input", "select", "textarea"]):
        if field.get("type") not in {"hidden", "submit"}:
            assert _is_labelled(soup, field), f"a field without label: {field}"
    for form in soup.find_all("form", method=re.compile("post", re.IGNORECASE)):
        assert form.find("input", attrs={"name": "csrf_token", "value": True}), f"a form without token: {form}"
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name == "style" or name.startswith("on")], f"inline: {tag}"
        assert tag.name != "style", "inline style"
        assert tag.name != "script" or tag.get("src"), "inline script"
    check_error_summary(soup)
    for described in soup.select("[aria-describedby]"):
        assert all(soup.find(id=name) for name in str(described["aria-describedby"]).split()), (
            f"described by nothing: {described}"
        )


def check_error_summary(soup: BeautifulSoup) -> None:
    """Each link of it names its field and leads there; they follow the order of the form."""
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
    for summary in soup.select(".error-summary"):
        links = {str(link["href"]).removeprefix("#"): _words(link) for link in summary.find_all("a")}
        assert set(links) <= set(ids), f"links that lead nowhere: {links}"
        assert list(links) == sorted(links, key=ids.index), f"not in the order of the form: {links}"
        for target, words in links.items():
            is_first_of_many = target[-2:] == "-0"
            label = (
                soup.select_one(f"fieldset:has(#{target}) legend")
                if is_first_of_many
                else soup.find("label", attrs={"for": target})
            )
            name = _words(label).removesuffix(" (optional)")
            assert words.startswith(f"{name}: "), f"“{words}” does not name its field “{name}”"


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = app.extensions["database"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _is_wanted(form: Any, action: str | None) -> bool:
    if action is None:
        return form.get("method", "").lower() == "post" and form.find_parent("main") is not None
    return str(form.get("action", "")).partition("?")[0] == action


def _is_labelled(soup: BeautifulSoup, field: Any) -> bool:
    return bool(
        field.get("aria-label") or field.get("aria-labelledby") or field.find_parent("label")
        or (field.get("id") and soup.find("label", attrs={"for": field["id"]}))
    )  # fmt: skip


def _words(tag: Any) -> str:
    return " ".join(tag.get_text().split()) if tag else ""
