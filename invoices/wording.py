"""Facts as they are printed: amounts by currency code, true minus, dates in words, quantities as they were rated."""

from __future__ import annotations

from datetime import date, timedelta

from invoices.parts import Address, Party, Period, Seller, Tax

MINUS = "−"
NO_BREAK = "\u00a0"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    "BHD": 3, "CLP": 0, "ISK": 0, "IQD": 3, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3,
    "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

# Where the postal code stands before the town.
_CODE_FIRST = frozenset({
    "AD", "AT", "BA", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR",
    "GL", "GR", "HR", "HU", "IS", "IT", "LI", "LT", "LU", "MC", "ME", "MK", "MT", "NL",
    "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "TR", "UA", "VA",
})  # fmt: skip


def minor_digits(currency: str) -> int:
    """Decimal digits of the currency's minor unit: 2 for USD, 0 for JPY."""
    return _MINOR_DIGITS.get(currency, 2)


def amount(minor: int, currency: str = "USD") -> str:
    """`minor` units in major ones, with thousands separators: "1,575.63", "−0.05", JPY "1,200"."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(minor), 10**digits)
    fraction = f".{part:0{digits}d}" if digits else ""
    return f"{MINUS if minor < 0 else ''}{whole:,}{fraction}"


def money(minor: int, currency: str = "USD") -> str:
    """The amount with its currency before it: "EUR 1,575.63"."""
    return f"{currency} {amount(minor, currency)}"


def figure(decimal: str) -> str:
    """A quantity or price as agreed, with thousands separators: "3107.000" is "3,107.000"."""
    sign, unsigned = (MINUS, decimal[1:]) if decimal.startswith("-") else ("", decimal)
    whole, dot, fraction = unsigned.partition(".")
    return f"{sign}{int(whole):,}{dot}{fraction}" if whole.isdecimal() else decimal


def percent(rate: str) -> str:
    """A tax rate: "23 %", the space not to be broken at."""
    return f"{figure(rate)}{NO_BREAK}%"


def tax_label(tax: Tax, currency: str) -> str:
    """One tax with its rate and base: "VAT 23 % on 1,281.00"."""
    return f"{tax.name} {percent(tax.rate)} on {amount(tax.base_minor, currency)}"


def short_day(day: date) -> str:
    """A date for tables: "2 Nov 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def long_day(day: date) -> str:
    """A date for the payment band: "2 December 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def used_on(day: date) -> str:
    """A date beside a period that names the year: "2 Nov"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def span(period: Period) -> str:
    """The covered days, first and last: "1–31 Oct 2026"."""
    first, last = period.starts_on, period.ends_before - timedelta(days=1)
    if first == last:
        return short_day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_day(last)}"
    return f"{used_on(first) if first.year == last.year else short_day(first)} – {short_day(last)}"


def iban(number: str) -> str:
    """An IBAN in groups of four."""
    bare = "".join(number.split())
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def party_lines(party: Party) -> list[str]:
    """The lines below a party's name, in the order of an envelope, then its numbers."""
    reached = ", ".join(part for part in (party.contact, party.email) if part)
    tax_id = f"{party.tax_id_label or 'Tax id'} {party.tax_id}" if party.tax_id else None
    lines = (reached, *(_address_lines(party.address) if party.address else ()), tax_id, _registration(party))
    return [line for line in lines if line]


def _registration(party: Party) -> str | None:
    if not party.company_number:
        return None
    place = (
        f"Registered in {party.address.country_name},"
        if isinstance(party, Seller) and party.address
        else "Company number"
    )
    return f"{place} {party.company_number}"


def _address_lines(address: Address) -> list[str | None]:
    region = address.region if address.region != address.city else None
    if address.country_code in _CODE_FIRST:
        town = ", ".join(part for part in (_joined(address.postal_code, address.city), region) if part)
    else:
        town = ", ".join(part for part in (address.city, _joined(region, address.postal_code)) if part)
    return [address.line1, address.line2, town, address.country_name]


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
