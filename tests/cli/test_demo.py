"""`flask demo`: the demo is made by the billing services, agrees with its scenario, and is made once."""

from __future__ import annotations

import itertools
import json
import re
from datetime import date

import click.testing
import pytest
from sqlalchemy import delete, func, select

from portal import catalogues, clock
from portal.app import create_app
from portal.cli.simulate import simulate_command
from portal.config import Settings
from portal.database import reading
from portal.domain.cases import Happening
from portal.domain.periods import Month
from portal.domain.permissions import Action, allows
from portal.domain.response_targets import TargetKind
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.documents import Document, DocumentFile, WaitingDocument
from portal.models.invoices import Invoice
from portal.models.organizations import Organization, User
from portal.models.outbox import Message
from portal.services import belonging, case_access, case_ratings, demo, people, rendering, simulation_answer
from tests.scenarios import simulate

PASSWORD = "demo-portal-2026"
PEOPLE = {
    "acme": {
        "owner", "project-creator", "billing-admin", "billing-viewer", "read-only", "member", "project-owner",
        "project-read-only",
    },
    "borealis": {"super-admin", "project-admin", "operator", "developer", "read-only", "member"},
    "cobalt": {"admin", "member", "collaborator"},
}  # fmt: skip


def an_app(url, folder):
    """An application on the database at `url`, with `flask demo`; what it keeps lies in `folder`."""
    environ = {"FILES_DIR": str(folder / "files"), "DATABASE_URL": url, "SECRET_KEY": "x" * 32}
    return create_app(Settings.from_environment(environ, root=folder))


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["demo", *arguments])


def load_demo(app):
    result = run(app, "load")
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def app(database_url, tmp_path):
    app = an_app(database_url, tmp_path)
    yield app
    app.extensions["database"].dispose()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def loaded(databases, folder):
    """A session in a database with the demo, without its documents, for tests that only look."""
    with databases.fresh() as url:
        app = an_app(url, folder)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("portal.jobs.documents.render", lambda *_, **__: 0)
            load_demo(app)
        with reading(app.extensions["database"])() as session:
            yield session
        app.extensions["database"].dispose()


@pytest.mark.parametrize("slug", ["acme", "borealis"])
def test_the_demo_agrees_row_by_row_with_simulate_of_its_file(loaded, folder, slug):
    file = folder / "demo" / f"{slug}.json"
    printed = click.testing.CliRunner().invoke(simulate_command, [str(file)])
    organization = loaded.scalars(select(Organization).where(Organization.slug == slug)).one()
    until = date.fromisoformat(json.loads(file.read_text("utf-8"))["until"])
    found, expected = simulation_answer.answer(loaded, organization, until=until), json.loads(printed.stdout)
    assert len(expected["invoices"]) >= 15
    if slug != "acme":
        # All that the company sells is numbered in one series, so whoever is played later goes on where acme ended.
        found, expected = unnumbered(found), unnumbered(expected)
    assert found == expected


def unnumbered(answer):
    """The answer with a sign in place of each number of a document."""
    return json.loads(re.sub(r"\b(CI|TI|OF)-[0-9]{4}-[0-9]{6}\b", "number", json.dumps(answer)))


def test_everybody_of_the_demo_is_there_with_the_password(loaded):
    users = loaded.scalars(select(User)).all()
    expected = {f"{role}@{slug}.example" for slug, roles in PEOPLE.items() for role in roles}
    assert {user.email for user in users} == expected | {
        f"{name}@portal.example" for name in ("agent", "finance", "sales")
    }
    assert len({user.password_hash for user in users}) == 1
    credentials = people.credentials_of(loaded, users[0].email)
    assert people.check_password(credentials, PASSWORD).user_id == users[0].id
    staff = {user.email: {role.role for role in user.staff_roles} for user in users if user.staff_roles}
    assert staff == {
        "agent@portal.example": {"support"}, "finance@portal.example": {"billing"}, "sales@portal.example": {"sales"},
    }  # fmt: skip


