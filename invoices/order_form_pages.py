"""What stands where on an order form, decided from it, so that its template only draws."""

from __future__ import annotations

from datetime import timedelta

from invoices.order_form import OrderForm
from invoices.pages import Fact
from invoices.wording import figure, long_day, money, short_day, span


def facts(form: OrderForm) -> list[list[Fact]]:
    """The facts under the parties, in a row of the grid."""
    known = (
        ("Issued", short_day(form.issued_on), 1),
        ("Contract year", span(form.year), 2),
        ("Your order", form.purchase_order, 1),
        ("Replaces", form.replaces, 1),
    )
    return [[Fact(label=label, value=value, columns=columns) for label, value, columns in known if value]]


def term(form: OrderForm) -> str:
    """From when to when it holds: `1 January 2024 to 31 December 2024`."""
    if form.ends_before is None:
        return f"From {long_day(form.starts_on)}, until it is ended"
    return f"{long_day(form.starts_on)} to {long_day(form.ends_before - timedelta(days=1))}"


def length(form: OrderForm) -> str | None:
    """How long the term is that was sold."""
    return f"{form.months} {'month' if form.months == 1 else 'months'}" if form.months else None


def agreed(form: OrderForm) -> list[Fact]:
    """Everything that was agreed, a line each."""
    lines = (
        ("Subscription", form.type_label),
        ("Term", ", ".join(part for part in (term(form), length(form)) if part)),
        ("Commitment", money(form.commitment_cents) if form.commitment_cents else None),
        ("Unit price", _price(form.unit_price, form.currency)),
        ("Usage beyond that" if form.commitment_cents else "Usage", form.beyond),
        ("Elastic unit price", _price(form.elastic_unit_price, form.currency)),
        ("Support plan", form.support_plan),
        ("Billing", form.billing),
        ("Payment", form.payment_terms),
        ("Billing contact", form.billing_contact),
        ("Purchase order", form.purchase_order),
        ("Organization", f"{form.organization_name}, {form.organization_id}"),
        ("Sales contact", form.sales_contact),
    )
    return [Fact(label=label, value=value) for label, value in lines if value]


def in_currency(form: OrderForm) -> bool:
    """Whether the parts of the commitment come to other figures in the currency they are billed in."""
    return any(share.net_minor != share.each_cents for share in form.schedule)


def _price(price: str | None, currency: str) -> str | None:
    return f"{currency} {figure(price)} for each US dollar of usage, before taxes" if price else None
