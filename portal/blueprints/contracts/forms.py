"""The forms of changes of contracts and credits: filled in, reviewed with their effect, then sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from flask import request
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, StopValidation

from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Days
from portal.models.credit_rows import CreditKind
from portal.services.amendments import Amendment, NewEnd, NewStart
from portal.services.credit_changes import CreditChange, CreditEnd, CreditStart, Reinstatement, Voiding
from portal.services.credit_rows import HIGHEST_PRIORITY, Grant
from portal.web.amounts import Within, number_field
from portal.web.fields import Form, SelectChoice, text_field
from portal.web.filters import EARLIEST, LATEST, Day
from portal.web.formatting import day

AMOUNT = Within(above=Decimal(0), required="Enter an amount in US dollars.")
_WHY = "Enter why. Other staff read it, the customer does not."


def _chosen_day(_form: object, field: Any) -> None:
    if field.data is None:
        raise StopValidation("Enter a day.")
    if not EARLIEST <= field.data <= LATEST:
        raise StopValidation(f"Enter a day from {EARLIEST.year} to {LATEST.year}.")


def _day(field: Any) -> date:
    """The day of a field that was found valid."""
    if field.data is None:
        raise ValueError(f"{field.name} was not found valid")
    entered: date = field.data
    return entered


def _words(field: Any, before: Any, after: Any) -> str:
    return _word(field, after) if before is None else f"{_word(field, before)} → {_word(field, after)}"


def _word(field: Any, value: Any) -> str:
    """What a field holds, as it is read."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return day(value).striptags()
    offered = {choice.value: choice.label for choice in getattr(field, "choices", None) or ()}
    return str(offered.get(value, value)) if value else "–"


def _priority(_form: object, field: Any) -> None:
    if field.data:
        Within(places=0, lowest=Decimal(1), highest=Decimal(HIGHEST_PRIORITY))(_form, field)


class Reviewed(Form):
    """A form that is reviewed before it is sent: asked for by GET it changes nothing, and needs no token."""

    version = HiddenField()
    reason = text_field("Reason", required=_WHY, longest=500)

    def __init__(self, *, entered: Mapping[str, object]) -> None:
        self.held = entered
        kwargs: dict[str, Any] = {"data": entered}
        self.is_asked = request.method == "POST" or "reason" in request.args
        if request.method != "POST":
            kwargs |= {"formdata": request.args if self.is_asked else None, "meta": {"csrf": False}}
        super().__init__(**kwargs)

    @property
    def seen(self) -> int:
        """The version that was seen as the form was drawn; 0, which none has, where it says none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def why(self) -> str:
        """The reason that was entered."""
        return self.reason.data or ""

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What differs from how it stands: label, and before → after."""
        fields = [self[name] for name in self.in_order if name in self]
        pairs = [(one, self.held.get(one.name), one.data) for one in fields]
        return [(str(one.label.text), _words(one, old, new)) for one, old, new in pairs if (old or "") != (new or "")]

    @property
    def said(self) -> list[tuple[str, str]]:
        """What was entered, for the form that sends it after the review."""
        return [(name, value) for name in self._fields for value in request.args.getlist(name)]


class StartForm(Reviewed):
    """Another first day."""

    in_order: ClassVar[tuple[str, ...]] = ("starts_on",)
    starts_on = Day("New first day", validators=[_chosen_day])

    def amendment(self) -> Amendment:
        """What to do about a contract, once the form is valid."""
        return NewStart(_day(self.starts_on))

    def change(self) -> CreditChange:
        """What to do about credits, once the form is valid."""
        return CreditStart(_day(self.starts_on))


class EndForm(Reviewed):
    """Another last day."""

    in_order: ClassVar[tuple[str, ...]] = ("last_on",)
    last_on = Day("New last day", validators=[_chosen_day])

    def amendment(self) -> Amendment:
        """What to do about a contract, once the form is valid."""
        return NewEnd(_day(self.last_on))

    def change(self) -> CreditChange:
        """What to do about credits, once the form is valid."""
        return CreditEnd(_day(self.last_on))


class CommitmentEndForm(EndForm):
    """Another last day, of a contract with a commitment."""

    in_order: ClassVar[tuple[str, ...]] = ("last_on", "rest")
    rest = RadioField(
        "What is left of the commitment",
        choices=[SelectChoice("bill", "Is billed in the last month"), SelectChoice("waive", "Is waived")],
        default="bill",
        validators=[InputRequired("Choose what happens to the rest.")],
    )

    def amendment(self) -> Amendment:
        """What to do, once the form is valid."""
        return NewEnd(_day(self.last_on), waives_rest=self.rest.data == "waive")


class VoidingForm(Reviewed):
    """Credits are not to be drawn any more."""

    def change(self) -> CreditChange:
        """What to do."""
        return Voiding()


class ReinstatementForm(Reviewed):
    """A voiding is to be taken back."""

    def change(self) -> CreditChange:
        """What to do."""
        return Reinstatement()


class GrantForm(Reviewed):
    """Credits to be granted."""

    in_order: ClassVar[tuple[str, ...]] = ("kind", "amount", "starts_on", "last_on", "priority")
    kind = RadioField(
        "Kind",
        choices=[SelectChoice(CreditKind.PROMOTIONAL, "Promotional"), SelectChoice(CreditKind.PREPAID, "Prepaid")],
        default=CreditKind.PROMOTIONAL,
        validators=[InputRequired("Choose what they are.")],
    )
    amount = number_field("Amount, US dollars", AMOUNT)
    starts_on = Day("First day", validators=[_chosen_day])
    last_on = Day("Last day", validators=[_chosen_day])
    priority = number_field("Priority", _priority)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then that the last day does not lie before the first."""
        is_valid: bool = super().validate(extra_validators)
        if is_valid and _day(self.last_on) < _day(self.starts_on):
            self.last_on.errors = ["Enter a day that is not before the first day."]
            return False
        return is_valid

    def grant(self) -> Grant:
        """The credits, once the form is valid."""
        return Grant(
            kind=CreditKind(self.kind.data),
            total=Money.of(self.amount.data or "0", USD),
            days=Days(_day(self.starts_on), _day(self.last_on) + ONE_DAY),
            priority=int(self.priority.data) if self.priority.data else None,
        )
