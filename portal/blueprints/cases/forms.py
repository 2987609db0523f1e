"""The forms of cases: a new one as the catalogue asks for it, a comment, another severity, a disagreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import wtforms
from wtforms import BooleanField, Field, FieldList, FormField, HiddenField, RadioField, StringField, TextAreaField

from portal.domain import case_forms
from portal.domain.case_forms import Required, Widget
from portal.domain.catalogue import Catalogue
from portal.models.invoices import Invoice
from portal.models.organizations import Project
from portal.web.fields import Entered, Form, SelectChoice, legible, text_field, trimmed
from portal.web.filters import Choice, choices
from portal.web.formatting import month

ORGANIZATION = "organization"
"""The scope of a case that is about the whole organization."""

_FEWEST_ROWS, _MOST_ROWS = 2, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What can be chosen in the form: `scopes` are those that the person may raise (None: the whole organization).

    `projects` are those that they see, of which some may be affected.
    """

    catalogue: Catalogue
    fields: Mapping[str, case_forms.FormField]
    scopes: Sequence[Project | None]
    projects: Sequence[Project]
    invoices: Sequence[Invoice]


class Affected(wtforms.Form):
    """A project that is affected, and maybe a service in it."""

    project = Choice("Project", default="")
    service = text_field("Service", longest=100)

    def validate(self, extra_validators: Any = None) -> bool:
        """A service is one of a project."""
        is_valid = bool(super().validate(extra_validators))
        if self.service.data and not self.project.data:
            self.project.errors = ["Choose the project of this service."]
            return False
        return is_valid


class CaseForm(Form):
    """What every form of a new case has, whatever the vendor asks for: which closed case it follows."""

    follows = HiddenField()
    offered: Offered

    @property
    def answers(self) -> dict[str, str]:
        """What the fields hold, by their keys, as the rules of the form read it."""
        texts = {key: self[key].data for key in self.offered.fields if key in self}
        return {key: text for key, text in texts.items() if isinstance(text, str)}

    @property
    def rows(self) -> Sequence[Affected]:
        """The rows of affected projects; none where nobody asks for them."""
        return [row.form for row in self["projects"]] if "projects" in self else []

    def show(self, problems: Mapping[str, str]) -> None:
        """Put each message beside its field; one of a field that is not there stands above all."""
        for key, message in problems.items():
            if key in self:
                self[key].errors = [message]
            else:
                self.form_errors.append(message)


class CommentForm(Form):
    """A comment, and whom to put on CC with it (CC-1)."""

    text = TextAreaField("Your comment")
    cc = StringField("CC", filters=[trimmed])


class SeverityForm(Form):
    """Another severity, and the business impact where it asks for it (V-AMB-28)."""

    severity = RadioField("Severity", validate_choice=False)
    business_impact = TextAreaField("Business impact")

    def __init__(self, catalogue: Catalogue, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.severity.choices = [*_severities(catalogue)]
        field = catalogue.case_form.get("business_impact")
        if field is None:
            del self.business_impact
        else:
            self.business_impact.label.text = field.label


class DisagreementForm(Form):
    """Why the customer disagrees with staff's assessment (NE-20)."""

    because = TextAreaField("Why you disagree", validators=[Entered("Say why you disagree.")])


def case_form(offered: Offered, **kwargs: Any) -> CaseForm:
    """The form of a new case with the fields of the catalogue, in its order."""
    controls = {key: _CONTROLS[field.widget](field, offered) for key, field in offered.fields.items()}
    if "scope" not in controls and offered.scopes and None not in offered.scopes:
        # Who may raise cases of projects alone has to say of which.
        controls = {"scope": _scope("Project", offered, is_required=True), **controls}
    kind = type("NewCaseForm", (CaseForm,), {key: control for key, control in controls.items() if control})
    form: CaseForm = kind(**kwargs)
    form.offered = offered
    for row in form.rows:
        row.project.choices = _project_choices(offered)
    return form


def add_rows(form: CaseForm) -> None:
    """Leave some rows of affected projects to fill in."""
    if "projects" not in form:
        return
    filled = sum(1 for row in form.rows if row.project.data or row.service.data)
    while len(form.rows) < min(max(_FEWEST_ROWS, filled + 1), _MOST_ROWS):
        form["projects"].append_entry().form.project.choices = _project_choices(form.offered)


def _project_choices(offered: Offered) -> list[SelectChoice]:
    return choices("Choose…", ((one.hex_id, one.name) for one in offered.projects))


def _line(field: case_forms.FormField, _: Offered) -> Field:
    return StringField(field.label, filters=[legible, trimmed])


def _text(field: case_forms.FormField, _: Offered) -> Field:
    return TextAreaField(field.label)


def _select(field: case_forms.FormField, _: Offered) -> Field:
    return Choice(field.label, choices=choices("Choose…", field.options.items()), validate_choice=False, default="")


def _checkbox(field: case_forms.FormField, _: Offered) -> Field:
    return BooleanField(field.label)


def _severity(field: case_forms.FormField, offered: Offered) -> Field:
    open_choice = [SelectChoice("", "Leave it to support")] if field.required is Required.NO else []
    known = [*open_choice, *_severities(offered.catalogue)]
    return RadioField(field.label, choices=known, validate_choice=False, default="" if open_choice else None)


def _scope_field(field: case_forms.FormField, offered: Offered) -> Field:
    return _scope(field.label, offered, is_required=field.required is Required.YES)


def _scope(label: str, offered: Offered, *, is_required: bool) -> Field:
    known = [_scope_choice(project) for project in offered.scopes]
    # Without a choice there is nothing to choose; where none has to be made, it is the whole organization.
    has_default = len(known) == 1 or (None in offered.scopes and not is_required)
    offers = [SelectChoice(*one) for one in known] if has_default else choices("Choose…", known)
    return Choice(label, choices=offers, default=offers[0].value)


def _scope_choice(project: Project | None) -> tuple[str, str]:
    return (project.hex_id, project.name) if project else (ORGANIZATION, "The whole organization")


def _projects(field: case_forms.FormField, offered: Offered) -> Field | None:
    if not offered.projects:
        return None
    return FieldList(FormField(Affected), label=field.label, max_entries=_MOST_ROWS)


def _invoice(field: case_forms.FormField, offered: Offered) -> Field | None:
    if not offered.invoices:
        return None
    known = [(one.number, f"{one.number}, {month(one.period_on)}") for one in offered.invoices]
    return Choice(field.label, choices=choices("None", known), default="")


def _severities(catalogue: Catalogue) -> Iterator[SelectChoice]:
    for severity in catalogue.severities.values():
        if severity.customer_selectable:
            yield SelectChoice(severity.key, severity.name)


_CONTROLS: Mapping[Widget, Callable[[case_forms.FormField, Offered], Field | None]] = {
    Widget.TEXT: _line,
    Widget.TEXTAREA: _text,
    Widget.ADDRESSES: _text,
    Widget.SELECT: _select,
    Widget.CHECKBOX: _checkbox,
    Widget.SEVERITY: _severity,
    Widget.SCOPE: _scope_field,
    Widget.PROJECTS: _projects,
    Widget.INVOICE: _invoice,
    Widget.FILES: lambda *_: None,  # They are kept as soon as they are chosen.
}
