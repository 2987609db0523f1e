"""Fields for amounts, prices and percentages: decimal texts, exactly as they were typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import StopValidation

from portal.domain.errors import Refusal
from portal.domain.money import USD, Money
from portal.web.fields import trimmed

HIGHEST = Decimal(10) ** 11
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,12})?")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,12})?")


class Within:
    """A number of at most so many decimals, from `lowest` or above `above`, and up to `highest`; nothing is no number.

    `required` is what to say where nothing was entered; without it nothing may be.
    """

    def __init__(
        self,
        *,
        places: int = 2,
        lowest: Decimal = Decimal(0),
        above: Decimal | None = None,
        highest: Decimal = HIGHEST,
        required: str | None = None,
    ) -> None:
        self.places, self.lowest, self.above, self.highest, self.required = places, lowest, above, highest, required

    def __call__(self, _form: object, field: Any) -> None:
        """Stop with what to enter instead."""
        if not field.data:
            raise StopValidation(self.required or "")
        try:
            self.check(field.data)
        except Refusal as refusal:
            raise StopValidation(str(refusal)) from None

    def check(self, text: str) -> None:
        """Refuse a text that is no such number."""
        if not _NUMBER.fullmatch(text):
            like = "with a dot, for example 1300.00" if self.places else "without a dot, for example 12"
            raise Refusal(f"Write a number {like}.")
        number = Decimal(text)
        if -int(number.as_tuple().exponent) > self.places:
            raise Refusal(f"Enter at most {self.places} decimals." if self.places else "Enter a whole number.")
        if self.above is not None and number <= self.above:
            raise Refusal(f"Enter a number above {self.above}.")
        if not self.lowest <= number <= self.highest:
            raise Refusal(f"Enter a number from {self.lowest:,} to {self.highest:,}.")


def number_field(label: str, within: Callable[[Any, Any], None]) -> StringField:
    """A line with one number; its value is the decimal text."""
    return StringField(label, validators=[within], filters=[trimmed, plain])


def plain(text: str | None) -> str | None:
    """`12,000.00` without its commas; what is grouped otherwise stays as it is, and is no number."""
    return text.replace(",", "") if text and _THOUSANDS.fullmatch(text) else text


def dollars(field: Field) -> Sequence[Money]:
    """Every amount of US dollars in the lines of a field that was found valid."""
    return [Money.of(plain(word) or "0", USD) for word in (field.data or "").split()]
