"""The state of one customer's contract while the clock runs, and its payment rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.laws.sources import Source
from tests.laws.taxing import Tax
from tests.laws.terms import half_up

Json = dict[str, Any]
# The window of section 5: day 1 is the first day of use, on day 31 the card is charged.
WINDOW = timedelta(days=30)
FOREVER = date(9999, 1, 1)

TERMS = timedelta(days=30)
SETTLED = ("PAID", "CANCELLED")
BACKED = ("prepaid", "promotional")
PROVIDERS = ("marketplace", "gcp_commitment", "gcp_elastic")


@dataclass(kw_only=True)
class Row:
    """One payment. Amounts are whole cents."""

    method: str
    usage: int
    billed: int
    price: Fraction = Fraction(1)
    currency: str = "USD"
    net: int = 0
    taxes: list[Tax] = field(default_factory=list)
    total: int = 0
    status: str = ""
    closed_on: date = date.min
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def due(self) -> int:
        """What is still open."""
        return 0 if self.status in SETTLED else self.total

    @property
    def due_on(self) -> date:
        """When it has to be paid: terms count for what is invoiced alone (10)."""
        return self.closed_on + TERMS if self.status == "INVOICED" else self.closed_on


@dataclass(kw_only=True)
class Buyer:
    """Who pays, as it stands at this moment."""

    currency: str
    country: str
    region: str
    tax_id: str | None
    method: str | None

    @property
    def pays_by(self) -> str:
        """The method of rows that no subscription covers."""
        return {None: "unpaid", "paypal_ok": "paypal"}.get(self.method, "card")

    @property
    def can_pay(self) -> bool:
        """Whether a charge would succeed."""
        return self.method in ("card_ok", "paypal_ok")


@dataclass(kw_only=True)
class Month:
    """A closed month."""

    month: date
    usage: int
    # None where the lines of a payment that was cancelled came in and the specification does not say which they are.
    lines: dict[tuple[str, str], int] | None
    rows: list[Row]


@dataclass(kw_only=True)
class Play:
    """One customer's contract while the clock runs."""

    buyer: Buyer
    pays_invoices: bool
    used: dict[date, list[tuple[str, str, int]]]
    carried: dict[date, list[Month]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    # The same at the end of the last day, with the usage of the month that still runs taken.
    at_present: list[Source] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    # What was bought in advance, as rows with money; they stand in no month.
    prepayments: list[tuple[date, Row]] = field(default_factory=list)
    turns: list[tuple[date, str]] = field(default_factory=list)
    first_use: date | None = None

    @property
    def elastic_active(self) -> bool:
        """Whether the last turn was one towards elastic."""
        return bool(self.turns) and self.turns[-1][1] == "initiated"


def cents(amount: str) -> int:
    """Whole cents of an amount as the file has it."""
    return half_up(Fraction(amount) * 100)


def every_row(game: Play) -> list[Row]:
    """The rows of all months and what was bought in advance."""
    return [row for month in game.months for row in month.rows] + [row for _, row in game.prepayments]
