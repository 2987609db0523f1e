"""What one customer may ask, asked by another customer of the same vendor: nothing leaks, nothing changes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from werkzeug.routing import AnyConverter

from portal import database
from portal.web import idempotency
from tests.crawl import entered, is_ours, shape
from tests.pages import PARTIAL, Visitor
from tests.rivals import OWN, THEIRS, a_rival, rows
from tests.world import SLUGS, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask import Flask
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from tests.rivals import Rival

DATABASES = ("sqlite",)

REFUSED = {403, 404, 409, 422}
# Where to take something away twice is to take it away once, what is not there is answered as if it were gone.
AS_IF_GONE = {204, 303}
# What a form carries beside what it asks for: each sender's own, and for which country its fields were drawn.
TOKENS = {"csrf_token", idempotency.FIELD, "shown_country", "shown_region"}


@dataclass
class Recorded:
    """What the pages of one person would send: the fields of forms, and the keys of queries, by endpoint."""

    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    chosen: dict[str, set[str]] = field(default_factory=dict)
    queries: dict[str, set[str]] = field(default_factory=dict)


@pytest.fixture(params=SLUGS.values())
def rivals(request, app: Flask) -> tuple[Rival, Rival]:
    world = World({}, {}, [])
    with database.writing(app.extensions["database"]).begin() as session:
        mine, yours = (a_rival(session, world, slug, catalogue=request.param) for slug in (OWN, THEIRS))
        return mine, yours


def test_nothing_of_another_customer_is_shown_or_changed(app: Flask, rivals: tuple[Rival, Rival]) -> None:
    mine, yours = rivals
    me, you = signed_in(app, mine), signed_in(app, yours)
    own, theirs = record(app, me, OWN, without=yours), record(app, you, THEIRS)
    assert {*own.forms} == {*theirs.forms}
    before = stored(app)
    attack = Attack(app, me, yours)
    for rule in app.url_map.iter_rules():
        ids = [name for name in sorted(rule.arguments) if name in yours.ids]
        for whose in itertools.product((mine, yours), repeat=len(ids)):
            values = {name: one.ids[name] for name, one in zip(ids, whose, strict=True)}
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if yours in whose:
                    attack.by_path(rule, values, method, [own.forms, theirs.forms])
                elif ids and method == "GET":
                    attack.by_query(rule, values, own.queries.get(rule.endpoint, set()))
                elif ids:
                    attack.by_field(rule, values, own)
    assert not attack.findings, "\n".join(attack.findings)
    assert attack.tried > 500
    assert stored(app) == before


@pytest.mark.parametrize("rivals", ["atlas"], indirect=True)
def test_who_belongs_to_another_customer_looks_like_nobody(app, rivals):
    mine, _ = rivals
    me = signed_in(app, mine)
    own = record(app, me, OWN)
    for endpoint in ("projects.add_person", "projects.add_to_team"):
        path = path_of(app, endpoint, mine.ids)
        answers = [
            me.client.post(path, data={**own.forms[endpoint], "csrf_token": token_of(me), "email": email})
            for email in (f"mate@{THEIRS}.example", "mate@nowhere.example")
        ]
        assert [answer.status_code for answer in answers] == [422, 422]
        assert words_of(answers[0]) == words_of(answers[1]).replace("nowhere", THEIRS)


@pytest.mark.parametrize("rivals", ["atlas"], indirect=True)
def test_the_key_of_another_customers_request_brings_no_answer_of_theirs(app, rivals):
    answers = []
    for one in reversed(rivals):
        visitor = signed_in(app, one)
        fields = record(app, visitor, str(one.ids["slug"])).forms["projects.create_team"]
        fields = {**fields, "name": "Same", "csrf_token": token_of(visitor), idempotency.FIELD: "the-same-key-of-both"}
        answers.append(visitor.client.post(path_of(app, "projects.create_team", one.ids), data=fields))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [answer.location.split("/")[2] for answer in answers] == [THEIRS, OWN]


class Attack:
    """Requests of one person with what belongs to another, and what is wrong with the answers."""

    def __init__(self, app: Flask, me: Visitor, yours: Rival) -> None:
        self.app = app
        self.me = me
        self.yours = yours
        self.ids = [yours.ids[name] for name in ("project", "member_id", "team", "unit", "invitation_id")]
        self.findings: list[str] = []
        self.tried = 0
        self._keys = itertools.count()
        self._token = token_of(me)

    def by_path(self, rule: Rule, ids: dict[str, object], method: str, forms: list[dict[str, dict[str, str]]]) -> None:
        """Something of theirs in the address; with each form, and also in what htmx says of where one is."""
        path = path_of(self.app, rule.endpoint, ids)
        seen = {"Referer": f"http://localhost{path}", "HX-Current-URL": f"http://localhost{path}"}
        for headers in ({}, PARTIAL | seen):
            for form in [one.get(rule.endpoint, {}) for one in forms] if method == "POST" else [{}]:
                self._send(method, path, form, headers, allowed=self._refused(rule, ids))

    def by_query(self, rule: Rule, ids: dict[str, object], keys: Iterable[str]) -> None:
        """Something of theirs behind the question mark of one's own page, which may be there as if it were not."""
        path = path_of(self.app, rule.endpoint, ids)
        for key, value in itertools.product(sorted(keys), self.ids):
            self._send("GET", f"{path}?{key}={value}", {}, {}, allowed=REFUSED | {200, 400})

    def by_field(self, rule: Rule, ids: dict[str, object], own: Recorded) -> None:
        """Something of theirs in a field of one's own form in which the page says what can stand."""
        path, form = path_of(self.app, rule.endpoint, ids), own.forms.get(rule.endpoint, {})
        for key, value in itertools.product(sorted(own.chosen.get(rule.endpoint, ())), self.ids):
            self._send("POST", path, {**form, key: str(value)}, {}, allowed=self._refused(rule, ids))

    def _refused(self, rule: Rule, ids: dict[str, object]) -> set[int]:
        is_once = idempotency.repeats_of(self.app, rule.endpoint) == idempotency.ONCE
        return REFUSED if is_once or ids.get("slug") != OWN else REFUSED | AS_IF_GONE

    def _send(
        self, method: str, path: str, form: dict[str, str], headers: dict[str, str], *, allowed: set[int]
    ) -> None:
        self.tried += 1
        fields = {**form, "csrf_token": self._token, idempotency.FIELD: f"attack-{next(self._keys)}-of-many"}
        sent = self.me.client.open(path, method=method, headers=headers, data=fields if method == "POST" else None)
        way = f"{method} {path} with {form}"
        if sent.status_code not in allowed:
            self.findings.append(f"{way}: {sent.status_code}")
        for secret in leaked(sent, self.yours, but=f"{path} {form}"):
            self.findings.append(f"{way} says {secret}")


