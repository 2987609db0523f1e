"""The filters of the invoice list and of usage details; their state stands in the address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import request
from wtforms import BooleanField, DateField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # its types are of an older version
from wtforms.validators import Optional, StopValidation

from portal.services.invoices import InvoiceOrder, InvoiceQuery, StatusFilter
from portal.services.usage_details import LineOrder, LineQuery, UsageSummary
from portal.web.fields import FilterForm

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
ALL = ""


class Day(DateField):
    """A day; the words for one that is none say how to write it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day as browsers send it."""
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


def _choices(everything: str, values: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(ALL, everything), *(SelectChoice(value, words) for value, words in values)]


class InvoiceFilter(DaysFilter):
    """What narrows and sorts the invoice list (7.2)."""

    in_order = ("status",)

    status = Choice(
        "Status",
        choices=_choices("All", ((choice.value, choice.name.title()) for choice in StatusFilter)),
        default=ALL,
    )

    def query(self) -> InvoiceQuery:
        """What to ask the service for, once the form is valid."""
        order, descending = sorting("-date", (choice.value for choice in InvoiceOrder))
        return InvoiceQuery(
            status=StatusFilter(self.status.data) if self.status.data else None,
            from_on=self.from_on.data,
            to_on=self.to_on.data,
            order=InvoiceOrder(order),
            descending=descending,
        )


class LineFilter(DaysFilter):
    """What narrows and sorts the usage details (7.4)."""

    in_order = ("project", "service")

    project = Choice("Project", default=ALL)
    service = Choice("Service", default=ALL)
    zero = BooleanField("Show lines of 0.00")

    def __init__(self, summary: UsageSummary) -> None:
        super().__init__()
        self.project.choices = _choices("All projects", ((cost.hex_id, cost.name) for cost in summary.by_project))
        self.service.choices = _choices("All services", ((cost.name, cost.name) for cost in summary.by_service))

    def query(self) -> LineQuery:
        """What to ask the service for, once the form is valid."""
        order, descending = sorting("-date", (choice.value for choice in LineOrder))
        return LineQuery(
            project=self.project.data or None,
            service=self.service.data or None,
            from_on=self.from_on.data,
            to_on=self.to_on.data,
            with_zero=self.zero.data,
            order=LineOrder(order),
            descending=descending,
        )


def sorting(default: str, keys: Iterable[str]) -> tuple[str, bool]:
    """The key of `?sort=` and whether it is descending ("-date"); `default` where it names no key."""
    given = request.args.get("sort", default)
    wanted = given if given.removeprefix("-") in set(keys) else default
    return wanted.removeprefix("-"), wanted.startswith("-")
