"""The forms of leads: the question, the list's filter, and what became of a lead."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.domain.catalogue import Catalogue
from portal.domain.methods import SubscriptionType
from portal.models.leads import LeadState
from portal.services.leads import Question
from portal.web.fields import Entered, FilterForm, Form, SelectChoice, text_field, trimmed
from portal.web.filters import ALL, Choice, choices

# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    LeadState.OPEN: ("Open", "info", "clock"),
    LeadState.ANSWERED: ("Answered", "ok", "circle-check"),
    LeadState.CLOSED: ("Closed", "", "circle-minus"),
}
_LONGEST = 4_000
_WORDS = [(state.value, words) for state, (words, *_) in STATES.items()]


def _text(label: str, said: str) -> TextAreaField:
    too_long = Length(max=_LONGEST, message=f"Enter at most {_LONGEST:,} characters.")
    return TextAreaField(label, validators=[Entered(said), too_long], filters=[trimmed])


class QuestionForm(Form):
    """What the customer wants to talk about; `preview` is the query of a preview."""

    type = Choice("Subscription")
    message = _text("Message", "Write what you would like to talk about.")
    phone = text_field("Phone", longest=50)
    preview = HiddenField(validators=[Length(max=_LONGEST)])

    def __init__(self, catalogue: Catalogue, **kwargs: object) -> None:
        super().__init__(**kwargs)
        types = ((one.key, one.name) for one in catalogue.subscription_types.values())
        self.type.choices = choices("Not sure yet", types)
        if not catalogue.subscription_types:
            del self["type"]

    def question(self) -> Question:
        """What was asked, once the form is valid."""
        return Question(
            message=self.message.data or "",
            phone=self.phone.data or None,
            type=SubscriptionType(self.type.data) if "type" in self and self.type.data else None,
            preview=query_of(self.preview.data) or None,
        )


class LeadFilter(FilterForm):
    """What narrows the list."""

    state = Choice("State", choices=choices("All", _WORDS), default=ALL)

    @property
    def chosen(self) -> LeadState | None:
        """The state to show; None for all."""
        return LeadState(self.state.data) if self.state.data else None


class TurnForm(Form):
    """What became of a lead."""

    state = RadioField(
        "State", choices=[SelectChoice(*one) for one in _WORDS], validators=[InputRequired("Choose a state.")]
    )
    note = _text("Note", "Write what happened.")


def query_of(text: str | None) -> str:
    """A text from outside as a query and nothing else, so that it can stand behind an address of ours."""
    return urlencode(parse_qsl((text or "")[:_LONGEST], keep_blank_values=False))
