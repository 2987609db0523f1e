"""How money, days, instants and numbers read (look, "Writing"): the filters of all templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from flask import Flask
from markupsafe import Markup

from portal.domain.money import Money, decimal_text
from portal.domain.periods import Month

MINUS = "−"
_SPACE = "\N{NO-BREAK SPACE}"
# The same few days and amounts stand on every page, many times on each.
_kept = lru_cache(maxsize=4096)
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def init_app(app: Flask) -> None:
    """Give the filters to the templates of `app`."""
    filters = (money, amount, agreed_price, day, long_day, days, month, instant, percent, quantity, listed, initials)
    app.jinja_env.filters.update({function.__name__: function for function in filters})


@_kept
def money(value: Money | int, currency: str | None = None) -> str:
    """`$5,789.87`, `−€750.00`, `CHF 12.00`; `value` may be minor units with its currency beside it."""
    minor, code = _minor(value, currency)
    symbol = _SYMBOLS.get(code, f"{code}{_SPACE}")
    return f"{MINUS if minor < 0 else ''}{symbol}{_grouped(decimal_text(abs(minor), code))}"


@_kept
def amount(value: Money | int, currency: str | None = None) -> str:
    """`5,789.87`: for a column whose head or caption says the currency."""
    minor, code = _minor(value, currency)
    return f"{MINUS if minor < 0 else ''}{_grouped(decimal_text(abs(minor), code))}"


def agreed_price(value: Decimal, currency: str) -> str:
    """`€0.915`: a unit price with exactly the digits that were agreed."""
    return f"{_SYMBOLS.get(currency, f'{currency}{_SPACE}')}{_grouped(format(value, 'f'))}"


@_kept
def day(value: date) -> Markup:
    """`1 Nov 2026`."""
    return _time(value, f"{value.day}{_SPACE}{value:%b}{_SPACE}{value.year:04d}")


@_kept
def long_day(value: date) -> Markup:
    """`1 November 2026`, for sentences."""
    return _time(value, f"{value.day}{_SPACE}{value:%B}{_SPACE}{value.year:04d}")


def days(first: date, last: date) -> str:
    """Both days included: `1–31 Oct 2026`, `1 Nov – 31 Dec 2026`, `1 Feb 2026 – 31 Jan 2027`; one day as itself."""
    end = f"{last.day}{_SPACE}{last:%b}{_SPACE}{last.year:04d}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    start = f"{first.day}{_SPACE}{first:%b}"
    return f"{start} – {end}" if first.year == last.year else f"{start}{_SPACE}{first.year:04d} – {end}"


@_kept
def month(value: Month | date) -> str:
    """`October 2026`."""
    return f"{date(value.year, value.month, 1):%B}{_SPACE}{value.year:04d}"


def instant(value: datetime) -> Markup:
    """`20 Nov 2026, 13:31 UTC`, readable for machines too."""
    at = value.astimezone(UTC)
    words = f"{at.day}{_SPACE}{at:%b}{_SPACE}{at.year:04d}, {at:%H:%M}{_SPACE}UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", words)


def percent(value: Decimal) -> str:
    """`19 %`, `9.975 %`: a rate as agreed."""
    return f"{_grouped(format(value, 'f'))}{_SPACE}%"


def quantity(value: Decimal) -> str:
    """`1,234.5`: a quantity without trailing zeros."""
    digits = format(value, "f")
    shortened = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return _grouped(shortened.replace("-", MINUS))


def listed(values: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(part for part in (", ".join(values[:-1]), *values[-1:]) if part)


def initials(name: str) -> str:
    """`LH` for Lena Hartwig."""
    words = name.split()
    return "".join(word[0] for word in (*words[:1], *words[1:][-1:])).upper()


def _minor(value: Money | int, currency: str | None) -> tuple[int, str]:
    if isinstance(value, Money):
        return value.minor, value.currency
    if currency is None:
        raise TypeError("minor units need their currency")
    return value, currency


def _grouped(digits: str) -> str:
    whole, dot, part = digits.partition(".")
    sign, whole = (whole[0], whole[1:]) if whole[:1] in {MINUS, "-"} else ("", whole)
    return f"{sign}{int(whole):,}{dot}{part}"


def _time(value: date, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat()[:10], words)
