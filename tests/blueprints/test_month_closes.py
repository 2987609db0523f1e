"""Staff see how far the close of a month is, and have it closed now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock, database
from portal.domain.periods import Month
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs import charges, month_closes
from portal.models.invoices import ClosingRequest
from portal.models.organizations import Organization
from portal.services import month_progress
from tests.customers import a_customer, live_at, midnight, use

DATABASES = ("sqlite",)
LAST = Month.of(clock.today()).preceding()
URL = "/staff/months"


@pytest.fixture
def open_session(app):
    return database.writing(app.extensions["database"])


@pytest.fixture
def customers(open_session):
    """One whose month can be closed, and one whose address is missing."""
    with open_session() as session:
        # The world's own customer of this catalogue would have years to close.
        session.execute(update(Organization).values(created_at=midnight(LAST.first_on)))
        made = {
            slug: a_customer(session, slug, country=country, since=LAST.first_on)
            for slug, country in (("sound", "IE"), ("faulty", None))
        }
        for customer in made.values():
            use(session, customer, LAST.first_on, "10")
        session.commit()
    return made


def run_close(open_session):
    list(month_closes.close_ended(open_session, after_days=0, now=clock.now))
    charges.collect(open_session, SandboxGateway(), at=clock.now())


def figures(page):
    return {
        " ".join(one.dt.text.split()): " ".join(one.dd.text.split())
        for one in page.soup.select("#month dl.figures > div")
    }


def test_before_the_close_everything_is_still_to_go(visitor, customers):
    visitor.sign_in("billing@portal.example")
    page = visitor.get(URL)
    assert page.h1 == "Month close"
    # The world's own organizations are to be closed, too.
    assert "0 of 5" in page.text
    assert "First closed" not in page.text


def test_the_page_says_what_was_made_and_who_was_set_aside_and_why(visitor, customers, open_session):
    run_close(open_session)
    visitor.sign_in("billing@portal.example")
    page = visitor.get(URL)
    assert "4 of 5" in page.text
    shown = figures(page)
    assert (shown["Organizations closed"], shown["Invoices"], shown["Documents made"]) == ("4", "4", "0")
    assert "1 set aside" in page.text
    (row,) = page.soup.select("#month tbody tr")
    assert "Faulty faulty" in " ".join(row.th.text.split())
    assert "no billing address" in row.text


def test_while_something_is_under_way_the_page_asks_again_less_and_less_and_then_no_more(
    visitor, customers, open_session
):
    run_close(open_session)
    visitor.sign_in("billing@portal.example")
    part, pauses = visitor.part(URL), []
    for _ in range(9):
        section = part.soup.section
        assert section["data-hx-headers"] == '{"X-Poll": "1"}'
        pauses.append(int(section["data-hx-trigger"].removeprefix("every ").removesuffix("s")))
        part = visitor.part(section["data-hx-get"])
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2, 30)
    assert "data-hx-get" not in visitor.part(f"{URL}?month=2001-01").soup.section.attrs


def test_close_now_is_kept_with_who_asked_and_tries_again_what_was_set_aside(visitor, customers, open_session):
    run_close(open_session)
    visitor.sign_in("billing@portal.example")
    with open_session() as session:
        live_at(session, customers["faulty"], on=LAST.first_on)
        session.commit()
    assert list(month_closes.close_ended(open_session, after_days=0, now=clock.now)) == []
    page = visitor.get(URL)
    for _ in range(2):
        page = page.submit(f"{URL}/{LAST}/closing").follow()
    assert "A worker is told to close it now." in page.text
    closed = list(month_closes.close_ended(open_session, after_days=0, now=clock.now))
    assert [(one.slug, one.reason) for one in closed] == [("faulty", None)]
    with open_session() as session:
        asked = session.scalars(select(ClosingRequest)).all()
        assert [one.period_on for one in asked] == [LAST.first_on] * 2
    assert "5 of 5" in visitor.get(URL).text
    assert not visitor.get(URL).soup.find(id="close-now")


def test_close_now_does_not_wait_for_late_usage(visitor, customers, open_session):
    """After the month, before the days for late usage are over."""
    day_after = midnight(LAST.ends_before) + timedelta(hours=1)

    def closed_for() -> int:
        list(month_closes.close_ended(open_session, after_days=1, now=lambda: day_after))
        with open_session() as session:
            return month_progress.progress(session, LAST).organizations.done

    assert closed_for() == 0
    visitor.sign_in("billing@portal.example")
    visitor.get(URL).submit(f"{URL}/{LAST}/closing")
    assert closed_for() == 4


def test_a_month_that_runs_cannot_be_closed(visitor, customers):
    visitor.sign_in("billing@portal.example")
    token = visitor.get(URL).soup.find("input", attrs={"name": "csrf_token"})["value"]
    running = LAST.following()
    refused = visitor.post(f"{URL}/{running}/closing", {"csrf_token": token})
    assert refused.status == 422
    assert "has not ended yet" in refused.text


def test_an_older_month_has_its_own_progress(visitor, customers, open_session):
    run_close(open_session)
    visitor.sign_in("billing@portal.example")
    page = visitor.get(URL)
    before = f"{LAST.preceding()}"
    assert f"{URL}?month={before}" in [link["href"] for link in page.soup.select("main td a, main th a")]
    assert visitor.get(f"{URL}?month={before}").soup.find(id="month-title").text.split()[0] == (
        f"{LAST.preceding().first_on:%B}"
    )


def test_only_staff_of_billing_may_see_it(visitor):
    visitor.sign_in("support@portal.example")
    assert visitor.get(URL).status == 403
