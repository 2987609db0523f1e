"""What a customer is asked when opening a case, and how cases are handled: a vendor's choices as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.origins import Origin


class Widget(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    TEXTAREA = "textarea"
    SELECT = "select"
    CHECKBOX = "checkbox"
    SEVERITY = "severity"
    SCOPE = "scope"  # the organization or one of its projects
    PROJECTS = "projects"  # any number of projects and services
    ADDRESSES = "addresses"  # e-mail addresses
    INVOICE = "invoice"
    FILES = "files"


class Required(StrEnum):
    """Whether a field must be filled in."""

    YES = "yes"
    NO = "no"
    IF = "if"


@dataclass(frozen=True, slots=True)
class Condition:
    """A field holds this value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form; fields stand in the order of the catalogue.

    Lengths are in characters. `most` bounds addresses, projects or files, `most_bytes` each file. `plans` are the
    support plans that show it, empty for all. Options are names by key.
    """

    key: str
    label: str
    help: str | None
    widget: Widget
    required: Required
    condition: Condition | None
    min_length: int | None
    max_length: int | None
    most: int | None
    most_bytes: int | None
    options: Mapping[str, str]
    plans: tuple[str, ...]
    origin: Origin

    def is_required(self, answers: Mapping[str, str]) -> bool:
        """Whether it must be filled in, beside these answers to the other fields."""
        if self.condition is not None:
            return answers.get(self.condition.field) == self.condition.value
        return self.required is Required.YES


class ReplyVisibility(StrEnum):
    """Who sees an e-mail reply of somebody who is no user (CC-6)."""

    STAFF_ONLY = "staff_only"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """How cases are handled; `origins` says of each where it comes from.

    A solved case is closed after `autoclose_days`. A case without severity counts as `severity_when_missing` (None:
    there are none). `incidents_first`: current incidents stand above the form (NE-13). `staff_explain_severity`: who
    changes a severity says why (NE-20). `synchronizes_first`: the first visit waits until the
    organization's data is known.
    """

    autoclose_days: int
    cc_separators: tuple[str, ...]
    cc_most: int
    cc_same_organization_only: bool
    external_may_add_cc: bool
    external_reply_visibility: ReplyVisibility
    severity_when_missing: str | None
    staff_explain_severity: bool
    incidents_first: bool
    origins: Mapping[str, Origin]
    synchronizes_first: bool = False