def leaked(answer: TestResponse, yours: Rival, *, but: str = "") -> Iterator[str]:
    """What stands in the answer of the other customer, beside what was sent."""
    text = answer.get_data().decode("utf-8", "replace") + (answer.location or "")
    yield from (secret for secret in yours.secrets if secret in text and secret not in but)


def record(app: Flask, visitor: Visitor, slug: str, *, without: Rival | None = None) -> Recorded:
    """Walk over all pages of an organization, which say nothing of another one, and keep what they would send."""
    found, waiting = Recorded(), ["/", f"/orgs/{slug}/"]
    known = set(map(shape, waiting))
    for address in waiting:
        answer = visitor.client.get(address)
        assert without is None or not [*leaked(answer, without)], address
        if answer.mimetype != "text/html":
            continue
        soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
        for form in soup.find_all("form", action=True):
            keep_form(app, found, form)
        for link in soup.select("main a[href], nav a[href], [data-hx-get]"):
            target = urljoin(address, str(link.get("href") or link["data-hx-get"]))
            if urlsplit(target).scheme:
                continue
            found.queries.setdefault(endpoint_of(app, target), set()).update(
                key for key, _ in parse_qsl(urlsplit(target).query)
            )
            if is_ours(target) and shape(target) not in known:
                known.add(shape(target))
                waiting.append(target)
    return found


def keep_form(app: Flask, found: Recorded, form: Any) -> None:
    """Its fields as they stand, and which of them the page fills in or offers a choice for."""
    fields = entered(form, None)
    method = str(form.get("method", "get")).upper()
    endpoint = endpoint_of(app, str(form["action"]), method)
    if method == "GET":
        found.queries.setdefault(endpoint, set()).update(fields)
        return
    found.forms.setdefault(endpoint, {name: value for name, value in fields.items() if name not in TOKENS})
    offered = form.select("select, input[type=hidden], input[type=radio], input[type=checkbox]:not([value=y])")
    found.chosen.setdefault(endpoint, set()).update(str(one["name"]) for one in offered if one["name"] not in TOKENS)


def endpoint_of(app: Flask, address: str, method: str = "GET") -> str:
    """Which route answers."""
    return str(app.url_map.bind("localhost").match(urlsplit(address).path or "/", method=method)[0])


def path_of(app: Flask, endpoint: str, ids: dict[str, object]) -> str:
    """The address of a route with these ids; what is no id of a customer is the first one there is."""
    (rule, *_) = app.url_map.iter_rules(endpoint)
    values = {name: ids.get(name, _first(rule, name)) for name in rule.arguments}
    with app.test_request_context():
        built = rule.build(values, append_unknown=False)
    assert built
    return built[1]


def _first(rule: Rule, name: str) -> str:
    """The first word of those that can stand there, or the first number."""
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else "1"


def token_of(visitor: Visitor) -> str:
    """The token that this person's forms carry."""
    return str(visitor.get("/account/").soup.select("input[name=csrf_token]")[0]["value"])


def words_of(answer: TestResponse) -> str:
    """What one reads on the page."""
    soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    return soup.get_text(" ", strip=True)


def stored(app: Flask) -> dict[str, list[Any]]:
    with database.reading(app.extensions["database"])() as session:
        return rows(session)


def signed_in(app: Flask, rival: Rival) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(rival.email)
    return visitor
