"""The form by which a subscription is sold: everything that a contract can carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import Optional, ValidationError

from portal import catalogues
from portal.domain.catalogue import Catalogue
from portal.domain.contracts import COMMITTING, PAYABLE_YEARLY, Terms
from portal.domain.mail import LONGEST_ADDRESS, is_address
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.models.organizations import User
from portal.services.rendering import PROVIDER_LABELS
from portal.web.amounts import Within, number_field
from portal.web.contract_terms import ASKED_ELSEWHERE
from portal.web.fields import Form, SelectChoice, text_field
from portal.web.filters import Choice, Day

MOST_MONTHS = 120
MONTHLY, YEARLY = "monthly", "yearly"
_SCHEDULES = [SelectChoice(MONTHLY, "Monthly"), SelectChoice(YEARLY, "Yearly in advance")]
_PRICE = Within(places=12, above=Decimal(0), highest=Decimal(1_000_000), required="Enter a price, 1 for list price.")


def _commitment(form: Any, field: Any) -> None:
    needed = "Enter the commitment in US dollars." if form.kind in COMMITTING else None
    Within(above=Decimal(0), required=needed)(form, field)


def _months(form: Any, field: Any) -> None:
    needed = "Enter the term in months." if form.kind in COMMITTING else None
    Within(places=0, lowest=Decimal(1), highest=Decimal(MOST_MONTHS), required=needed)(form, field)


class SaleForm(Form):
    """What is sold. What means nothing for the chosen type is passed over, as on the pages of the contract."""

    type = RadioField("Subscription", validate_choice=False)
    commitment = number_field("Commitment, US dollars", _commitment)
    months = number_field("Term, months", _months)
    starts_on = Day("Starts on", validators=[Optional()])
    currency = Choice("Currency")
    unit_price = number_field("Unit price", _PRICE)
    elastic = BooleanField("Invoice usage beyond the credits as used (elastic)")
    elastic_unit_price = number_field("Elastic unit price", _PRICE)
    marketplace = Choice("Marketplace", choices=[SelectChoice(*one) for one in PROVIDER_LABELS.items()])
    schedule = RadioField("Schedule", choices=_SCHEDULES, validate_choice=False)
    pay_now_allowed = BooleanField("Invoices can be paid at once (Pay now)")
    billing_contact = text_field(
        "Billing contact",
        required="Enter an e-mail address: the code and the tax invoices go there.",
        longest=LONGEST_ADDRESS,
    )
    purchase_order = text_field("Purchase order number", longest=100)
    support_plan = Choice("Support plan")
    representative = Choice("Sales representative")

    def __init__(self, catalogue: Catalogue, sellers: Sequence[User], *, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today
        self.type.choices = [SelectChoice(one.key, one.name) for one in catalogue.subscription_types.values()]
        self.currency.choices = [SelectChoice(one, one) for one in sorted(catalogues.load_seller().bank_accounts)]
        plans = [SelectChoice(key, plan.name) for key, plan in catalogue.support_plans.items()]
        self.support_plan.choices = [SelectChoice("", "None with this contract"), *plans]
        self.representative.choices = [SelectChoice(str(one.id), one.name) for one in sellers]

    @property
    def kind(self) -> SubscriptionType | None:
        """The chosen type."""
        return SubscriptionType(self.type.data) if self.type.data in set(SubscriptionType) else None

    def validate_type(self, field: RadioField) -> None:
        """One of the vendor's."""
        if field.data not in [choice.data for choice in field]:
            raise ValidationError("Choose a subscription.")

    def validate_starts_on(self, field: Day) -> None:
        """Nothing begins in the past; left empty, it begins when the code is applied."""
        if field.data and field.data < self.today:
            raise ValidationError("Enter today or a later day, or leave it empty.")

    def validate_billing_contact(self, field: Any) -> None:
        """One that a mail can be sent to."""
        if not is_address(field.data):
            raise ValidationError("Enter an e-mail address like name@company.example.")

    def validate_schedule(self, field: RadioField) -> None:
        """Only some commitments are paid yearly in advance."""
        if field.data not in {MONTHLY, YEARLY}:
            raise ValidationError("Choose how it is invoiced.")
        if field.data == YEARLY and self.kind and self.kind not in PAYABLE_YEARLY:
            raise ValidationError("Only a flex or monthly commitment is paid yearly in advance.")

    def terms(self) -> Terms:
        """What a valid form says, as it would begin if the code were applied today."""
        kind = SubscriptionType(self.type.data)
        is_ours, commits = kind not in ASKED_ELSEWHERE, kind in COMMITTING
        return Terms(
            type=kind,
            starts_on=self.starts_on.data or self.today,
            months=int(self.months.data) if self.months.data else None,
            currency=self.currency.data if is_ours else USD,
            unit_price=Decimal(self.unit_price.data or 0) if is_ours else Decimal(1),
            elastic_unit_price=Decimal(self.elastic_unit_price.data or 0) if is_ours else Decimal(1),
            commitment=Money.of(self.commitment.data or "0", USD) if commits else None,
            elastic=self.elastic.data and commits and is_ours,
            marketplace=self.marketplace.data if kind is SubscriptionType.MARKETPLACE else None,
            support_plan=self.support_plan.data or None,
            yearly_in_advance=self.schedule.data == YEARLY,
            pay_now_allowed=self.pay_now_allowed.data,
            billing_contact=self.billing_contact.data,
            purchase_order=self.purchase_order.data or None,
            sales_representative_id=int(self.representative.data),
        )

    def entered(self) -> Iterator[tuple[str, str]]:
        """What was sent, to be sent once more."""
        for name, field in self._fields.items():
            if name != "csrf_token":
                yield from ((name, value) for value in field.raw_data or ())
