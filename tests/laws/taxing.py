"""The taxes of a few places, from section 9 of the specification, as a plain table."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tests.laws.terms import half_up

# Country, name of the tax, whether a valid id removes it, and since when which rate.
RATES = {
    "AU": ("GST", True, [("2000-01-01", "10")]),
    "CA": ("GST", True, [("2000-01-01", "5")]),
    "CH": ("VAT", False, [("2018-01-01", "7.7"), ("2024-01-01", "8.1")]),
    "DE": ("VAT", True, [("2021-01-01", "19")]),
    "EE": ("VAT", True, [("2009-07-01", "20"), ("2024-01-01", "22"), ("2025-07-01", "24")]),
    "FI": ("VAT", True, [("2013-01-01", "24"), ("2024-09-01", "25.5")]),
    "GB": ("VAT", True, [("2011-01-04", "20")]),
    "IE": ("VAT", False, [("2021-03-01", "23")]),
    "IN": ("GST", True, [("2017-07-01", "18")]),
    "NO": ("VAT", True, [("2005-01-01", "25")]),
    "RO": ("VAT", True, [("2017-01-01", "19"), ("2025-08-01", "21")]),
    "ZA": ("VAT", False, [("2018-04-01", "15")]),
}
PROVINCES = {
    "British Columbia": ("PST", "7"),
    "Manitoba": ("PST", "7"),
    "Saskatchewan": ("PST", "6"),
    "Quebec": ("QST", "9.975"),
}
# The samples of 9.3 that the scenarios use; everything else here is not valid.
VALID = {
    "CA": "123026635RT0001",
    "CH": "CHE107787577IVA",
    "DE": "DE136695976",
    "FI": "FI20774740",
    "GB": "GB980780684",
    "IE": "IE6433435F",
    "NO": "NO995525828MVA",
}

Tax = tuple[str, Fraction, int]


def taxes(net: int, country: str, region: str, tax_id: str | None, *, on: date) -> list[Tax]:
    """Name, rate and amount of each tax that is above zero; every tax is on the net amount, none on another tax."""
    found = list[tuple[str, Fraction]]()
    if country in RATES:
        name, removable, dated = RATES[country]
        rate = [rate for since, rate in dated if date.fromisoformat(since) <= on][-1]
        if not (removable and tax_id is not None and VALID.get(country) == tax_id):
            found.append((name, Fraction(rate)))
    if country == "CA" and region in PROVINCES:
        name, rate = PROVINCES[region]
        found.append((name, Fraction(rate)))
    charged = [(name, rate, half_up(net * rate / 100)) for name, rate in found]
    return [tax for tax in charged if tax[2]]
