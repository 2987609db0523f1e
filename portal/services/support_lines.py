"""Support charges as lines of an invoice, each with the words that say why it is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from portal.domain.money import Money, round_half_up
from portal.domain.rating import NANO, PICO, Line, LineKind, pico
from portal.domain.support_charges import Piece, SupportCharge

SERVICE = "Support"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a contract took over of a payment that waited, in US cents: usage, or a support charge."""

    is_support: bool
    organization_id: int
    posted_on: date
    provider: str | None
    cents: int


def line_of(charge: SupportCharge, *, posted_on: date) -> Line:
    """The charge as a line without a project, billed on the day `posted_on`."""
    quantity_nano, unit, unit_price_pico = _measured(charge)
    return Line(
        project_id=None,
        service=SERVICE,
        sku=words(charge),
        provider=charge.provider,
        unit=unit,
        used_on=charge.piece.last_on,
        posted_on=posted_on,
        unit_price_pico=unit_price_pico,
        quantity_nano=quantity_nano,
        amount_cents=charge.amount.minor,
        kind=LineKind.SUPPORT,
    )


def carried_line(one: TakenOver) -> Line:
    """A charge of an earlier invoice that a contract took over (A1)."""
    return Line(
        project_id=None,
        service=SERVICE,
        sku="Support charges of a payment that was cancelled",
        provider=one.provider,
        unit="USD",
        used_on=one.posted_on,
        posted_on=one.posted_on,
        unit_price_pico=PICO,
        quantity_nano=one.cents * NANO // 100,
        amount_cents=one.cents,
        kind=LineKind.SUPPORT,
    )


def words(charge: SupportCharge) -> str:
    """Plan, rate, base, minimum and days: “Pro, 10 % of 5,000.00, 12 of 31 days”."""
    said = [charge.plan.name]
    if charge.per_month is not None:
        said.append(f"{_amount(charge.per_month)} a month")
    elif charge.percent is not None and charge.base is not None:
        said.append(f"{_percent(charge.percent)} of {_amount(charge.base)}")
    elif charge.percent is not None:
        said.append(f"{_percent(charge.percent)} of the usage above its limit")
    if charge.at_least is not None:
        said.append(f"at least {_amount(charge.at_least)}")
    return ", ".join([*said, *_days(charge.piece)])


def _days(piece: Piece) -> list[str]:
    said = [] if piece.is_whole else [f"{piece.days} of {piece.month.days} days"]
    return [*said, f"{piece.first_on} to {piece.last_on}"] if piece.is_late or said else said


def _measured(charge: SupportCharge) -> tuple[int, str, int]:
    """Quantity, unit and unit price: what is charged for, as close as a line can say it."""
    if charge.base is not None and charge.percent is not None and charge.at_least is None:
        return charge.base.minor * NANO // 100, "USD", pico(charge.percent / 100)
    if charge.per_month is not None and not charge.piece.is_whole:
        price = Fraction(charge.per_month.minor * PICO, 100 * charge.piece.month.days)
        return charge.piece.days * NANO, "day", round_half_up(price)
    return NANO, "month", charge.amount.minor * PICO // 100


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f} %"


def _amount(amount: Money) -> str:
    return f"{Decimal(str(amount)):,.2f}"
