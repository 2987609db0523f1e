"""Money: whole minor units and a currency, and the one rounding of the house."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from portal.domain.errors import Refusal

USD = "USD"

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    "BHD": 3, "CLP": 0, "ISK": 0, "IQD": 3, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3,
    "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip


def minor_digits(currency: str) -> int:
    """Decimal digits of the currency's minor unit: 2 for USD, 0 for JPY (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, 2)


def round_half_up(value: Decimal | Fraction | int) -> int:
    """The nearest whole number; a half goes away from zero, so that a credit note mirrors its invoice (G1)."""
    exact = Fraction(value)
    return ratio_half_up(exact.numerator, exact.denominator)


def ratio_half_up(numerator: int, denominator: int) -> int:
    """`round_half_up` of a quotient of whole numbers, `denominator` above 0, without making a fraction of it."""
    nearest = (2 * abs(numerator) + denominator) // (2 * denominator)
    return nearest if numerator >= 0 else -nearest


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in whole minor units of one currency. Amounts of different currencies never meet."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def of(cls, amount: Decimal | Fraction | str, currency: str) -> Money:
        """`amount` in major units, rounded half up to the minor unit (G1)."""
        exact = Fraction(Decimal(amount)) if isinstance(amount, str) else Fraction(amount)
        return cls(round_half_up(exact * 10 ** minor_digits(currency)), currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum of `amounts`, all of which are in `currency`; nothing for none."""
        return sum(amounts, cls.zero(currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return decimal_text(self.minor, self.currency)

    def at_price(self, unit_price: Decimal, currency: str) -> Money:
        """This amount at `unit_price` of `currency` for one unit of this currency, rounded half up (G5)."""
        return Money.of(Fraction(self.minor, 10 ** minor_digits(self.currency)) * Fraction(unit_price), currency)

    def share(self, percent: Decimal) -> Money:
        """`percent` per cent of this amount, rounded half up to the minor unit."""
        return Money(round_half_up(Fraction(self.minor) * Fraction(percent) / 100), self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise Refusal(f"{self.currency} and {other.currency} cannot be added or compared.")
        return other.minor


def decimal_text(minor: int, currency: str) -> str:
    """`minor` units as a plain decimal with all its digits: "1088.85", "-0.05", JPY "1200"."""
    digits = minor_digits(currency)
    sign = "-" if minor < 0 else ""
    if not digits:
        return f"{sign}{abs(minor)}"
    whole, part = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}"
