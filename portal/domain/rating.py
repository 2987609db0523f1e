"""Rating: metered quantities become lines with an amount, each rounded once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from portal.domain.errors import Refusal
from portal.domain.money import ratio_half_up

NANO = 10**9
PICO = 10**12
QUANTITY_DECIMALS = 9
UNIT_PRICE_DECIMALS = 12
# What the database's 64-bit columns hold, with room for sums of many lines.
HIGHEST_QUANTITY = 9_000_000_000
HIGHEST_UNIT_PRICE = 9_000_000
HIGHEST_INVOICE_CENTS = 10**17


class LineKind(StrEnum):
    """What a line charges for."""

    USAGE = "usage"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Line:
    """What one project owes for one item at one unit price on one day of use, billed on one day.

    `quantity_nano` counts 10⁻⁹ units, `unit_price_pico` 10⁻¹² US dollars, `amount_cents` US cents; `project` is the
    project's name as it is printed.
    """

    project_id: int | None
    service: str
    sku: str
    provider: str | None
    unit: str
    used_on: date
    posted_on: date
    unit_price_pico: int
    quantity_nano: int
    amount_cents: int
    project: str | None = None
    kind: LineKind = LineKind.USAGE


def amount_cents(quantity_nano: int, unit_price_pico: int) -> int:
    """round_half_up(quantity × unit price) in US cents; every later figure is a sum of these (G1)."""
    return ratio_half_up(quantity_nano * unit_price_pico * 100, NANO * PICO)


def total_cents(lines: Iterable[Line]) -> int:
    """The sum of the lines in US cents; refused where it passes what an invoice can hold."""
    total = sum(line.amount_cents for line in lines)
    if total > HIGHEST_INVOICE_CENTS:
        raise Refusal(f"The month's usage of {total // 100} US dollars is more than an invoice can hold.")
    return total


def nano(quantity: Decimal) -> int:
    """`quantity` in whole 10⁻⁹ units; it has at most nine decimals."""
    return _scaled(quantity, NANO)


def pico(unit_price: Decimal) -> int:
    """`unit_price` in whole 10⁻¹² US dollars; it has at most twelve decimals."""
    return _scaled(unit_price, PICO)


def plain_quantity(quantity_nano: int) -> str:
    """The quantity as people write it, without needless zeros: "24", "0.333333333"."""
    return _plain(quantity_nano, QUANTITY_DECIMALS, at_least=0)


def plain_unit_price(unit_price_pico: int) -> str:
    """The unit price in US dollars with two decimals or as many as it has: "0.54" → "0.54", "0.0000125"."""
    return _plain(unit_price_pico, UNIT_PRICE_DECIMALS, at_least=2)


def _scaled(value: Decimal, scale: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    scaled, rest = divmod(numerator * scale, denominator)
    if rest:
        raise ValueError(f"{value} has more decimals than are kept")
    return scaled


def _plain(scaled: int, decimals: int, *, at_least: int) -> str:
    digits = f"{scaled:0{decimals + 1}d}"
    part = digits[-decimals:].rstrip("0").ljust(at_least, "0")
    return f"{digits[:-decimals]}.{part}" if part else digits[:-decimals]
