"""The progress of a month follows by itself in the browser, and rests where nobody looks."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal import clock, database
from portal.domain.periods import Month
from portal.jobs import month_closes
from portal.models.organizations import Organization
from tests.customers import a_customer, midnight, use

DATABASES = ("sqlite",)
pytestmark = pytest.mark.parametrize("walk", ["with script"], indirect=True)
LAST = Month.of(clock.today()).preceding()


@pytest.fixture
def open_session(site):
    opener = database.writing(site.app.extensions["database"])
    with opener() as session:
        session.execute(update(Organization).values(created_at=midnight(LAST.first_on)))
        use(session, a_customer(session, "faulty", country=None, since=LAST.first_on), LAST.first_on, "10")
        session.commit()
    return opener


def test_the_page_follows_a_close_without_being_loaded_again(walk, open_session):
    walk.sign_in("billing@portal.example")
    walk.open("/staff/months")
    page = walk.page
    assert page.get_by_text("0 of 4").count()
    loads = []
    page.on("load", lambda: loads.append(page.url))
    list(month_closes.close_ended(open_session, after_days=0, now=clock.now))
    page.get_by_text("3 of 4").first.wait_for()
    assert page.get_by_role("cell", name="no billing address").count()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("A worker is told to close it now.").wait_for()
    assert page.locator("#close-now:focus").count()
    assert not loads
    assert not walk.complaints


def test_a_page_that_nobody_sees_asks_for_nothing(walk, open_session):
    walk.sign_in("billing@portal.example")
    walk.open("/staff/months")
    page = walk.page
    asked = []
    page.on("request", lambda request: asked.append(request.headers) if "polls=" in request.url else None)
    with page.expect_request(lambda request: "polls=" in request.url):
        pass
    # What a browser does when another tab is opened.
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});"
        "window.ticks = 0; document.addEventListener('htmx:before:request', () => window.ticks++)"
    )
    asked.clear()
    while page.evaluate("window.ticks") < 2:
        page.wait_for_timeout(100)
    assert not asked
    page.evaluate("delete document.hidden")
    with page.expect_request(lambda request: "polls=" in request.url) as waiting:
        pass
    assert waiting.value.headers["x-poll"] == "1"