def test_the_people_hold_the_roles_that_they_are_named_after(loaded):
    assert may_view_billing(loaded, "acme") == {"owner", "billing-admin", "billing-viewer"}
    assert may_view_billing(loaded, "borealis") == {"super-admin"}
    assert may_view_billing(loaded, "cobalt") == {"admin", "member"}
    held = {}
    for slug in PEOPLE:
        for email, grants in grants_of(loaded, slug).items():
            held[email] = (set(grants.organization_roles), set().union(*grants.project_roles.values()))
    assert held["project-owner@acme.example"] == ({"ORG_MEMBER"}, {"GROUP_OWNER"})
    assert held["project-read-only@acme.example"] == ({"ORG_MEMBER"}, {"GROUP_READ_ONLY"})
    assert held["operator@borealis.example"] == ({"member"}, {"operator"})
    assert held["collaborator@cobalt.example"] == (set(), {"collaborator"})


def may_view_billing(session, slug):
    roles = catalogues.load(
        session.scalars(select(Organization.catalogue).where(Organization.slug == slug)).one()
    ).roles
    found = grants_of(session, slug)
    return {email.partition("@")[0] for email, grants in found.items() if allows(roles, grants, Action.VIEW_BILLING)}


def grants_of(session, slug):
    members = [f"{role}@{slug}.example" for role in PEOPLE[slug]]
    found = {}
    for user in session.scalars(select(User).where(User.email.in_(members))):
        belongs = belonging.find(session, user_id=user.id, slug=slug)
        assert belongs
        found[user.email] = belongs.grants
    return found


def test_each_state_of_a_case_can_be_looked_at(loaded):
    states = {
        slug: sorted(case.state.value for case in cases_of(loaded, slug)) for slug in ("acme", "borealis", "cobalt")
    }
    assert states == {
        "acme": ["closed", "closed", "closed", "pending"],
        "borealis": ["closed", "new", "on_hold", "open", "pending", "solved"],
        "cobalt": [],
    }
    latency, restore, again, merged = cases_of(loaded, "acme")
    rating = case_ratings.find(loaded, latency)
    assert rating
    assert rating.is_good
    assert (again.follows_id, merged.merged_into_id) == (restore.id, again.id)
    assert {case.terms["plan"] for case in cases_of(loaded, "acme")} == {"developer"}
    assert {case.terms["plan"] for case in cases_of(loaded, "borealis")} == {"basic"}
    kinds = {(entry.kind.value, entry.visibility.value) for entry in loaded.scalars(select(CaseEntry))}
    assert {("note", "internal"), ("comment", "staff_only")} <= kinds


def cases_of(session, slug):
    own = select(Case).join(Organization, Organization.id == Case.organization_id).where(Organization.slug == slug)
    return session.scalars(own.order_by(Case.id)).all()


def test_customers_of_the_demo_do_to_cases_what_their_roles_permit(loaded):
    for case in loaded.scalars(select(Case)):
        roles = catalogues.load(case.organization.catalogue).roles
        grants = grants_of(loaded, case.organization.slug)[case.requester.email]
        assert case_access.may_raise(roles, grants, case.project), case.subject
    theirs = select(CaseEntry).where(CaseEntry.by_staff.is_(False), CaseEntry.author_id.is_not(None))
    for entry in loaded.scalars(theirs):
        rights = case_access.rights(loaded, loaded.get_one(Case, entry.case_id), entry.author)
        assert rights.may_comment, entry.body
        assert rights.may_manage or entry.happening is not Happening.DISAGREED


def test_promises_to_the_demo_were_kept_and_nothing_is_overdue(loaded):
    """Else the worker would escalate as soon as the portal starts."""
    for case in loaded.scalars(select(Case)):
        is_promised = case.target_kind is TargetKind.TARGET
        assert not is_promised or case.first_responded_at <= case.due_at


def test_of_the_news_of_cases_the_newest_alone_are_mailed(loaded):
    posted = loaded.execute(select(Message.posted_at, Message.subject, Message.text)).all()
    assert 5 <= len(posted) <= 20
    assert min(at for at, _, _ in posted) >= demo.support(today=clock.today()).mail_since
    assert any("/cases/" in text for _, _, text in posted)


