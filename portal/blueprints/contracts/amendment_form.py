"""The form of an amendment: prices, amounts, people and papers of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from wtforms import BooleanField
from wtforms.validators import StopValidation

from portal.blueprints.contracts.forms import AMOUNT, Reviewed
from portal.domain.catalogue import Catalogue
from portal.domain.contracts import PAYABLE_YEARLY
from portal.domain.mail import is_address
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.models.organizations import User
from portal.services import amendments
from portal.services.amendments import Amendment, NewTerms
from portal.services.contracts import Contract
from portal.web.amounts import Within, number_field
from portal.web.fields import SelectChoice, text_field
from portal.web.filters import Choice

_PRICE = Within(places=12, above=Decimal(0), highest=Decimal(1_000_000), required="Enter a price, 1 for list price.")


def _address(_form: object, field: Any) -> None:
    if field.data and not is_address(field.data):
        raise StopValidation("Enter an e-mail address like name@company.example.")


def _if_entered(form: object, field: Any) -> None:
    if field.data:
        AMOUNT(form, field)


class AmendmentForm(Reviewed):
    """Prices, amounts, people and papers of a contract; what its type has no use for is not asked for."""

    in_order: ClassVar[tuple[str, ...]] = (
        "commitment", "unit_price", "elastic_unit_price", "elastic", "pay_now_allowed", "support_plan",
        "sales_representative", "billing_contact", "purchase_order",
    )  # fmt: skip
    commitment = number_field("Commitment, US dollars", AMOUNT)
    unit_price = number_field("Unit price", _PRICE)
    elastic_unit_price = number_field("Elastic unit price", _PRICE)
    elastic = BooleanField("Invoice usage beyond the credits as used (elastic)")
    pay_now_allowed = BooleanField("Pay now")
    support_plan = Choice("Support plan sold with it")
    sales_representative = Choice("Sales representative")
    billing_contact = text_field("Billing contact", longest=254)
    purchase_order = text_field("Purchase order number", longest=100)

    def offer(self, contract: Contract, catalogue: Catalogue, sellers: Mapping[int, User]) -> None:
        """Leave out what the contract's type has no use for, and fill in the lists."""
        kind = contract.subscription.type
        if not amendments.has_pool(contract):
            del self.commitment
        elif not contract.terms.commitment_cents:
            # Its rest was waived; it may be committed to again.
            self.commitment.validators = [_if_entered]
        if kind not in PAYABLE_YEARLY:
            # Without a commitment that is billed there is none, and what is prepaid was paid at the agreed one.
            del self.unit_price
        if kind in {SubscriptionType.MARKETPLACE, SubscriptionType.GCP_MONTHLY_COMMITMENT}:
            del self.elastic_unit_price
        if kind in {SubscriptionType.ELASTIC, SubscriptionType.MARKETPLACE, SubscriptionType.GCP_MONTHLY_COMMITMENT}:
            del self.elastic
        plans = [SelectChoice(key, plan.name) for key, plan in catalogue.support_plans.items()]
        self.support_plan.choices = [SelectChoice("", "None"), *plans]
        names = [SelectChoice(str(key), user.name) for key, user in sellers.items()]
        self.sales_representative.choices = [SelectChoice("", "None"), *names]

    def amendment(self) -> Amendment:
        """What to do, once the form is valid."""
        columns: dict[str, Any] = {
            "pay_now_allowed": self.pay_now_allowed.data,
            "support_plan": self.support_plan.data or None,
            "sales_representative_id": int(self.sales_representative.data) if self.sales_representative.data else None,
            "billing_contact": self.billing_contact.data or None,
            "purchase_order": self.purchase_order.data or None,
        }
        if "commitment" in self and self.commitment.data:
            columns["commitment_cents"] = Money.of(self.commitment.data or "0", USD).minor
        if "elastic" in self:
            columns["elastic"] = self.elastic.data
        for name in ("unit_price", "elastic_unit_price"):
            if name in self:
                columns[name] = Decimal(self[name].data)
        return NewTerms(columns)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, and the form of the address."""
        is_valid: bool = super().validate({"billing_contact": [_address]})
        return is_valid
