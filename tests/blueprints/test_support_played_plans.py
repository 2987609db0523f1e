"""The decision table of atlas 2.3 and the returns of 2.5, played on their days and read from page, feed and invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.services import subscriptions, support_turns
from tests.blueprints.casework import writing
from tests.blueprints.played import Game, begin, due
from tests.customers import midnight

DATABASES = ("sqlite",)
GAP = "1 Apr 2024 – 30 Apr 2024 30 $60.00 1 May 2024 – 19 May 2024 19 $36.77"


@pytest.fixture
def game(app, monkeypatch):
    return begin(app, monkeypatch)


def play(game: Game, slug: str, *steps: tuple[str, str]) -> str:
    """Each plan is chosen on its day; the text in which the last one said what it costs."""
    shown = ""
    game.go("2024-01-01T00:00")
    game.customer(slug)
    for on, plan in steps:
        game.go(f"{on}T12:00")
        shown, _ = game.confirms(slug, f"/plans/{plan}")
    return shown


def plan_on(game: Game, slug: str, on: str) -> str:
    game.go(f"{on}T12:00")
    return game.plan(slug)


def test_an_upgrade_is_paid_from_the_next_month_on_whatever_the_day(game):
    """M4: on the last of January, on the first of June, in December."""
    for at, on, first, begins in (
        ("2024-01-05", "2024-01-31", "1 February 2024", "2024-02"),
        ("2024-04-10", "2024-06-01", "1 July 2024", "2024-07"),
        ("2024-04-10", "2024-12-15", "1 January 2025", "2025-01"),
    ):
        slug = f"up-{on}"
        shown = play(game, slug, (at, "developer"), (on, "pro"))
        assert f"10 % of the month’s usage, at least $799.00 a month, from {first} on" in shown
        assert game.plan(slug) == "Pro", "it is had at once"
        assert due(game.bill(slug, on[:7])) == ("$0.00" if on == "2024-01-31" else "$60.00"), "this month is unchanged"
        assert due(game.bill(slug, begins)) == "$799.00"


def test_a_downgrade_on_the_last_of_february_holds_from_march_on(game):
    """M5."""
    shown = play(game, "down", ("2024-01-10", "pro"), ("2024-02-29", "developer"))
    assert "Pro up to and including 29 February 2024, Developer from 1 March 2024" in shown
    assert "$60.00 a month, from 1 March 2024 on First on the invoice for March 2024, with $60.00." in shown
    assert (game.plan("down"), plan_on(game, "down", "2024-03-01")) == ("Pro", "Developer")
    assert [due(game.bill("down", month)) for month in ("2024-02", "2024-03")] == ["$799.00", "$60.00"]


def test_a_cancelled_plan_is_had_and_billed_to_the_last_of_april(game):
    """M6."""
    shown = play(game, "cancel", ("2024-01-10", "developer"), ("2024-04-10", "basic"))
    assert "Developer up to and including 30 April 2024, Basic from 1 May 2024" in shown
    assert "Nothing from 1 May 2024 on. Developer is billed until then." in shown
    assert [plan_on(game, "cancel", on) for on in ("2024-04-30", "2024-05-01")] == ["Developer", "Basic"]
    assert [due(game.bill("cancel", month)) for month in ("2024-04", "2024-05")] == ["$60.00", "$0.00"]


def test_a_trial_has_thirty_days_and_the_thirty_first_is_billed(game):
    """M1, M2: from 14 May and from 31 January of a leap year."""
    for on, last, billed, month, amount in (
        ("2024-05-14", "12 June 2024", "13 June 2024", "2024-06", "$36.00"),
        ("2024-01-31", "29 February 2024", "1 March 2024", "2024-03", "$60.00"),
    ):
        shown = play(game, f"trial-{on}", (on, "developer/trial"))
        assert f"Free trial Up to and including {last}." in shown
        assert f"$60.00 a month, from {billed} on First on the invoice for" in shown
        assert f"with {amount}." in shown
        before = f"2024-{int(month[-2:]) - 1:02}"
        assert [due(game.bill(f"trial-{on}", one)) for one in (before, month)] == ["$0.00", amount]


def test_the_last_day_of_a_trial_stops_it_and_the_first_paid_day_does_not(game):
    """M3, M6."""
    assert "Nothing is billed." in play(game, "last", ("2024-05-14", "developer/trial"), ("2024-06-12", "basic"))
    assert game.plan("last") == "Basic"
    assert due(game.bill("last", "2024-06")) == "$0.00"
    shown = play(game, "paid", ("2024-05-14", "developer/trial"), ("2024-06-13", "basic"))
    assert "Developer up to and including 30 June 2024" in shown
    assert [plan_on(game, "paid", on) for on in ("2024-06-30", "2024-07-01")] == ["Developer", "Basic"]
    assert [due(game.bill("paid", month)) for month in ("2024-06", "2024-07")] == ["$36.00", "$0.00"]


def test_a_trial_is_had_once(game):
    """M1."""
    play(game, "twice", ("2024-05-14", "developer/trial"), ("2024-05-20", "basic"))
    game.go("2024-05-22T12:00")
    page = game.page("twice", "/plans/developer/trial")
    assert page.soup.select("main form[method=post]") == []
    assert game.page("twice", "/plans").soup.find("a", href="/orgs/twice/support/plans/developer/trial") is None


def test_another_choice_replaces_what_was_scheduled(game):
    """M7."""
    play(game, "other", ("2024-01-10", "pro"), ("2024-03-10", "basic"), ("2024-03-20", "developer"))
    assert [plan_on(game, "other", on) for on in ("2024-03-31", "2024-04-01")] == ["Pro", "Developer"]
    assert due(game.bill("other", "2024-04")) == "$60.00"


def test_pro_out_of_a_trial_is_had_at_once_and_paid_from_the_next_month_on(game):
    """M7a."""
    shown = play(game, "trial-pro", ("2024-05-14", "developer/trial"), ("2024-05-20", "pro"))
    assert "at least $799.00 a month, from 1 June 2024 on" in shown
    assert game.plan("trial-pro") == "Pro"
    assert [due(game.bill("trial-pro", month)) for month in ("2024-05", "2024-06")] == ["$0.00", "$799.00"]


def test_a_change_that_is_taken_back_goes_on_at_its_price(game):
    """M7: what is billed already is billed as before, and what was not yet from when it would have been."""
    for slug, bought, billed, said in (
        ("back", "2024-02-14", "$799.00", "at least $799.00 a month, as until now"),
        (
            "new",
            "2024-05-14",
            "$0.00",
            "from 1 June 2024 on First on the invoice for June 2024, with at least $799.00.",
        ),
    ):
        play(game, slug, (bought, "pro"), ("2024-05-20", "basic"))
        game.go("2024-05-22T12:00")
        shown, _ = game.confirms(slug, "/keeping")
        assert said in shown
        assert plan_on(game, slug, "2024-06-01") == "Pro"
        assert [due(game.bill(slug, month)) for month in ("2024-05", "2024-06")] == [billed, "$799.00"]


def test_an_upgrade_that_is_cancelled_in_its_month_costs_nothing_and_says_so(game):
    """M7b: from Basic nothing at all, from Developer the month of Developer."""
    shown = play(game, "short", ("2024-05-14", "pro"), ("2024-05-20", "basic"))
    assert "Price Nothing is billed." in shown
    assert [plan_on(game, "short", on) for on in ("2024-05-31", "2024-06-01")] == ["Pro", "Basic"]
    assert [due(game.bill("short", month)) for month in ("2024-05", "2024-06")] == ["$0.00", "$0.00"]
    steps = ("2024-01-14", "developer"), ("2024-05-14", "pro"), ("2024-05-20", "basic")
    assert "Nothing from 1 June 2024 on. Developer is billed until then." in play(game, "shorter", *steps)
    assert [due(game.bill("shorter", month)) for month in ("2024-05", "2024-06")] == ["$60.00", "$0.00"]


def test_a_contracts_plan_ends_with_it(game):
    """M10."""
    customer, sold_on = game.customer("sold"), date(2024, 1, 1)
    elastic = SubscriptionType.ELASTIC
    terms = Terms(
        type=elastic, starts_on=sold_on, months=2, currency="USD", elastic_unit_price=Decimal(1), support_plan="pro"
    )
    with writing(game.app) as session:
        subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(sold_on))
    assert [plan_on(game, "sold", on) for on in ("2024-02-29", "2024-03-01")] == ["Pro", "Basic"]
    assert "There are no support cases with Basic" in game.page("sold").text


@pytest.mark.parametrize(
    ("before", "last", "shown", "together", "billed"),
    [
        pytest.param("developer", ("2024-05-20", "developer"), GAP, "$96.77", "$120.00", id="R1"),
        pytest.param(
            "developer",
            ("2024-08-15", "developer"),
            "17 May 2024 – 31 May 2024 15 $29.03",
            "$176.13",
            "$209.03",
            id="R2",
        ),
        pytest.param("pro", ("2024-04-01", "pro"), None, None, "$799.00", id="R3"),
        pytest.param(
            "developer",
            ("2024-06-30", "developer"),
            "1 Jun 2024 – 29 Jun 2024 29 $58.00",
            "$178.00",
            "$180.00",
            id="R4",
        ),
        pytest.param("developer", ("2024-05-20", "pro"), None, None, "$309.29", id="R5"),
        pytest.param("pro", ("2024-05-20", "developer"), GAP, "$96.77", "$120.00", id="R6"),
    ],
)
def test_who_comes_back_is_shown_and_billed_the_days_between(game, before, last, shown, together, billed):
    """M11: the plan was cancelled to the end of March; the rest of the month of the return is billed by days."""
    text = play(game, "back", ("2024-02-10", before), ("2024-03-10", "basic"), last)
    assert ("Days since your last paid plan" in text) is (together is not None)
    assert (shown or "") in text
    assert (f"Together {together}" if together else "") in text
    assert f"{'at least ' if last[1] == 'pro' else ''}{billed}." in text, "what the first invoice bears"
    assert game.plan("back") == last[1].title(), "it is had at once"
    assert due(game.bill("back", last[0][:7])) == billed


def test_after_a_cancelled_trial_the_days_between_are_billed_too(game):
    """R7."""
    days = ("2024-05-14", "developer/trial"), ("2024-05-20", "basic"), ("2024-06-05", "developer")
    text = play(game, "back", *days)
    assert "21 May 2024 – 31 May 2024 11 $21.29 1 Jun 2024 – 4 Jun 2024 4 $8.00 Together $29.29" in text
    assert due(game.bill("back", "2024-06")) == "$81.29"


def test_the_feed_tells_of_each_turn_once(game):
    """2.3: activated, cancellation scheduled, cancelled, updated."""
    play(game, "feed", ("2024-01-10", "developer"), ("2024-02-10", "pro"), ("2024-04-10", "basic"))
    for on in ("2024-05-01", "2024-05-02"):
        game.go(f"{on}T00:05")
        with writing(game.app) as session:
            for choice in support_turns.due(session, on=game.at.date()):
                support_turns.note(session, choice, at=game.at)
    feed = game.visitor().get("/orgs/feed/activity").text.partition(" Apply ")[2]
    for words in ("Support plan activated", "plan updated", "cancellation scheduled", "Support plan cancelled"):
        assert feed.count(words) == 1, words