def test_a_second_load_completes_the_documents_and_a_third_changes_nothing(
    app, session, monkeypatch, tmp_path, database_kind
):
    with monkeypatch.context() as killed:
        killed.setattr("portal.services.rendering.keep", fail_after(3, rendering.keep))
        with pytest.raises(Killed):
            run(app, "load")
    before, file = counts(session), (tmp_path / "demo" / "acme.json").read_bytes()
    assert (before["users"], before["files"]) == (20, 3)
    # Each takes its time, and how it is drawn does not depend on the database: one of them draws all of acme's.
    lacking = leave_few_waiting(session, but_all_of="acme" if database_kind == "sqlite" else "")
    load_demo(app)
    complete = before | {"files": before["files"] + lacking}
    assert counts(session) == complete
    assert load_demo(app).stdout == ""
    assert counts(session) == complete
    assert (tmp_path / "demo" / "acme.json").read_bytes() == file


def leave_few_waiting(session, *, but_all_of):
    """Let only some of the documents still wait for their files, and all of one organization; how many do."""
    waiting = select(WaitingDocument.document_id).join(Document, Document.id == WaitingDocument.document_id)
    owner = Organization.slug == but_all_of
    all_of = waiting.join(Organization, Organization.id == Document.organization_id)
    left = [
        *session.scalars(all_of.where(owner)),
        *session.scalars(all_of.where(~owner).order_by(Document.id.desc()).limit(5)),
    ]
    session.execute(delete(WaitingDocument).where(WaitingDocument.document_id.not_in(left)))
    session.commit()
    return len(left)


# The second is the last thing before the commit: who finds the demo also finds the file that it was made of.
@pytest.mark.parametrize("step", ["portal.services.people.grant_staff_role", "portal.cli.demo._keep"])
def test_a_load_that_is_cut_short_leaves_nothing_and_the_next_one_makes_all(app, session, monkeypatch, step):
    with monkeypatch.context() as killed:
        killed.setattr(step, fail)
        with pytest.raises(Killed):
            run(app, "load")
    assert set(counts(session).values()) == {0}
    # Documents are another test's.
    monkeypatch.setattr("portal.jobs.documents.render", lambda *_, **__: 0)
    load_demo(app)
    assert counts(session)["users"] == sum(map(len, PEOPLE.values())) + 3


class Killed(BaseException):
    """The end of the process; nothing in it catches this."""


def fail(*_, **__):
    raise Killed


def fail_after(times, function):
    """`function` as it is, and after so many calls the end of the process."""
    left = itertools.chain([function] * times, itertools.repeat(fail))

    def call(*arguments, **options):
        return next(left)(*arguments, **options)

    return call


def counts(session):
    tables = {"users": User, "invoices": Invoice, "documents": Document, "files": DocumentFile}
    found = {name: session.scalar(select(func.count()).select_from(table)) for name, table in tables.items()}
    # The next command needs the database for itself.
    session.rollback()
    return found


def test_the_scenario_is_printed_as_of_today(app):
    result = run(app, "scenario", "acme")
    assert json.loads(result.stdout)["until"] == clock.today().isoformat()
    unknown = run(app, "scenario", "cobalt")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "acme" in unknown.stderr


@pytest.mark.parametrize(
    "today", [date(2026, 11, 20), date(2026, 3, 1), date(2028, 2, 29), date(2027, 5, 31), date(2026, 12, 31)]
)
def test_on_any_day_the_demo_has_fifteen_closed_months_and_the_last_one_is_the_one_before(today):
    answer = simulate(json.loads(demo.scenario_text("acme", today=today)))
    periods = [one["period"] for one in answer["invoices"]]
    assert len(periods) >= 15
    assert periods[-1] == str(Month.of(today).preceding())
    methods = {row["method"] for one in answer["invoices"] for row in one["payments"]}
    assert methods == {"card", "paypal", "unpaid", "elastic", "promotional", "prepaid", "monthly_commitment"}
    assert answer["organization"] == {"status": "active", "support_plan": "basic", "elastic_active": False}
    assert {credit["state"] for credit in answer["credits"]} == {"active", "upcoming", "expired"}
    assert {"CHARGE_FAILED", "TAX_ID_CHANGED"} <= {event["type"] for event in answer["events"]}


def test_the_demo_covers_every_catalogue(loaded):
    assert set(loaded.scalars(select(Organization.catalogue))) == set(catalogues.names())
