"""How long sessions last is a setting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.config import SettingsError
from portal.config.sessions import lifetimes
from portal.domain.sessions import Lifetime, Lifetimes


def test_nothing_set_is_a_working_day_for_customers_and_an_hour_for_staff():
    assert lifetimes({}) == Lifetimes(
        customers=Lifetime(timedelta(hours=8), timedelta(days=7)),
        staff=Lifetime(timedelta(hours=1), timedelta(hours=12)),
    )


def test_each_time_is_a_setting_of_its_own():
    given = {"SESSION_IDLE_MINUTES": "30", "SESSION_HOURS": "24"}
    staff = {"STAFF_SESSION_IDLE_MINUTES": "5", "STAFF_SESSION_HOURS": "1"}
    assert lifetimes(given | staff) == Lifetimes(
        customers=Lifetime(timedelta(minutes=30), timedelta(hours=24)),
        staff=Lifetime(timedelta(minutes=5), timedelta(hours=1)),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("SESSION_IDLE_MINUTES", "4"), ("SESSION_HOURS", "0"), ("STAFF_SESSION_HOURS", "1.5"), ("SESSION_HOURS", "")],
)
def test_what_is_no_such_time_stops_the_start_by_name(name, value):
    with pytest.raises(SettingsError, match=f"^{name}: a whole number from"):
        lifetimes({name: value})
