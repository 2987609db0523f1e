"""The form of a preview: its state stands in the address, so that it can be kept, shared and attached to a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, TextAreaField
from wtforms.validators import StopValidation

from portal import catalogues
from portal.domain import tax_ids
from portal.domain.catalogue import Catalogue
from portal.domain.contracts import COMMITTING
from portal.domain.errors import Malformed, Refusal
from portal.domain.methods import SubscriptionType
from portal.domain.money import Money
from portal.domain.previews import MOST_MONTHS, Buyer, Offered, expected_usage
from portal.services import parties
from portal.services.rendering import PROVIDER_LABELS
from portal.web.amounts import Within, dollars, number_field, plain
from portal.web.fields import CheckboxGroup, FilterForm, Form, SelectChoice, text_field
from portal.web.filters import Choice, Day

NO_CONTRACT = "none"
DEFAULTS = {
    "type": "monthly_commitment", "months": "12", "elastic": "y", "unit_price": "1", "elastic_unit_price": "1",
    "currency": "USD", "marketplace": "AWS", "pays_by": "card_ok", "shown": "12", "country": "United States",
}  # fmt: skip
_PAYS_BY = (("card_ok", "Card"), ("paypal_ok", "PayPal"), ("none", "Nothing on file"))
_LONGEST_QUERY = 4_000
_MOST_COMPARED = 3
# Where a mistake in the scenario stands, and the field that it came from.
_FIELDS = {
    "organization.address.country": "country",
    "organization.address.region": "region",
    "organization.tax_id": "tax_id",
    "organization.currency": "currency",
    "timeline[0].on": "starts",
    "until": "shown",
    **{f"timeline[0].{key}": key for key in ("commitment", "months", "unit_price", "elastic_unit_price")},
}
_PRICE = Within(places=12, above=Decimal(0), highest=Decimal(1_000_000), required="Enter a price, 1 for list price.")
_A_MONTH = Within(highest=Decimal(10) ** 9)


def _commitment(form: Any, field: Any) -> None:
    if form.commits:
        Within(above=Decimal(0), required="Enter the commitment in US dollars.")(form, field)
    else:
        Within()(form, field)


def _months(form: Any, field: Any) -> None:
    needed = "Enter the term in months." if form.commits else None
    Within(places=0, lowest=Decimal(1), highest=Decimal(MOST_MONTHS), required=needed)(form, field)


def _usage(_form: object, field: Any) -> None:
    words = (field.data or "").split()
    if not words or len(words) > MOST_MONTHS:
        raise StopValidation(f"Enter the usage of a month, or of up to {MOST_MONTHS} months, one a line.")
    for word in words:
        try:
            _A_MONTH.check(plain(word) or "")
        except Refusal as refusal:
            raise StopValidation(f"“{word[:40]}”: {refusal}") from None


def _country(_form: object, field: Any) -> None:
    if not parties.find_country(field.data or ""):
        raise StopValidation("Choose a country from the list.")


def _day(_form: object, field: Any) -> None:
    if field.data is None:
        raise StopValidation("Enter the day on which the contract starts.")


def _few(_form: object, field: Any) -> None:
    if len(field.data or ()) > _MOST_COMPARED:
        raise StopValidation(f"Choose at most {_MOST_COMPARED}.")


class PreviewForm(FilterForm):
    """A contract and expected usage. What was not asked for yet begins with `defaults`."""

    type = Choice("Subscription")
    commitment = number_field("Commitment, US dollars", _commitment)
    starts = Day("Starts on", validators=[_day])
    months = number_field("Term, months", _months)
    currency = Choice("Currency of the contract")
    unit_price = number_field("Unit price", _PRICE)
    elastic_unit_price = number_field("Elastic unit price", _PRICE)
    elastic = BooleanField("Invoice usage beyond the credits as used (elastic)")
    marketplace = Choice("Marketplace", choices=[SelectChoice(*one) for one in PROVIDER_LABELS.items()])
    usage = TextAreaField("Usage a month, US dollars", validators=[_usage])
    growth = number_field("Growth a month, per cent", Within(lowest=Decimal(-100), highest=Decimal(100)))
    shown = number_field(
        "Months to show",
        Within(places=0, lowest=Decimal(1), highest=Decimal(MOST_MONTHS), required="Enter how many months to show."),
    )
    country = text_field("Country", longest=100)
    region = text_field("State or province", longest=100)
    tax_id = text_field("VAT/GST ID", longest=tax_ids.LONGEST)
    pays_by = Choice("Payment method", choices=[SelectChoice(*one) for one in _PAYS_BY])
    compare = CheckboxGroup("Compare with", validators=[_few])

    def __init__(self, catalogue: Catalogue, defaults: Mapping[str, str]) -> None:
        self.is_asked = "usage" in request.args
        given = request.args if self.is_asked else MultiDict({**DEFAULTS, **defaults, **request.args.to_dict()})
        super().__init__(formdata=given)
        self.catalogue = catalogue
        types = [(one.key, one.name) for one in catalogue.subscription_types.values()]
        self.type.choices = [SelectChoice(*one) for one in (*types, (NO_CONTRACT, "No contract"))]
        self.compare.choices = self.type.choices
        self.currency.choices = [SelectChoice(one, one) for one in sorted(catalogues.load_seller().bank_accounts)]

    @property
    def commits(self) -> bool:
        """Whether any type that is asked about has a commitment over a term."""
        return any(kind in COMMITTING for kind in self.types)

    @property
    def types(self) -> Sequence[SubscriptionType | None]:
        """The type that is asked about, and then those that it is compared with."""
        known = set(SubscriptionType)
        keys = dict.fromkeys((self.type.data, *(self.compare.data or ())))
        return [SubscriptionType(key) if key in known else None for key in keys]

    @property
    def query(self) -> str:
        """The form as the query of an address."""
        pairs = [(name, value) for name, field in self._fields.items() for value in field.raw_data or () if value]
        return urlencode(pairs)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field by itself, then whether an address can hold them all."""
        is_valid: bool = super().validate({"country": [_country]})
        if is_valid and len(self.query) > _LONGEST_QUERY:
            self.usage.errors = ["This is too long for an address. Enter fewer figures."]
            return False
        return is_valid

    def blame(self, refusal: Refusal) -> None:
        """Put what a rule refuses beside the field that it concerns."""
        place = refusal.place if isinstance(refusal, Malformed) else ""
        said = refusal.expected if isinstance(refusal, Malformed) else str(refusal)
        name = _FIELDS.get(place, "type" if place == "timeline[0]" else "usage" if place.startswith("timeline") else "")
        words = f"{said[:1].upper()}{said[1:].removesuffix('.')}."
        if name:
            self[name].errors = [words]
        else:
            self.form_errors.append(words)

    def buyer(self, name: str) -> Buyer:
        """Who would sign, once the form is valid."""
        return Buyer(
            catalogue=self.catalogue.name,
            name=name,
            country=parties.find_country(self.country.data or "") or "",
            region=self.region.data or "",
            tax_id=self.tax_id.data or None,
            currency=self.currency.data,
            payment_method=None if self.pays_by.data == "none" else self.pays_by.data,
        )

    def offered(self, kind: SubscriptionType | None) -> Offered:
        """The contract with `kind` for its type, once the form is valid."""
        starts_on, price, elastic_price = self.starts.data, self.unit_price.data, self.elastic_unit_price.data
        if starts_on is None or price is None or elastic_price is None:
            raise ValueError("the form was not found valid")
        return Offered(
            type=kind,
            starts_on=starts_on,
            months=int(self.months.data) if self.months.data else None,
            commitment=self.commitment.data or "",
            elastic=self.elastic.data,
            unit_price=price,
            elastic_unit_price=elastic_price,
            marketplace=self.marketplace.data,
        )

    def expected(self) -> Sequence[Money]:
        """The usage of each month to show, once the form is valid."""
        return expected_usage(dollars(self.usage), Decimal(self.growth.data or 0), months=int(self.shown.data or 0))


class FileForm(Form):
    """A scenario file to be played."""

    file = FileField("Scenario file")
