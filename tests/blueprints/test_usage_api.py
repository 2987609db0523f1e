"""Programs send usage: by token, all rows or none, by the rules of usage files."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.token_scopes import TokenScope
from portal.models.api_tokens import ApiToken
from portal.models.idempotency import AnsweredRequest
from portal.models.organizations import Organization
from portal.models.usage import UsageImport, UsageRow
from portal.services import api_tokens
from tests.architecture.sources import ROOT
from tests.billed import OWNER
from tests.builders import a_closed_month
from tests.pages import Visitor
from tests.servers import serving
from tests.usage_texts import a_file, a_row

DATABASES = ("sqlite",)

USAGE = "/api/v1/usage"
EXAMPLES = re.compile(r"```sh\n(.*?)```\n+```(?:json)?\n(.*?)```", re.DOTALL)


@pytest.fixture
def make_token(app, world):
    """Makes a token, for one organization or for all."""

    def make(slug: str | None = None) -> str:
        with database.writing(app.extensions["database"]).begin() as session:
            organization = session.get_one(Organization, world.organizations[slug].id) if slug else None
            return api_tokens.make(
                session, "meter", scope=TokenScope.IMPORT_USAGE, at=clock.now(), organization=organization
            ).text

    return make


@pytest.fixture
def send(app, make_token):
    """Sends a usage file as a program does."""
    own = make_token()

    def send(content, *, token=own, kind="text/csv", **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        return app.test_client().post(USAGE, data=content, content_type=kind, headers=sent)

    return send


def count(app, table):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).select_from(table))


def only_token(app) -> ApiToken:
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(ApiToken)).one()


def is_problem(answer, status):
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    return answer.json


def test_a_file_is_stored_under_the_tokens_name_and_again_changes_nothing(app, send):
    content = a_file(a_row(), a_row(external_id="u-2"))
    first = send(content)
    assert (first.status_code, first.json) == (200, {"rows": 2, "new": 2, "known": 0, "late": []})
    assert send(content).json == {"rows": 2, "new": 0, "known": 2, "late": []}
    with database.reading(app.extensions["database"])() as session:
        assert session.scalars(select(UsageImport.name)).all() == [f"{only_token(app).prefix} by API"]
    assert count(app, UsageRow) == 2


def test_what_is_late_says_where_it_went(app, world, send):
    with database.writing(app.extensions["database"]).begin() as session:
        a_closed_month(session, session.get_one(Organization, world.organizations["acme"].id), date(2024, 1, 1))
    late = [{"organization": "acme", "used_in": "2024-01", "posted_in": "2024-02", "rows": 1}]
    assert send(a_file(a_row())).json["late"] == late


def test_a_bad_file_is_refused_with_line_column_and_reason_and_nothing_is_stored(app, send):
    problem = is_problem(send(a_file(a_row(), a_row(external_id="u-2", quantity="1e400"), "acme")), 422)
    assert problem["errors"] == [
        {"line": 3, "column": "quantity", "reason": "“1e400” is not a plain decimal number such as 24 or 0.0125"},
        {"line": 4, "column": "line", "reason": "10 values are expected, not 1"},
    ]
    assert problem["more"] is False
    assert problem["detail"] == "The file is not taken, and nothing of it was stored."
    assert count(app, UsageRow) == 0


def test_at_most_a_hundred_errors_are_listed(send):
    problem = is_problem(send(a_file(*["acme"] * 101)), 422)
    assert (len(problem["errors"]), problem["more"]) == (100, True)


def test_for_the_token_of_one_organization_no_other_exists(app, send, make_token):
    token = make_token("acme")
    problem = is_problem(send(a_file(a_row(), a_row(organization="borealis")), token=token), 422)
    assert [(error["line"], error["reason"]) for error in problem["errors"]] == [
        (3, "“borealis” is not an organization")
    ]
    assert send(a_file(a_row()), token=token).json["new"] == 1


@pytest.mark.parametrize("authorization", [None, "Bearer ", "Bearer portal_0_x", "Basic YTpi", "Token x", "Bearer ä"])
def test_without_a_good_token_nobody_is_let_in(app, send, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    answer = app.test_client().post(USAGE, data=a_file(a_row()), content_type="text/csv", headers=headers)
    assert "token" in is_problem(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm")
    assert count(app, UsageRow) == 0


def test_a_revoked_token_is_good_for_nothing(app, send):
    with database.writing(app.extensions["database"]).begin() as session:
        api_tokens.revoke(session, only_token(app).prefix, at=clock.now())
    is_problem(send(a_file(a_row())), 401)


def test_who_is_signed_in_is_no_program(app, world):
    owner = Visitor(app)
    owner.sign_in(OWNER)
    assert owner.client.post(USAGE, data=a_file(a_row()), content_type="text/csv").status_code == 401


def test_a_token_opens_no_page(app, make_token):
    answer = app.test_client().get("/orgs/acme/", headers={"Authorization": f"Bearer {make_token()}"})
    assert answer.status_code == 303


def test_the_last_use_is_noted_also_of_a_refused_file_and_not_each_time(app, send):
    assert only_token(app).last_used_at is None
    send(b"")
    first = only_token(app).last_used_at
    assert first
    assert abs(clock.now() - first) < timedelta(minutes=1)
    send(a_file(a_row()))
    assert only_token(app).last_used_at == first
    assert api_tokens.is_stale(only_token(app), first + timedelta(minutes=1))


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_what_is_no_usage_file_by_its_type_is_not_read(send, kind):
    assert "Content-Type: text/csv" in is_problem(send(a_file(a_row()), kind=kind), 415)["detail"]


def test_a_file_is_at_most_as_large_as_any_request(app, send):
    row = a_row(sku="x" * 200)
    is_problem(send(a_file(*[row] * (11 * 1024 * 1024 // len(row)))), 413)


def test_a_packed_file_is_not_unpacked(send):
    problem = is_problem(send(gzip.compress(a_file(a_row())), Content_Encoding="gzip"), 422)
    assert problem["errors"][0]["column"] == "line"


@pytest.mark.parametrize(("method", "path", "status"), [("get", USAGE, 405), ("get", "/api/v1/nothing", 404)])
def test_every_error_below_api_is_a_problem_in_json(app, method, path, status):
    answer = app.test_client().open(path, method=method)
    assert is_problem(answer, status)["title"]


def test_the_same_key_and_file_give_the_same_answer(app, send):
    """KEY-1."""
    answers = [send(a_file(a_row()), Idempotency_Key="day-1") for _ in range(2)]
    assert [answer.json["new"] for answer in answers] == [1, 1]
    assert answers[0].content_type == answers[1].content_type == "application/json"
    assert count(app, UsageImport) == 1


def test_the_same_key_with_another_file_is_a_conflict(app, send):
    send(a_file(a_row()), Idempotency_Key="day-1")
    problem = is_problem(send(a_file(a_row(external_id="u-2")), Idempotency_Key="day-1"), 409)
    assert problem["detail"] == "This was sent before with other entries, and those were taken."
    assert count(app, UsageRow) == 1


def test_a_refused_file_leaves_the_key_free(app, send):
    send(a_file(a_row(quantity="-1")), Idempotency_Key="day-1")
    assert count(app, AnsweredRequest) == 0
    assert send(a_file(a_row()), Idempotency_Key="day-1").json["new"] == 1


def test_two_programs_do_not_share_their_keys(app, send, make_token):
    send(a_file(a_row()), Idempotency_Key="day-1")
    assert send(a_file(a_row(external_id="u-2")), token=make_token(), Idempotency_Key="day-1").json["new"] == 1


def test_the_examples_of_the_documentation_answer_as_it_says(database_url, make_token, tmp_path):
    shown = (ROOT / "docs/usage-api.md").read_text("utf-8")
    examples = EXAMPLES.findall(shown)
    assert len(examples) == 3
    with serving(database_url, tmp_path, processes=1) as [address]:
        environ = {"PATH": "/usr/bin:/bin", "PORTAL": address, "TOKEN": make_token()}
        for command, expected in examples:
            answer = subprocess.run(
                ["bash", "-euc", command], env=environ, cwd=tmp_path, capture_output=True, text=True, check=True
            ).stdout
            assert json.loads(answer) | {"request_id": "…"} == json.loads(expected) | {"request_id": "…"}
