"""Every route, tried by every role at home and elsewhere, and by nobody; what is expected follows from the guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import session
from flask_wtf.csrf import generate_csrf

from portal import catalogues, clock, database
from portal.domain.permissions import Action, allows
from portal.models.organizations import User
from portal.services import sessions
from portal.web import access
from tests.billed import make_documents
from tests.blueprints.examples import EXAMPLES
from tests.world import SLUGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.routing import Rule

    from portal.config import Settings
    from tests.world import Person, World

# A form that is sent empty is refused, but not for who sent it.
LET_IN = {200, 204, 303, 422}
# Who may see one of these hangs on the thing itself, too; tests of their own try that. For others it is absent.
OF_THEMSELVES = frozenset({"case_number", "chat_id", "file_id", "view_id"})
# What one may do in these hangs on what one may raise, and on the case; that, too, has tests of its own.
OF_CASES = frozenset({"cases", "shared_cases"})
# Stands for the way to the sign-in page, which is a 303 too.
SIGN_IN = 0


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """No worker sends the mail that the examples bring, so that it is overdue; who may look does not hang on it."""
    return replace(settings, readiness=replace(settings.readiness, mail_lag=timedelta()))


@pytest.mark.parametrize("slug", [*SLUGS, None])
def test_every_route_lets_in_whom_its_guard_says_and_nobody_else(app: Flask, world: World, slug: str | None) -> None:
    """Of one organization with every role of its catalogue and everybody else; without one, what lies in none."""
    values = example_values(app, world, [slug or "acme"])[slug or "acme"]
    make_documents(app)
    browsers: dict[int | None, Browser] = {}
    wrong = []
    for turn, rule in enumerate(routes(app, slug)):
        guard = access.guard_of(app, rule.endpoint)
        assert guard, f"{rule.rule} has no guard"
        for method, path in addresses(app, rule, values):
            for person in callers(world, slug, turn):
                expected = expected_statuses(guard, person, world, slug)
                if expected == LET_IN and rule.arguments & OF_THEMSELVES:
                    expected = {*LET_IN, 404}
                if expected >= LET_IN and rule.endpoint.partition(".")[0] in OF_CASES:
                    expected = {*LET_IN, 403, 404, 409}
                who = person.user_id if person else None
                browsers[who] = browsers.get(who) or Browser(app, person)
                status = browsers[who].visit(method, path)
                if status not in expected:
                    wrong.append(f"{method} {path} as {person}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)
    assert {one.user_id for one in world.people if one.slug == slug and slug} <= {*browsers}, "a role tried nothing"


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


def routes(app: Flask, slug: str | None) -> list[Rule]:
    """Those in an organization, or those in none; on PostgreSQL, which is asked the same, a part of them."""
    found = [rule for rule in app.url_map.iter_rules() if ("slug" in rule.arguments) == (slug is not None)]
    return found if app.extensions["database"].dialect.name == "sqlite" else found[::5]


def callers(world: World, slug: str | None, turn: int) -> list[Person | None]:
    """Who tries a route: members of the organization, strangers, staff, who was deactivated or only invited, nobody.

    Of members whose roles permit the same each has their turn. What somebody holds elsewhere is not read where they
    are no member: of strangers those try everything who could do most at home, and all others have their turns.
    """
    people = {one: [person for person in world.people if person.slug == one] for one in world.organizations}
    alike: dict[object, list[Person]] = {}
    for person in people.pop(slug, []) if slug else []:
        alike.setdefault(permitted(world, person), []).append(person)
    own = [group[turn % len(group)] for group in alike.values()]
    strangers = [person for others in people.values() for person in others]
    strongest = [others[0] for others in people.values()] if slug else []
    staff = [person for person in world.people if person.staff]
    some = [strangers[turn % len(strangers)], world.people[-1], *(staff if slug is None else [staff[turn % 3]])]
    unfit = [one for one in (*world.deactivated, *world.invited) if one.slug == (slug or "acme")]
    return [*own, *strongest, *some, *unfit, None]


def permitted(world: World, person: Person) -> frozenset[tuple[Action, int | None]]:
    """All that a member may do, in the organization and in its projects."""
    assert person.slug
    roles = catalogues.load(world.organizations[person.slug].catalogue).roles
    in_projects = [(action, one.id) for action in Action if action.in_project for one in world.projects[person.slug]]
    asked = [*in_projects, *((action, None) for action in Action if not action.in_project)]
    return frozenset((one, place) for one, place in asked if allows(roles, person.grants, one, project=place))


def expected_statuses(guard: access.Guard, person: Person | None, world: World, slug: str | None) -> set[int]:
    """What the guard, the roles and the catalogue say; nobody, and who was deactivated, is to sign in."""
    if guard.is_public:
        return LET_IN
    if guard.scope:
        return {401}  # A program's: cookies count for nothing there.
    if person is None or person in world.deactivated:
        return {SIGN_IN}
    if guard.action and slug:
        return expected_of_members(guard.action, person, world, slug)
    return LET_IN if guard.staff_roles is None or guard.staff_roles & person.staff else {403}


def expected_of_members(action: Action, person: Person, world: World, slug: str) -> set[int]:
    """For who is no member, or not yet, there is no such organization."""
    if person.slug != slug or person in world.invited:
        return {404}
    roles = catalogues.load(world.organizations[slug].catalogue).roles
    project = world.projects[slug][0].id if action.in_project else None
    return LET_IN if allows(roles, person.grants, action, project=project) else {403}


def example_values(app: Flask, world: World, slugs: list[str]) -> dict[str, dict[str, object]]:
    wanted = sorted({name for rule in app.url_map.iter_rules() for name in rule.arguments})
    for name in wanted:
        assert name in EXAMPLES, f"say in tests/blueprints/examples.py what stands for <{name}>"
    with database.writing(app.extensions["database"]).begin() as writing:
        return {slug: {name: EXAMPLES[name](writing, world, slug) for name in wanted} for slug in slugs}


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
                assert method != "GET" or "?next=" in answer.location, f"{path} forgets where the person wanted to go"
                return SIGN_IN
        if method != "GET" and answer.status_code < 400:
            # Some of what is done ends sessions.
            self.sign_in()
        return answer.status_code
