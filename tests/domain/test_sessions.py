"""When a session has ended by itself, and what a browser is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.errors import TooSoon
from portal.domain.sessions import Lifetime, browser_words

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
LIFETIME = Lifetime(idle=timedelta(hours=8), at_most=timedelta(days=7))


@pytest.mark.parametrize(
    ("seen_after", "asked_after", "is_over"),
    [
        (timedelta(0), timedelta(hours=8, seconds=-1), False),
        (timedelta(0), timedelta(hours=8), True),
        (timedelta(days=6, hours=20), timedelta(days=7, seconds=-1), False),
        (timedelta(days=7, seconds=-1), timedelta(days=7), True),
    ],
)
def test_a_session_ends_when_nobody_is_there_and_after_its_longest_time(seen_after, asked_after, is_over):
    assert LIFETIME.is_over(started_at=START, last_seen_at=START + seen_after, at=START + asked_after) is is_over


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        ("Linux; Android 15; Pixel 9) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Macintosh; Intel Mac OS X 10_15_7) Version/18.6 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.17.0", "Unknown browser"),
        ("Lynx (Linux)", "A browser on Linux"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_its_person_calls_it(user_agent, words):
    assert browser_words(user_agent) == words


@pytest.mark.parametrize(("seconds", "words"), [(1, "in 1 second."), (60, "in 1 minute."), (841, "in 15 minutes.")])
def test_who_tried_too_often_is_told_when_it_goes_on_and_never_too_early(seconds, words):
    assert str(TooSoon(seconds)) == f"Too many attempts. Try again {words}"
