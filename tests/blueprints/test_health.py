"""Whether the portal lives, and whether it can do its work."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from portal import clock, database
from portal.app import create_app
from portal.config.readiness import ReadinessSettings
from portal.services import outbox
from portal.services.letters import Letter
from portal.web import readiness
from tests.pages import counted


@pytest.fixture
def portal(settings):
    """Makes a portal with other settings."""
    made = []

    def make(**changed):
        made.append(create_app(replace(settings, **changed)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["database"].dispose()


def ready(app):
    """What `/readyz` says: its status, and what is wrong."""
    answer = app.test_client().get("/readyz")
    return answer.status_code, {name: words for name, words in answer.json["checks"].items() if words != "ok"}


def test_a_portal_that_lives_says_so_and_asks_nobody(portal):
    app = portal()
    with counted(app) as statements:
        answer = app.test_client().get("/healthz", headers={"Cookie": "session=forged"})
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert not statements
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("trusted", ["portal.example", ".portal.example"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_probes_ask_by_any_name_and_nobody_else_does(portal, trusted, proxies):
    client = portal(trusted_hosts=(trusted,), trusted_proxies=proxies).test_client()

    def status(path):
        forwarded = {"X-Forwarded-Host": "balancer.internal"} if proxies else {}
        return client.get(path, headers={"Host": "10.0.0.7:8000"} | forwarded).status_code

    assert [status(path) for path in ("/healthz", "/readyz", "/sign-in", "/static/base.css/")] == [200, 200, 400, 400]


def test_a_portal_that_can_work_is_ready(portal):
    answer = portal().test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert list(answer.json["checks"].values()) == ["ok"] * 5
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_database_that_does_not_answer_is_named_and_nothing_of_it(portal, tmp_path):
    (tmp_path / "no-folder").write_text("")
    status, wrong = ready(portal(database_url=f"sqlite:///{tmp_path}/no-folder/x.sqlite"))
    assert status == 503
    assert wrong["database"] == "does not answer"


def test_a_database_that_lacks_a_migration_is_not_ready(portal):
    app = portal()
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert ready(app) == (503, {"migrations": "the database lacks migrations of this version: flask db upgrade"})


def test_the_last_version_stays_ready_while_the_next_one_has_migrated(portal):
    app = portal()
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert ready(app) == (200, {})


def test_mail_that_nobody_sends_is_told(portal):
    app = portal()
    with database.writing(app.extensions["database"]).begin() as session:
        posted_at = clock.now() - timedelta(minutes=90, seconds=30)
        outbox.post(session, Letter("Hello", "Hello."), to=["lena@acme.example"], key="k", at=posted_at)
    assert ready(app) == (503, {"mail": "the oldest has been due for 90 minutes"})
    assert ready(portal(readiness=ReadinessSettings(mail_lag=timedelta()))) == (200, {})


def test_a_full_disk_is_told(portal, tmp_path):
    free = shutil.disk_usage(tmp_path).free
    status, wrong = ready(portal(readiness=ReadinessSettings(disk_bytes=free * 2)))
    assert status == 503
    assert list(wrong) == ["disk"]


def test_a_folder_that_cannot_be_written_to_is_told(portal, tmp_path):
    (tmp_path / "taken").write_text("")
    assert ready(portal(files_dir=tmp_path / "taken/files")) == (503, {"files": "the folder cannot be written to"})


def test_however_often_it_is_asked_the_database_is_asked_once_a_second(portal):
    app = portal()
    at = clock.now()
    with app.app_context(), counted(app) as statements:
        readiness.problems(at=at)
        first = len(statements)
        for milliseconds in range(0, 1000, 50):
            readiness.problems(at=at + timedelta(milliseconds=milliseconds))
        assert len(statements) == first > 0
        readiness.problems(at=at + timedelta(seconds=1))
    assert len(statements) == 2 * first
