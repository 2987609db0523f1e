"""The forms of staff about an organization's support; several stand on one page, so each has its own prefix."""

from __future__ import annotations

from typing import Any

from wtforms.validators import StopValidation

from portal.domain.mail import is_address
from portal.services.support_blocks import SHORTEST_REASON
from portal.web.fields import Form, text_field

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
