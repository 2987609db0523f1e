"""Fifty at once are one, over HTTP, in two processes that share nothing but the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.token_scopes import TokenScope
from portal.models.billing_groups import BillingProfile
from portal.models.history import Activity
from portal.models.usage import UsageImport, UsageRow
from portal.services import api_tokens
from portal.web import idempotency
from tests.billed import OWNER
from tests.blueprints.test_once import PROFILE, filled
from tests.servers import SECRET, serving
from tests.usage_texts import a_file, a_row

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = 50


@pytest.fixture
def addresses(app, world, database_url, tmp_path) -> Iterator[list[str]]:
    assert app.secret_key == SECRET
    with serving(database_url, tmp_path) as addresses:
        yield addresses


def send_at_once(addresses, path, body, headers) -> set[tuple[object, ...]]:
    """What so many requests at the same moment are answered, each kind of answer once."""

    def send(number: int) -> tuple[object, ...]:
        connection = HTTPConnection(urlsplit(addresses[number % len(addresses)]).netloc, timeout=60)
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        got = answer.status, answer.headers["Location"], answer.read()
        connection.close()
        return got

    with ThreadPoolExecutor(TIMES) as threads:
        return set(threads.map(send, range(TIMES)))


def counts(app, *tables):
    with database.reading(app.extensions["database"])() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_fifty_forms_at_once_are_one_change(app, visitor, addresses):
    visitor.sign_in(OWNER)
    before = counts(app, Activity)[0]
    body = urlencode(filled(visitor))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"session={visitor.client.get_cookie('session').value}",
    }
    answers = send_at_once(addresses, PROFILE, body, headers)
    assert [answer[:2] for answer in answers] == [(303, PROFILE)]
    assert counts(app, BillingProfile, Activity) == [1, before + 1]


def test_fifty_files_at_once_are_one_import(app, addresses):
    with database.writing(app.extensions["database"]).begin() as session:
        token = api_tokens.make(session, "meter", scope=TokenScope.IMPORT_USAGE, at=clock.now()).text
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}", idempotency.HEADER: "2024-01-10"}
    answers = send_at_once(addresses, "/api/v1/usage", a_file(a_row(), a_row(external_id="u-2")), headers)
    assert answers == {(200, None, b'{"known":0,"late":[],"new":2,"rows":2}\n')}
    assert counts(app, UsageRow, UsageImport) == [2, 1]
