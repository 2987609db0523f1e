"""Which days a set of public holidays has, by the library that knows them."""

from __future__ import annotations

from functools import cache

import holidays

from portal.domain.business_hours import Holidays
from portal.domain.response_targets import HolidaySet


def holidays_of(holiday_set: HolidaySet) -> Holidays:
    """The days of the set, of any year (SL-1): those that are public holidays by law, moved as the law moves them."""
    return _days(holiday_set.country, holiday_set.subdivision)


@cache
def _days(country: str, subdivision: str | None) -> Holidays:
    # Made once: it works each year out when it is first asked for a day of it.
    return holidays.country_holidays(country, subdiv=subdivision)
