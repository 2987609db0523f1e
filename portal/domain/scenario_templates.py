"""Templates of scenario files: days are counted back from today, so that a demo always ends now."""

from __future__ import annotations

import re
from datetime import date, timedelta

from portal.domain.errors import Refusal
from portal.domain.periods import Month, add_months

_PLACEHOLDER = re.compile(
    r"\{(?:(?P<today>today)|workday-(?P<workdays>[0-9]{1,3})|month(?P<months>[-+][0-9]{1,3})(?P<end> end)?)\}"
)

_SATURDAY = 5


def materialise(template: str, *, today: date) -> str:
    """`template` with its placeholders replaced.

    `{today}` is the day, `{month-3}` the third month before that of today as `YYYY-MM` (so `{month-3}-15` is a day
    in it), `{month-3 end}` the last day of that month; `{month+3}` is the third one after it. `{workday-3}` is the
    third day before today that is neither a Saturday nor a Sunday.
    """

    def replace(found: re.Match[str]) -> str:
        if found["today"]:
            return today.isoformat()
        if found["workdays"]:
            return _workday_before(today, int(found["workdays"])).isoformat()
        month = Month.of(add_months(Month.of(today).first_on, int(found["months"])))
        return (month.last_on.isoformat()) if found["end"] else str(month)

    text = _PLACEHOLDER.sub(replace, template)
    if left := re.search(r"\{(today|workday|month)[^}\"]*\}", text):
        raise Refusal(f"The template has a placeholder that means nothing: {left[0]}")
    return text


def _workday_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day
