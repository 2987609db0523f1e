"""What the pages of contracts and credits show: states, facts, versions and effects in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Days
from portal.models.organizations import Organization
from portal.services import people
from portal.services.agreed_versions import Difference, Version
from portal.services.balances import Balance
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow
from portal.web.formatting import agreed_price, day, money

NONE = "–"
# Text, tone and icon: the arguments of the macro `badge`.
UPCOMING, ACTIVE = ("Upcoming", "", "clock"), ("In force", "ok", "circle-check")
ENDED, VOID = ("Ended", "", "circle-minus"), ("Void", "warn", "circle-x")
_LABELS = {
    "starts_on": "First day",
    "covers_from_on": "Covers usage from",
    "ends_before": "Last day",
    "months": "Term",
    "commitment_cents": "Commitment",
    "elastic": "Elastic billing beyond the credits",
    "currency": "Currency",
    "unit_price": "Unit price",
    "elastic_unit_price": "Elastic unit price",
    "marketplace": "Marketplace",
    "support_plan": "Support plan",
    "yearly_in_advance": "Paid yearly in advance",
    "pay_now_allowed": "Pay now",
    "billing_contact": "Billing contact",
    "purchase_order": "Purchase order number",
    "sales_representative_id": "Sales representative",
    "voided": "Void",
}


class StateOf(Protocol):
    """Says which state days are in."""

    def __call__(self, days: Days, *, voided: bool = False) -> tuple[str, str, str]:
        """The words, tone and icon."""


def state_of(today: date) -> StateOf:
    """Says which state days are in, as seen today."""

    def state(days: Days, *, voided: bool = False) -> tuple[str, str, str]:
        if voided:
            return VOID
        if today < days.starts_on:
            return UPCOMING
        return ACTIVE if today in days else ENDED

    return state


def contract_facts(
    session: Session, organization: Organization, contract: Contract, balance: Balance | None
) -> list[tuple[str, Any]]:
    """The terms that hold, as label and value; what the type has no use for is left out."""
    terms, catalogue = contract.terms, catalogues.load(organization.catalogue)
    names = ["starts_on", "ends_before", "commitment_cents", "elastic", "unit_price", "elastic_unit_price"]
    names += ["marketplace"] * bool(terms.marketplace)
    names += ["support_plan", "pay_now_allowed", "billing_contact", "purchase_order"]
    shown = [(_LABELS[name], word(name, getattr(terms, name), terms.currency)) for name in names]
    if terms.support_plan and terms.support_plan in catalogue.support_plans:
        shown[names.index("support_plan")] = ("Support plan", catalogue.support_plans[terms.support_plan].name)
    representative = people.find_user(session, terms.sales_representative_id or 0)
    shown.append(("Sales representative", representative.name if representative else NONE))
    if terms.commitment_cents is not None and balance:
        shown.append(("Billed by closed months", money(balance.billed)))
        shown.append(("Used in closed months", money(balance.used + balance.beyond)))
    return shown


def credit_facts(row: CreditRow, drawn: Money | None) -> list[tuple[str, Any]]:
    """What credits are, as label and value."""
    total = Money(row.credit.total_cents, USD)
    return [
        ("Total", money(total)),
        ("Left after the closed months", money(total - (drawn or Money.zero(USD)))),
        ("First day", day(row.days.starts_on)),
        ("Last day", word("ends_before", row.days.ends_before)),
        ("Priority", str(row.credit.priority or NONE)),
    ]


def told(session: Session, version: Version, currency: str = USD) -> list[tuple[str, str, str]]:
    """What a version changed: label, before and after."""
    return [
        (_LABELS[one.column], *(_told(session, one, value, currency) for value in (one.before, one.after)))
        for one in version.differences
        if one.column != "covers_from_on"
    ]


def word(name: str, value: Any, currency: str = USD) -> Any:
    """A value of terms as it is read."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return day(value - ONE_DAY if name == "ends_before" else value)
    if isinstance(value, Decimal):
        return agreed_price(value, currency)
    return money(value, USD) if name == "commitment_cents" else str(value)


def _told(session: Session, one: Difference, value: Any, currency: str) -> Any:
    if one.column == "sales_representative_id" and value is not None:
        found = people.find_user(session, value)
        return found.name if found else NONE
    return word(one.column, value, currency)
