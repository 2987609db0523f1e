"""The filters of the invoice list and of usage details; their state stands in the address."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from wtforms import BooleanField

from portal.services.invoices import InvoiceOrder, InvoiceQuery, StatusFilter
from portal.services.usage_details import LineOrder, LineQuery, UsageSummary
from portal.web.filters import ALL, Choice, DaysFilter, choices


class InvoiceFilter(DaysFilter):
    """What narrows and sorts the invoice list (7.2)."""

    in_order = ("status",)

    status = Choice(
        "Status",
        choices=choices("All", ((choice.value, choice.name.title()) for choice in StatusFilter)),
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
        self.project.choices = choices("All projects", ((cost.hex_id, cost.name) for cost in summary.by_project))
        self.service.choices = choices("All services", ((cost.name, cost.name) for cost in summary.by_service))

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
