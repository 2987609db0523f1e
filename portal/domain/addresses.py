"""Postal addresses: the value, what is wrong with it by field, and the states and provinces that countries list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace

from portal.domain.errors import Refusal
from portal.domain.reading import Reader

LONGEST = 200
_POSTAL_CODES = {
    "US": (re.compile(r"[0-9]{5}(-[0-9]{4})?"), "Enter a ZIP of five digits, or five and four: 12345 or 12345-6789."),
    "CA": (re.compile(r"([A-Z][0-9]){3}"), "Enter a postal code such as A1A 1A1."),
}
_ANY_POSTAL_CODE = (
    re.compile(r"(?=.*[A-Z0-9])[A-Z0-9 -]{2,12}"),
    "Enter a postal code of 2 to 12 letters, digits, spaces and hyphens.",
)
_REGION_LABELS = {"US": "State", "CA": "Province"}
_POSTAL_CODE_LABELS = {"US": "ZIP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a customer is. `country` is ISO 3166-1 alpha-2; `region` is a state, province or free text (atlas 8.2)."""

    country: str
    region: str
    city: str
    line1: str
    postal_code: str
    line2: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Subdivision:
    """A state or province: its ISO 3166-2 code, its name, and other spellings that customers use."""

    code: str
    name: str
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subdivisions:
    """The states and provinces of those countries that list them; everywhere else a region is free text."""

    by_country: Mapping[str, tuple[Subdivision, ...]]

    def of(self, country: str) -> tuple[Subdivision, ...]:
        """All of `country`, in the order of the catalogue; none where the region is free text."""
        return self.by_country.get(country, ())

    def find(self, country: str, region: str | None) -> Subdivision | None:
        """The one that `region` means, by code ("CA-BC", "BC") or name, in any case, with accents or without."""
        wanted = _folded(region or "")
        return next((one for one in self.of(country) if wanted in _spellings(one)), None)

    def named(self, code: str) -> Subdivision | None:
        """The one with this ISO 3166-2 code."""
        return next((one for one in self.of(code[:2]) if one.code == code), None)


class AddressRefused(Refusal):
    """An address that is not complete or not possible; `faults` says what is wrong by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


def region_label(country: str) -> str:
    """What the region is called in `country`."""
    return _REGION_LABELS.get(country, "State/Province/Region")


def postal_code_label(country: str) -> str:
    """What the postal code is called in `country`."""
    return _POSTAL_CODE_LABELS.get(country, "Postal Code")


def region_kept(region: str, *, chosen: str, shown: str, shown_region: str, subdivisions: Subdivisions) -> str:
    """`region` after the country went from `shown` to `chosen`: a region of the old country goes (atlas 8.2).

    It is of the old country when it is still the one that stood there, or one of those the old country lists.
    """
    is_left_over = region == shown_region or subdivisions.find(shown, region) is not None
    return "" if chosen != shown and is_left_over else region


def checked(address: Address, *, countries: Collection[str], subdivisions: Subdivisions) -> Address:
    """`address` in the form that is kept. Raises `AddressRefused` with a message for each field that is wrong."""
    tidy = tidied(address, subdivisions=subdivisions)
    found = faults(tidy, countries=countries, subdivisions=subdivisions)
    if found:
        raise AddressRefused(found)
    return tidy


def tidied(address: Address, *, subdivisions: Subdivisions) -> Address:
    """`address` without stray blanks, country and postal code in capitals, a state or province by its listed name."""
    plain = {field.name: " ".join(getattr(address, field.name).split()) for field in fields(address)}
    country = plain["country"].upper()
    listed = subdivisions.find(country, plain["region"])
    postal_code = plain["postal_code"].upper()
    if country == "CA":
        joined = postal_code.replace(" ", "")
        postal_code = f"{joined[:3]} {joined[3:]}" if len(joined) == 6 else postal_code
    tidy = Address(**plain)
    return replace(tidy, country=country, region=listed.name if listed else tidy.region, postal_code=postal_code)


def faults(address: Address, *, countries: Collection[str], subdivisions: Subdivisions) -> dict[str, str]:
    """What is wrong with a tidied address: field → message; empty when nothing is (atlas 8.2)."""
    found = {
        field.name: "Use plain text of at most 200 characters here."
        for field in fields(address)
        if len(getattr(address, field.name)) > LONGEST or not getattr(address, field.name).isprintable()
    }
    is_listed = bool(subdivisions.of(address.country))
    for name, message in _missing(address, region_is_listed=is_listed).items():
        found.setdefault(name, message)
    if address.country not in countries:
        found.setdefault("country", "Choose a country from the list.")
    if is_listed and not subdivisions.find(address.country, address.region):
        found.setdefault("region", f"Choose a {region_label(address.country).lower()} from the list.")
    pattern, message = _POSTAL_CODES.get(address.country, _ANY_POSTAL_CODE)
    written = address.postal_code.replace(" ", "") if address.country == "CA" else address.postal_code
    if not pattern.fullmatch(written):
        found.setdefault("postal_code", message)
    return found


def parse_subdivisions(place: Reader) -> Subdivisions:
    """Read the tables `[subdivisions.CA]`: ISO 3166-2 code → the name and its other spellings. Raises `Malformed`."""
    return Subdivisions(
        {country: _parse_country(table, country) for country, table in place.named_tables("subdivisions")}
    )


def _parse_country(table: Reader, country: str) -> tuple[Subdivision, ...]:
    taken: dict[str, str] = {}
    found = []
    codes = table.keys()
    for code in codes:
        if not re.fullmatch(rf"{re.escape(country)}-[A-Z0-9]{{1,3}}", code):
            raise table.refuse(code, f"an ISO 3166-2 code of {country} is expected, for example {country}-BC")
        names = table.texts(code)
        if not names:
            raise table.refuse(code, "a list that begins with the name is expected")
        one = Subdivision(code, names[0], names[1:])
        for spelling in _spellings(one):
            if spelling in taken:
                raise table.refuse(code, f"a spelling that is not also one of {taken[spelling]} is expected")
            taken[spelling] = code
        found.append(one)
    return tuple(found)


def _missing(address: Address, *, region_is_listed: bool) -> dict[str, str]:
    region = region_label(address.country).lower()
    messages = {
        "country": "Choose a country from the list.",
        "line1": "Enter the street address.",
        "city": "Enter the city.",
        "region": f"Choose a {region}." if region_is_listed else f"Enter the {region}.",
        "postal_code": f"Enter the {postal_code_label(address.country)}.",
    }
    return {name: message for name, message in messages.items() if not getattr(address, name)}


def _spellings(one: Subdivision) -> frozenset[str]:
    return frozenset(_folded(text) for text in (one.code, one.code[3:], one.name, *one.spellings))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())
