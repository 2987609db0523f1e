"""The steps of a scenario file, one function each."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tests.laws.game import FOREVER, WINDOW, Json, Month, Play, Row, cents
from tests.laws.sources import Source
from tests.laws.taxing import taxes
from tests.laws.terms import ONE_DAY, half_up, month_of, months_later, shares

# Among the steps of one day the order of the file does not count: what a step is decided by comes first.
IN_A_DAY = [
    "set_address",
    "set_tax_id",
    "set_payment_method",
    "grant_credit",
    "activate_subscription",
    "retry_payments",
]


def activate(game: Play, step: Json, on: date) -> None:
    """A code is applied: a subscription begins, and inside the window it takes over what waited (section 5)."""
    starts = date.fromisoformat(step.get("starts") or on.isoformat())
    months: int = step.get("months") or 0
    source = Source(
        kind=step["type"],
        number=len(game.sources),
        starts=starts,
        covers_from=starts,
        ends_before=months_later(starts, months) if months else FOREVER,
        elastic=step.get("elastic", False),
        unit_price=Fraction(step.get("unit_price", "1")),
        elastic_unit_price=Fraction(step.get("elastic_unit_price", "1")),
    )
    if source.is_pool:
        source.total = source.left = cents(step["commitment"])
        source.shares = shares(source.total, starts, months)
    game.sources.append(source)
    if source.kind == "prepaid":
        prepay(game, source, on)
    # Where the contract was agreed to start later, the code does not reach back.
    if game.first_use is not None and on < game.first_use + WINDOW and starts == on:
        source.covers_from = max(game.first_use, month_of(on))
        take_over(game, on)


def take_over(game: Play, on: date) -> None:
    """What closed and waits is cancelled, and its usage is posted now."""
    for month in game.months:
        waiting = [row for row in month.rows if row.method in ("card", "paypal") and row.status == "NEW"]
        for row in waiting:
            row.status = "CANCELLED"
        if waiting:
            usage = sum(row.usage for row in waiting)
            lines = month.lines if usage == month.usage else None
            game.carried.setdefault(on, []).append(Month(month=month.month, usage=usage, lines=lines, rows=waiting))


def prepay(game: Play, source: Source, on: date) -> None:
    """A prepaid contract is invoiced whole, at activation."""
    row = Row(method="prepayment", usage=0, billed=source.total, price=source.unit_price, currency=game.buyer.currency)
    row.net = half_up(row.billed * row.price)
    row.taxes = taxes(row.net, game.buyer.country, game.buyer.region, game.buyer.tax_id, on=on)
    row.total = row.net + sum(amount for _, _, amount in row.taxes)
    row.closed_on, row.status = on, "INVOICED"
    game.prepayments.append((on, row))


def grant(game: Play, step: Json, on: date) -> None:
    """A credit that staff grant: both its first and its last day are covered."""
    starts, ends = date.fromisoformat(step["starts"]), date.fromisoformat(step["ends"])
    source = Source(
        kind=step["kind"], number=len(game.sources), granted=True, starts=starts, covers_from=starts,
        ends_before=ends + ONE_DAY, total=cents(step["amount"]), left=cents(step["amount"]),
    )  # fmt: skip
    source.priority = step.get("priority") or source.priority
    game.sources.append(source)


def set_address(game: Play, step: Json, on: date) -> None:
    """The customer moved."""
    game.buyer.country, game.buyer.region = step["address"]["country"], step["address"]["region"]


def set_tax_id(game: Play, step: Json, on: date) -> None:
    """The customer has another tax id, or none."""
    game.buyer.tax_id = step["tax_id"]


def set_method(game: Play, step: Json, on: date) -> None:
    """Another payment method; one that works pays what is open at once."""
    game.buyer.method = step["method"]
    pay_open(game)


def retry(game: Play, step: Json, on: date) -> None:
    """The customer asks for a new try."""
    pay_open(game)


def pay_open(game: Play) -> None:
    """Pay what failed and what no method stood for, with the method on file; what waits for day 31 still waits."""
    for month in game.months if game.buyer.can_pay else []:
        for row in month.rows:
            if row.status == "FAILED" or (row.method == "unpaid" and row.status == "NEW"):
                row.status = "PAID"


STEPS = {
    "set_address": set_address,
    "set_tax_id": set_tax_id,
    "set_payment_method": set_method,
    "grant_credit": grant,
    "activate_subscription": activate,
    "retry_payments": retry,
}
