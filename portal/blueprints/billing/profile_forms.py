"""The form of the billing profile: its fields follow the country (atlas 8.2)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import request
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import StopValidation
from wtforms.widgets import Select, TextInput

from invoices import fonts
from portal import catalogues
from portal.domain import addresses, tax_ids
from portal.domain.addresses import Address
from portal.models.billing_groups import BillingProfile
from portal.services import parties
from portal.web.fields import Form, SelectChoice, in_one_line, text_field, trimmed

PRINTED = ("company", "line1", "line2", "city", "region", "postal_code", "tax_id", "billing_email", "purchase_order")


class Region(SelectField):
    """A state or province of a list, or free text where the country has no list."""

    widget: Any

    def offer(self, country: str) -> None:
        """Take the name and the list that `country` has for it."""
        listed = catalogues.load_tax_rules().subdivisions.of(country)
        self.label.text = addresses.region_label(country)
        choose = [SelectChoice("", f"Choose a {self.label.text.lower()}")] if listed else []
        self.choices = choose + [SelectChoice(one.name, one.name) for one in listed]
        self.widget = Select() if listed else TextInput()

    def _value(self) -> str:
        return self.data or ""


def is_email(text: str | None) -> bool:
    """Whether `text` has the form of an e-mail address; nobody is asked whether it exists."""
    try:
        validate_email(text or "", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _like_an_email(_form: object, field: Any) -> None:
    if field.data and not is_email(field.data):
        raise StopValidation("Enter an e-mail address like name@company.example.")


def _printable(_form: object, field: Any) -> None:
    # PDF/A allows no missing letter, and an empty box on an invoice is nobody's name.
    if missing := fonts.unprintable(field.data or ""):
        shown = " ".join(f"“{letter}”" for letter in missing[:5])
        raise StopValidation(f"Our invoices cannot print {shown}. Write it in Latin letters.")


class ProfileForm(Form):
    """Who is billed where. `shown_country` and `shown_region` are what stood there when the form was drawn."""

    shown_country = HiddenField()
    shown_region = HiddenField()
    company = text_field("Company name")
    country = text_field("Country", required="Choose a country from the list.", longest=100)
    line1 = text_field("Street address", required="Enter the street address.")
    line2 = text_field("Apt/suite/floor")
    city = text_field("City", required="Enter the city.")
    region = Region(validate_choice=False, validators=[in_one_line], filters=[trimmed])
    postal_code = text_field("Postal Code", longest=20)
    tax_id = text_field("VAT/GST ID", longest=tax_ids.LONGEST)
    billing_email = text_field("Billing Email Address", longest=254)
    only_billing_email = BooleanField("Only send invoice emails to the Billing Email Address")
    purchase_order = text_field("Purchase order number", longest=100)

    @property
    def country_code(self) -> str:
        """The two letters of the country that was entered; empty where it is none."""
        return parties.find_country(self.country.data or "") or ""

    @property
    def shown_code(self) -> str:
        """The country whose fields are shown: the one that was entered, or where it is none the one before it."""
        return self.country_code or self.shown_country.data or ""

    @property
    def asks_for_tax_id(self) -> bool:
        """Whether the field for the tax id is there."""
        return tax_ids.asks_for_id(self.shown_code)

    def turn_to_country(self) -> None:
        """Show the fields of the country that was chosen; another country begins without a region."""
        if self.shown_country.data and self.shown_code != self.shown_country.data:
            self.region.data = ""
        if not self.asks_for_tax_id:
            self.tax_id.data = ""
        self.fit()

    def fit(self) -> None:
        """Give region and postal code the names and lists of the country, and remember what is shown."""
        self.region.offer(self.shown_code)
        self.postal_code.label.text = addresses.postal_code_label(self.shown_code)
        listed = catalogues.load_tax_rules().subdivisions.find(self.shown_code, self.region.data)
        self.region.data = listed.name if listed else self.region.data
        if self.country_code:
            self.country.data = parties.country_name(self.country_code)
        self.shown_country.data, self.shown_region.data = self.shown_code, self.region.data or ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field by itself, then the address as a whole by the rules of its country."""
        subdivisions = catalogues.load_tax_rules().subdivisions
        self.region.data = addresses.region_kept(
            self.region.data or "",
            chosen=self.country_code,
            shown=self.shown_country.data or self.country_code,
            shown_region=self.shown_region.data or "",
            subdivisions=subdivisions,
        )
        if not self.asks_for_tax_id:
            self.tax_id.data = ""  # What a hidden field may still send is ignored (TAX-11).
        further = {name: [_printable] for name in PRINTED} | {"billing_email": [_like_an_email, _printable]}
        super().validate(further)
        address = addresses.tidied(self._address(), subdivisions=subdivisions)
        found = addresses.faults(address, countries=parties.country_codes(), subdivisions=subdivisions)
        for name, message in found.items():
            if not self[name].errors:
                self[name].errors = [message]
        self.fit()
        return not self.errors

    def values(self) -> dict[str, Any]:
        """What to keep of a valid form. A tax id that is not valid is kept as it was typed (TAX-7)."""
        address = addresses.tidied(self._address(), subdivisions=catalogues.load_tax_rules().subdivisions)
        known = tax_ids.recognise(address.country, self.tax_id.data)
        kept = {field.name: getattr(address, field.name) for field in fields(address)}
        return kept | {
            "line2": address.line2 or None,
            "tax_id": known.number if known else self.tax_id.data or None,
            "billing_email": self.billing_email.data or None,
            "only_billing_email": self.only_billing_email.data,
            "purchase_order": self.purchase_order.data or None,
        }

    def _address(self) -> Address:
        texts = {field.name: getattr(self, field.name).data or "" for field in fields(Address)}
        return Address(**texts | {"country": self.country_code})


def saved_form(profile: BillingProfile | None) -> ProfileForm:
    """The form as the profile stands; without one it is empty."""
    form = ProfileForm(formdata=None, obj=profile)
    form.fit()
    return form


def previewed_form(profile: BillingProfile | None) -> ProfileForm:
    """The form with what stands in the address of a preview, the rest as the profile has it."""
    form = ProfileForm(formdata=request.args, obj=profile)
    if profile and "shown_country" not in request.args:
        form.shown_country.data = profile.country
    if profile and "billing_email" not in request.args:
        # A box that is not ticked is not sent: without its address beside it, nothing was said about it.
        form.only_billing_email.data = profile.only_billing_email
    form.turn_to_country()
    return form
