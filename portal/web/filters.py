"""The fields that filters of lists have in common: days, and one of a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import DateField, SelectField
from wtforms.validators import Optional, StopValidation

from portal.web.fields import FilterForm, SelectChoice

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
ALL = ""


class Day(DateField):
    """A day; the words for one that is none say how to write it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day as browsers send it; an empty one is none, and no mistake of its own."""
        if valuelist and not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Enter a day that exists, as YYYY-MM-DD.") from None


class Choice(SelectField):
    """One of a list; the words for something else say what to do."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not in the list."""
        try:
            super().pre_validate(form)
        except (ValueError, StopValidation):
            raise StopValidation("Choose one of the list.") from None


def _in_range(_form: object, field: Any) -> None:
    if field.data and not EARLIEST <= field.data <= LATEST:
        raise StopValidation(f"Enter a day from {EARLIEST.year} to {LATEST.year}.")


def _not_before_from(form: Any, field: Any) -> None:
    if field.data and form.from_on.data and field.data < form.from_on.data:
        raise StopValidation("Enter a day that is not before “From”.")


class DaysFilter(FilterForm):
    """From and To, both included; an empty one does not narrow."""

    from_on = Day("From", name="from", validators=[Optional(), _in_range])
    to_on = Day("To", name="to", validators=[Optional(), _in_range, _not_before_from])


def choices(everything: str, values: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What a list offers: everything, and each of the values with its words."""
    return [SelectChoice(ALL, everything), *(SelectChoice(value, words) for value, words in values)]
