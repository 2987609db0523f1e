"""The forms of staff about an organization's support; several stand on one page, so each has its own prefix."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, HiddenField, RadioField
from wtforms.validators import InputRequired, Optional, StopValidation

from portal.domain import tier_requests
from portal.domain.errors import Refusal
from portal.domain.mail import is_address
from portal.domain.tier_requests import TierState
from portal.services.support_blocks import SHORTEST_REASON
from portal.web.fields import Form, SelectChoice, text_field

_CUSTOMER_READS = f"Enter at least {SHORTEST_REASON} characters. The customer reads it."


def _check_length(field: Any) -> None:
    if field.data and len(" ".join(field.data.split())) < SHORTEST_REASON:
        raise StopValidation(_CUSTOMER_READS)


class TeamForm(Form):
    """Somebody who comes into the account team."""

    name = text_field("Name", required="Enter the name.")
    works_as = text_field("Works as", required="Enter what they do for the customer.")
    email = text_field("E-mail address", required="Enter the address that the customer writes to.", longest=254)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"prefix": "team-"} | kwargs)

    def validate_email(self, field: Any) -> None:
        """Refuse what no mail can be sent to."""
        if field.data and not is_address(field.data):
            raise StopValidation("Enter an e-mail address like name@company.example.")


class BlockForm(Form):
    """For whom support ends, and why; without an address for everybody."""

    email = text_field("E-mail address of the person", longest=254)
    reason = text_field("Reason", required=_CUSTOMER_READS, longest=500)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"prefix": "block-"} | kwargs)

    def validate_reason(self, field: Any) -> None:
        """A word is no reason."""
        _check_length(field)


class LiftForm(Form):
    """Why support is given again."""

    because = text_field("Reason", required=_CUSTOMER_READS, longest=500)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"prefix": "lift-"} | kwargs)

    def validate_because(self, field: Any) -> None:
        """A word is no reason."""
        _check_length(field)


class ChangeForm(Form):
    """Why staff change a plan; `seen` is what the change was when it was shown."""

    reason = text_field("Reason", required="Enter who asked for it, and why.", longest=500)
    seen = HiddenField()


class DecisionForm(Form):
    """What becomes of a request for a tier, and from which day on it holds."""

    state = RadioField("Decision", validators=[InputRequired("Choose what becomes of the request.")])
    active_on = DateField("First day of the support", validators=[Optional()])
    reason = text_field("Reason", longest=500)

    def __init__(self, state: TierState, **kwargs: Any) -> None:
        super().__init__(**{"prefix": "decision-"} | kwargs)
        possible = [(one, words) for one, words in _DECISIONS.items() if _can_become(state, one)]
        self.state.choices = [SelectChoice(one.value, words) for one, words in possible]

    def validate_reason(self, field: Any) -> None:
        """Who is turned down reads why."""
        if self.state.data == TierState.REJECTED.value:
            if not field.data:
                raise StopValidation(_CUSTOMER_READS)
            _check_length(field)


_DECISIONS = {
    TierState.IN_SETUP: "Take into setup",
    TierState.SCHEDULED: "Set the day on which it begins",
    TierState.ACTIVE: "It is set up: active from today",
    TierState.REJECTED: "Turn it down",
}


def _can_become(state: TierState, to: TierState) -> bool:
    try:
        tier_requests.check_turn(state, to)
    except Refusal:
        return False
    return True
