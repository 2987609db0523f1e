"""What narrows a list of cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField

from portal.domain.cases import CUSTOMER_WORDS
from portal.domain.catalogue import Catalogue
from portal.models.organizations import Project
from portal.services.case_lists import Sort, Tab
from portal.services.saved_views import LONGEST_NAME
from portal.web.fields import Form, SelectChoice, text_field
from portal.web.filters import Choice, DaysFilter, choices

_SORTS = {
    Sort.UPDATED: "Last change",
    Sort.CREATED: "Opening",
    Sort.DUE: "First response due",
    Sort.SEVERITY: "Severity",
}


class NamingForm(Form):
    """The name of a view, and of which list."""

    name = text_field("Name of the view", longest=LONGEST_NAME)
    query = HiddenField()

    def refuse(self, why: str) -> None:
        """Say what is wrong with the name."""
        self.name.errors = [why]


class ListFilter(DaysFilter):
    """State, severity, project and product of a case, days of its opening, words in it; the tab stands with them."""

    in_order = ("q", "state", "severity", "project", "product", "from_on", "to_on", "sort")

    tab = HiddenField(default=Tab.MINE.value)
    q = text_field("Number or words", longest=100)
    state = Choice("Status", default="")
    severity = Choice("Severity", default="")
    project = Choice("Project", default="")
    product = Choice("Product", default="")
    sort = Choice("Order", default=Sort.UPDATED.value)

    def __init__(self, catalogue: Catalogue, projects: Sequence[Project], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        words = dict.fromkeys(CUSTOMER_WORDS.values())
        self.state.choices = choices("All", ((word, word) for word in words))
        self.severity.choices = choices("All", ((one.key, one.name) for one in catalogue.severities.values()))
        self.project.choices = choices("All", ((project.hex_id, project.name) for project in projects))
        self.sort.choices = [SelectChoice(sort.value, title) for sort, title in _SORTS.items()]
        self.seen_projects = projects
        self._ids = {project.hex_id: project.id for project in projects}
        product = catalogue.case_form.get("product")
        if product is None:
            del self.product
        else:
            self.product.choices = choices("All", product.options.items())
        if not projects:
            del self.project

    @property
    def names(self) -> frozenset[str]:
        """How its fields are called in an address."""
        return frozenset(field.name for field in self)

    @property
    def tab_chosen(self) -> Tab:
        """The tab that is asked for; the first where it is none."""
        return Tab(self.tab.data) if self.tab.data in set(Tab) else Tab.MINE

    @property
    def narrows(self) -> bool:
        """Whether anything but tab and order is chosen."""
        return any(field.data for field in self if field.name not in {"tab", "sort"})

    def narrowed(self) -> dict[str, Any]:
        """The filter as the list takes it."""
        return {
            "word": self.state.data or "",
            "severity": self.severity.data or "",
            "project_id": self._ids.get(self.project.data or "") if "project" in self else None,
            "product": (self.product.data or "") if "product" in self else "",
            "created_from": self.from_on.data,
            "created_to": self.to_on.data,
            "search": self.q.data or "",
            "sort": Sort(self.sort.data) if self.sort.data in set(Sort) else Sort.UPDATED,
        }
