"""The order form as typed facts: what a customer and the seller agreed on, and from when to when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from invoices.parts import Party, Period, Seller, agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Equal parts of a commitment that follow each other: `count` parts in `period`, of `each_cents` US cents.

    `net_minor` is what each comes to in the form's currency, before taxes.
    """

    period: Period
    count: int
    each_cents: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """The terms of a subscription; prices are in `currency` for one US dollar. `DocumentError` when it does not add up.

    `year` is the contract year that it is issued for, `replaces` the form that held until then. `schedule` are the
    parts of the commitment, where they are known before, and `schedule_note` says what they mean.
    """

    number: str
    issued_on: date
    replaces: str | None
    seller: Seller
    buyer: Party
    organization_name: str
    organization_id: str
    type_label: str
    description: str
    starts_on: date
    ends_before: date | None
    months: int | None
    year: Period
    commitment_cents: int | None
    schedule: tuple[Share, ...]
    schedule_note: str | None
    currency: str
    unit_price: str | None
    beyond: str
    elastic_unit_price: str | None
    support_plan: str | None
    billing: str
    payment_terms: str
    billing_contact: str | None
    purchase_order: str | None
    sales_contact: str | None

    def __post_init__(self) -> None:
        agree("ends_before", self.ends_before is None or self.starts_on < self.ends_before, "a later day is expected")
        shares = sum(share.count * share.each_cents for share in self.schedule)
        agree("schedule", not self.schedule or shares == self.commitment_cents, "the parts add up to another sum")
