"""The model's answer in the shape that can be compared with what `flask simulate` prints."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from tests.laws.game import BACKED, PROVIDERS, Json, Month, Play, Row, every_row
from tests.laws.model import play
from tests.laws.sources import Source

# An invoice shows the first of these that any of its payments has (7.7).
STANDINGS = ["FAILED", "CLOSED", "INVOICED", "PAID", "PREPAID"]


def expected(scenario: Json) -> Json:
    """What the file comes to by the model; amounts are whole cents."""
    game = play(scenario)
    return {
        "invoices": [invoice(month) for month in game.months],
        "tax_invoices": tax_invoices(game),
        "credits": held(game, date.fromisoformat(scenario["until"])),
        "turns": [f"{day} {turn}" for day, turn in game.turns],
        "status": standing(game, date.fromisoformat(scenario["until"])),
        "elastic_active": game.elastic_active,
    }


def invoice(month: Month) -> Json:
    """One closed month."""
    return {
        "period": f"{month.month:%Y-%m}",
        "status": next((one for one in STANDINGS if one in map(shown, month.rows)), "FREE"),
        "usage": month.usage,
        "credits": sum(row.usage for row in month.rows if row.method in BACKED),
        "lines": month.lines and {" ".join(key): amount for key, amount in sorted(month.lines.items())},
        "payments": sorted((payment(row) for row in month.rows), key=str),
    }


def shown(row: Row) -> str:
    """What one payment makes of the invoice."""
    if row.method in BACKED:
        return "PREPAID"
    return "CLOSED" if row.status == "NEW" else row.status


def payment(row: Row) -> Json:
    """One row; the provider's and the credits' rows bear no money."""
    money = row.method not in PROVIDERS + BACKED
    return {
        "method": row.method,
        "usage": row.usage,
        "billed": row.billed,
        "price": (str(row.price), row.currency) if money else None,
        "net": row.net,
        "taxes": [(name, str(rate), amount) for name, rate, amount in row.taxes],
        "total": row.total,
        "due": row.due,
        "status": row.status,
        "has_tax_invoice": bears_tax_invoice(row),
        "figures": row.figures,
    }


def bears_tax_invoice(row: Row) -> bool:
    """None at zero (AMB-9), none while a card waits for day 31, none for what was cancelled."""
    waits = row.method in ("card", "paypal") and row.status == "NEW"
    return bool(row.total) and not waits and row.status != "CANCELLED"


def tax_invoices(game: Play) -> list[list[object]]:
    """Period, currency, net, tax, total and what is still due, in any order."""
    found = list[list[object]]()
    for month in game.months:
        found += [[f"{month.month:%Y-%m}", *money(row)] for row in month.rows if bears_tax_invoice(row)]
    found += [["prepayment", *money(row)] for _, row in game.prepayments if row.total]
    return sorted(found, key=str)


def money(row: Row) -> list[object]:
    """Currency, net, tax, total, due."""
    return [row.currency, row.net, row.total - row.net, row.total, row.due]


def held(game: Play, until: date) -> list[list[object]]:
    """What is known of everything that holds an amount."""
    return sorted((in_words(one, until) for one in game.at_present if one.is_pool), key=str)


def in_words(one: Source, until: date) -> list[object]:
    """Kind, total, used, billed, remaining, state, first and last day; of credits that are paid, billed is used.

    A contract's row has the days of its term, even where it reaches back.
    """
    state = "upcoming" if until < one.starts else "active" if until < one.ends_before else "expired"
    billed = one.used if one.kind in BACKED else one.billed
    last = one.ends_before - timedelta(days=1)
    return [one.kind, one.total, one.used, billed, one.left, state, str(one.starts), str(last)]


def standing(game: Play, until: date) -> str:
    """Section 10: the oldest payment that is still due decides."""
    age = max(((until - row.due_on).days for row in every_row(game) if row.due), default=0)
    if age > 60:
        return "locked"
    return "suspended" if age > 30 else "active"


def as_amount(text: str) -> int:
    """Whole cents of an amount in an answer."""
    value = Fraction(text) * 100
    assert value.denominator == 1, text
    return value.numerator
