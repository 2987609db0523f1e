"""Forms: what every form and field of the portal has in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import FieldList, RadioField, SelectMultipleField, StringField

# Every form takes it from here, since the types of WTForms are of an older version and do not know it.
from wtforms.fields import SelectChoice as SelectChoice  # type: ignore[attr-defined] # noqa: PLC0414
from wtforms.validators import Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.paging import keep_in_links

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a form: the id of the control to go to, its label, and what to do."""

    target: str
    label: str
    message: str


class _WithProblems(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    # How the page orders the fields, where it is not the order in which they are declared.
    in_order: ClassVar[tuple[str, ...]] = ()

    def problems(self) -> list[Problem]:
        """One for each field that is wrong, in the order in which the page shows them; what concerns all comes last."""
        # A form may have taken fields out that mean nothing for what it is about.
        names = dict.fromkeys((*(name for name in self.in_order if name in self), *self._fields))
        found = [_problem(control) for name in names for control in _controls(self[name]) if control.errors]
        return found + [Problem("main", "", str(message)) for message in self.form_errors]


class Form(_WithProblems):
    """A form that changes something: POST, with the token against forgery."""


class FilterForm(_WithProblems):
    """A form that only narrows a list: its state stands in the address, so that it can be kept and shared."""

    class Meta:
        csrf = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"formdata": request.args} | kwargs)
        keep_in_links(self._fields)


class CheckboxGroup(SelectMultipleField):
    """Any of a few, each a checkbox; what is not one of them is refused."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: object) -> None:
        """Compare with the choices."""
        offered = {choice.data for choice in self}
        if set(self.data or ()) - offered:
            raise StopValidation("Choose from the list.")


def trimmed(value: str | None) -> str | None:
    """Forgive spaces around what was entered."""
    return value.strip() if value else value


def legible(value: str | None) -> str | None:
    """Leave out signs that nobody sees, as the joiners of emoji, and make every kind of space one.

    For what has to be printable, and is often pasted.
    """
    seen = (sign for sign in value or "" if unicodedata.category(sign) != "Cf")
    return "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in seen) if value else value


def text_field(label: str, *, required: str | None = None, longest: int = 200, **kwargs: Any) -> StringField:
    """A line of text; `required` is what to say when it is left empty."""
    validators: list[Any] = [Length(max=longest, message=f"Enter at most {longest} characters."), in_one_line]
    if required:
        validators.insert(0, Entered(required))
    return StringField(label, validators=validators, filters=[trimmed], **kwargs)


def in_one_line(_form: object, field: Any) -> None:
    """Refuse line breaks and control characters, which nobody types and a database may not take."""
    if field.data and _CONTROL.search(field.data):
        raise StopValidation("Enter one line of text, without control characters.")


def _controls(field: Any) -> Iterator[Any]:
    """The field, or each control of its rows."""
    if not isinstance(field, FieldList):
        yield field
        return
    for row in field:
        yield from row.form


def _problem(field: Any) -> Problem:
    # A group of buttons cannot have the focus; its first one can.
    target = f"{field.id}-0" if isinstance(field, RadioField | CheckboxGroup) else field.id
    return Problem(target, str(field.label.text), str(field.errors[0]))


class Entered:
    """Something was entered; blanks are nothing."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _form: object, field: Any) -> None:
        """Stop at an empty field with what to do about it."""
        if not (isinstance(field.data, str) and field.data.strip()):
            raise StopValidation(self.message)
