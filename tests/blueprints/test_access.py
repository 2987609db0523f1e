"""Every route, tried by every role at home and elsewhere, and by nobody; what is expected follows from the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import session
from flask_wtf.csrf import generate_csrf

from portal import catalogues, clock, database
from portal.domain.permissions import Action, allows
from portal.models.organizations import User
from portal.services import sessions
from portal.web import access
from tests.blueprints.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.routing import Rule

    from tests.world import Person, World

# A form that is sent empty is refused, but not for who sent it.
LET_IN = {200, 204, 303, 422}


@pytest.fixture(params=["people", "nobody"])
def who(request, world) -> list[Person | None]:
    return list(world.people) if request.param == "people" else [None]


def test_every_route_lets_in_whom_its_guard_says_and_nobody_else(app: Flask, world: World, who) -> None:
    values = example_values(app, world)
    browsers = [Browser(app, person) for person in who]
    wrong = []
    for rule in app.url_map.iter_rules():
        guard = access.guard_of(app, rule.endpoint)
        assert guard, f"{rule.rule} has no guard"
        for slug in world.organizations if "slug" in rule.arguments else ["acme"]:
            for method, path in addresses(app, rule, values[slug]):
                for browser in browsers:
                    expected = expected_statuses(guard, browser.person, world, slug)
                    status = browser.visit(method, path)
                    if status not in expected:
                        wrong.append(f"{method} {path} as {browser.person}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_an_organization_that_does_not_exist_looks_like_another_ones(app, world):
    owner = Browser(app, world.person("org_owner@acme.example"))
    values: dict[str, object] = dict.fromkeys(EXAMPLES, "1")
    values |= {"slug": "nowhere", "project": "0" * 24}
    for rule in app.url_map.iter_rules():
        if "slug" in rule.arguments:
            for method, path in addresses(app, rule, values):
                assert owner.visit(method, path) == 404, path


def test_the_walk_knows_a_role_that_gets_in_and_one_that_does_not(app, world):
    """Without this, a walk that finds every answer right could be one that tries nothing."""
    guard = access.Guard(action=Action.VIEW_BILLING)
    acme = lambda email: expected_statuses(guard, world.person(email), world, "acme")  # noqa: E731 - one line, three uses
    assert acme("org_billing_read_only@acme.example") == LET_IN
    assert acme("org_member@acme.example") == {403}
    assert acme("super_admin@borealis.example") == {404}


def test_a_route_without_a_guard_stops_the_start(app):
    app.view_functions["forgotten"] = lambda: "open to everybody"
    app.url_map._got_first_request = False
    app.url_map.add(app.url_rule_class("/forgotten", endpoint="forgotten"))
    with pytest.raises(RuntimeError, match="/forgotten"):
        access.check_every_route(app)


@pytest.mark.parametrize(
    ("path", "guard", "words"),
    [
        ("/orgs/<slug>/open", access.Guard(is_public=True), "has @requires"),
        ("/elsewhere", access.Guard(action=Action.VIEW_BILLING), "has @requires"),
        ("/orgs/<slug>/project", access.Guard(action=Action.VIEW_PROJECT), "names no <project>"),
    ],
)
def test_a_guard_that_does_not_fit_its_address_stops_the_start(app, path, guard, words):
    def view() -> str:
        return ""

    view.guard = guard  # type: ignore[attr-defined]
    app.view_functions["odd"] = view
    app.url_map.add(app.url_rule_class(path, endpoint="odd"))
    with pytest.raises(RuntimeError, match=words):
        access.check_every_route(app)


def test_two_guards_on_one_view_are_one_too_many():
    with pytest.raises(RuntimeError, match="two guards"):

        @access.public
        @access.signed_in
        def view() -> str:
            return ""


def expected_statuses(guard: access.Guard, person: Person | None, world: World, slug: str) -> set[int]:
    """What the guard, the roles and the catalogue say; 303 to the sign-in page is what nobody gets."""
    if guard.is_public:
        return LET_IN
    if guard.scope:
        return {401}  # A program's: cookies count for nothing there.
    if person is None:
        return {303}
    if guard.staff_roles is not None:
        return LET_IN if guard.staff_roles & person.staff else {403}
    if guard.action is None:
        return LET_IN
    if person.slug != slug:
        return {404}
    roles = catalogues.load(world.organizations[slug].catalogue).roles
    project = world.projects[slug][0].id if guard.action.in_project else None
    return LET_IN if allows(roles, person.grants, guard.action, project=project) else {403}


def example_values(app: Flask, world: World) -> dict[str, dict[str, object]]:
    wanted = sorted({name for rule in app.url_map.iter_rules() for name in rule.arguments})
    for name in wanted:
        assert name in EXAMPLES, f"say in tests/blueprints/examples.py what stands for <{name}>"
    with database.writing(app.extensions["database"]).begin() as writing:
        return {slug: {name: EXAMPLES[name](writing, world, slug) for name in wanted} for slug in world.organizations}


def addresses(app: Flask, rule: Rule, values: dict[str, object]) -> Iterator[tuple[str, str]]:
    with app.test_request_context():
        built = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
    assert built, rule.rule
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield method, built[1]


class Browser:
    """A person's browser that sends every form with a good token, and begins each visit with a session that is good."""

    def __init__(self, app: Flask, person: Person | None) -> None:
        self.app = app
        self.person = person
        with app.test_request_context():
            self.token = generate_csrf()
            kept = {"csrf_token": session["csrf_token"]}
        self.kept = kept
        self.sign_in()

    def sign_in(self) -> None:
        kept = dict(self.kept)
        if self.person:
            kept |= {"_user_id": str(self.person.user_id), "session_token": self.begin_session(self.person.user_id)}
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        self.cookie = serializer.dumps(kept)

    def begin_session(self, user_id: int) -> str:
        with database.writing(self.app.extensions["database"]).begin() as writing:
            user = writing.get_one(User, user_id)
            return sessions.start(writing, user, network="127.0.0.1", browser="Firefox", at=clock.now())

    def visit(self, method: str, path: str) -> int:
        client = self.app.test_client()
        client.set_cookie("session", self.cookie)
        with client.open(path, method=method, data={"csrf_token": self.token} if method != "GET" else None) as answer:
            if answer.status_code == 303 and (answer.location or "").startswith("/sign-in"):
                assert self.person is None, f"{path} sends {self.person} to sign in"
                assert method != "GET" or "?next=" in answer.location, f"{path} forgets where the person wanted to go"
        if method != "GET" and answer.status_code < 400:
            # Some of what is done ends sessions.
            self.sign_in()
        return answer.status_code
