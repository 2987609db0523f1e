"""The form of an incident: what is said, how bad it is, from when to when, to whose customers."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from wtforms import DateTimeLocalField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, StopValidation
from wtforms.widgets import HiddenInput

from portal import catalogues
from portal.domain.incidents import IncidentSeverity
from portal.services.incidents import Announcement, Shown
from portal.web.fields import Entered, Form, SelectChoice, text_field, trimmed
from portal.web.filters import Choice

# Text, tone and icon: the arguments of the macro `badge`.
SEVERITIES = {
    IncidentSeverity.NOTICE: ("Notice", "info", "info"),
    IncidentSeverity.DEGRADED: ("Degraded", "warn", "triangle-alert"),
    IncidentSeverity.DOWN: ("Down", "bad", "circle-alert"),
}
_ALL = ""
_LONGEST = 2_000
_MINUTES = "%Y-%m-%dT%H:%M"


class Instant(DateTimeLocalField):
    """An instant in UTC, to the minute; the words for one that is none say how to write it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it as browsers send it."""
        if valuelist and not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Enter an instant that exists, as YYYY-MM-DDTHH:MM.") from None


def _after_begin(form: Any, field: Any) -> None:
    if field.data and form.begins.data and field.data <= form.begins.data:
        raise StopValidation("Enter an end that is after the begin.")


class IncidentForm(Form):
    """What is told. `number` is the version that was seen, so that a colleague's is not written over."""

    title = text_field("Title", required="Write in a few words what is wrong.", longest=120)
    text = TextAreaField(
        "Text",
        validators=[
            Entered("Write what customers should know."),
            Length(max=_LONGEST, message=f"Enter at most {_LONGEST:,} characters."),
        ],
        filters=[trimmed],
    )
    severity = Choice(
        "How bad it is", choices=[SelectChoice(one.value, words) for one, (words, *_) in SEVERITIES.items()]
    )
    catalogue = Choice("Whose customers")
    begins = Instant("Begins, UTC", format=_MINUTES, validators=[InputRequired("Enter when it begins.")])
    ends = Instant("Ends, UTC", format=_MINUTES, validators=[Optional(), _after_begin])
    number = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        vendors = ((name, catalogues.load(name).title) for name in catalogues.names())
        self.catalogue.choices = [SelectChoice(_ALL, "All customers"), *(SelectChoice(*one) for one in vendors)]

    @classmethod
    def showing(cls, shown: Shown) -> IncidentForm:
        """The form with what is said now; whose customers hear it stays."""
        now = shown.version
        form = cls(
            formdata=None,
            title=now.title,
            text=now.text,
            severity=now.severity.value,
            begins=now.begins_at,
            ends=now.ends_at,
            number=now.number,
        )
        del form["catalogue"]
        return form

    def announcement(self) -> Announcement:
        """What is told, once the form is valid."""
        begins, ends = self.begins.data, self.ends.data
        if begins is None:
            raise ValueError("the form is not valid")
        return Announcement(
            severity=IncidentSeverity(self.severity.data),
            title=self.title.data or "",
            text=self.text.data or "",
            begins_at=begins.replace(tzinfo=UTC),
            ends_at=ends.replace(tzinfo=UTC) if ends else None,
        )
