"""The forms beside a case. Each has names of its own, because all of them stand on one page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation

from portal.domain import cases as rules
from portal.domain.cases import CaseState
from portal.domain.catalogue import Catalogue
from portal.models.cases import Case
from portal.models.organizations import User
from portal.web.fields import Entered, Form, SelectChoice, trimmed
from portal.web.filters import Choice, choices

REPLY, NOTE, NOBODY = "reply", "note", "nobody"
_AFTER_REPLY = (CaseState.PENDING, CaseState.ON_HOLD)
_NUMBER = re.compile(r"#?[0-9]{1,18}")

Kind = TypeVar("Kind", bound=Form)


def number_field(label: str, *, required: str | None = None) -> StringField:
    """The number of a case, with or without the sign before it."""
    validators = [Entered(required) if required else Optional(), _number]
    return StringField(label, validators=validators, filters=[trimmed])


def _number(_form: object, field: Any) -> None:
    if field.data and not _NUMBER.fullmatch(field.data):
        raise StopValidation("Enter a number like 1042.")


class WritingForm(Form):
    """A reply to the customer, or a note that staff alone see."""

    kind = RadioField(
        "What you write", choices=[SelectChoice(REPLY, "Reply"), SelectChoice(NOTE, "Internal note")], default=REPLY
    )
    text = TextAreaField("Text", validators=[Entered("Write something first.")])
    cc = TextAreaField("Put on CC", filters=[trimmed])
    then = Choice(
        "Then",
        choices=choices("Leave the state", ((state.value, rules.STAFF_WORDS[state]) for state in _AFTER_REPLY)),
        default="",
    )
    macro = Choice("Macro", default="", validate_choice=False)


class AssignmentForm(Form):
    """Whose it is. `seen` is whom the page showed."""

    agent = Choice("Agent")
    seen = HiddenField()


class StateForm(Form):
    """Where it stands, and how it was solved."""

    state = Choice("State")
    close_reason = Choice("How it was solved", default="")


class AssessmentForm(Form):
    """How bad it is, and why the customer's word does not hold."""

    severity = Choice("Severity")
    explanation = TextAreaField("Explanation", filters=[trimmed])


class SettlementForm(Form):
    """How a disagreement was settled."""

    settlement = TextAreaField("How it was settled", validators=[Entered("Say how it was settled.")])


class VideoForm(Form):
    """When and how one meets, or why not."""

    video_words = TextAreaField(
        "Words for the customer", validators=[Entered("Say when and how you meet, or why not.")]
    )


class CopyForm(Form):
    """Addresses to put on CC."""

    addresses = TextAreaField("Addresses", validators=[Entered("Enter an e-mail address.")])


class LinkForm(Form):
    """The number of another case."""

    other = number_field("Number of the other case", required="Enter its number.")

    @property
    def number(self) -> int:
        """The number that was entered, once the form is valid."""
        return int((self.other.data or "0").removeprefix("#"))


@dataclass(frozen=True, slots=True)
class Beside:
    """The forms beside a case."""

    assignment: AssignmentForm
    state: StateForm
    assessment: AssessmentForm
    settlement: SettlementForm
    video: VideoForm
    copies: CopyForm
    link: LinkForm


def beside(case: Case, catalogue: Catalogue, agents: Iterable[User], sent: Form | None = None) -> Beside:
    """All of them with their choices; `sent` is the one that came with the request, with what was entered."""
    forms = Beside(
        assignment=_form(AssignmentForm, sent),
        state=_form(StateForm, sent),
        assessment=_form(AssessmentForm, sent),
        settlement=_form(SettlementForm, sent),
        video=_form(VideoForm, sent),
        copies=_form(CopyForm, sent),
        link=_form(LinkForm, sent),
    )
    offer_agents(forms.assignment, agents)
    offer_states(forms.state, case, catalogue)
    offer_severities(forms.assessment, catalogue)
    if forms.assignment is not sent:
        forms.assignment.agent.data = str(case.assignee_id or NOBODY)
    if forms.assessment is not sent:
        forms.assessment.severity.data = case.severity
    return forms


def offer_agents(form: AssignmentForm, agents: Iterable[User]) -> None:
    """Everybody who answers cases, and nobody."""
    known = [SelectChoice(str(agent.id), agent.name) for agent in agents]
    form.agent.choices = [SelectChoice(NOBODY, "Nobody"), *known]


def offer_states(form: StateForm, case: Case, catalogue: Catalogue) -> None:
    """What it can be set to from where it stands, and the catalogue's reasons."""
    form.state.choices = [
        SelectChoice(state.value, rules.STAFF_WORDS[state]) for state in rules.staff_choices(case.state)
    ]
    form.close_reason.choices = choices("Not solved", catalogue.close_reasons.items())


def offer_severities(form: AssessmentForm, catalogue: Catalogue) -> None:
    """The catalogue's severities, the worst first."""
    known = sorted(catalogue.severities.values(), key=lambda severity: severity.rank)
    form.severity.choices = [SelectChoice(severity.key, severity.name) for severity in known]


def _form(kind: type[Kind], sent: Form | None) -> Kind:
    return sent if isinstance(sent, kind) else kind(formdata=None)
