"""The filters of deliveries and of the demo's mailbox; their state stands in the address."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import AnyOf

from portal.domain.mail import DeliveryState
from portal.web.fields import FilterForm, SelectChoice, text_field

# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    DeliveryState.QUEUED: ("Queued", "info", "clock"),
    DeliveryState.ACCEPTED: ("Accepted", "ok", "circle-check"),
    DeliveryState.REFUSED: ("Refused", "bad", "circle-x"),
    DeliveryState.GIVEN_UP: ("Given up", "warn", "circle-minus"),
}


class SearchFilter(FilterForm):
    """A part of an address or of a subject."""

    q = text_field("Address or subject", longest=100)


class DeliveryFilter(SearchFilter):
    """A state as well."""

    in_order = ("state",)

    state = SelectField(
        "State",
        choices=[SelectChoice("", "All"), *(SelectChoice(state.value, words) for state, (words, *_) in STATES.items())],
        default="",
        validate_choice=False,
        validators=[AnyOf(["", *STATES], message="Choose one of the list.")],
    )

    @property
    def chosen(self) -> DeliveryState | None:
        """The state to show; None for all."""
        return DeliveryState(self.state.data) if self.state.data else None
