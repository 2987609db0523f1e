"""Tax ids: how each country writes them, whether one is well formed, and the form in which it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stdnum import luhn
from stdnum.au import abn
from stdnum.ca import bn
from stdnum.ch import vat as ch_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError
from stdnum.gb import vat as gb_vat
from stdnum.in_ import pan
from stdnum.no import mva
from stdnum.sg import uen

from portal.domain.errors import Refusal

LONGEST = 40
_WITHOUT_ID = frozenset({"US"})
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015\u2212]")


@dataclass(frozen=True, slots=True)
class TaxId:
    """A customer's tax id as it is kept: `number` with the prefix of its country, `body` without.

    `kind` names it ("German VAT number"); None where no format of the country is known: such an id lifts no tax.
    """

    country: str
    number: str
    body: str
    kind: str | None

    def __str__(self) -> str:
        return self.number


def asks_for_id(country: str) -> bool:
    """Whether a customer in `country` is asked for a tax id at all: not in the United States (atlas 8.2, TX12)."""
    return country not in _WITHOUT_ID


def has_format(country: str) -> bool:
    """Whether the ids of `country` can be checked; only such ids lift a tax."""
    return country in _SCHEMES


def example(country: str) -> tuple[str, str] | None:
    """What an id of `country` is called, and one that is well formed; None where no format is known."""
    scheme = _SCHEMES.get(country)
    return (scheme.kind, scheme.example) if scheme else None


def check(country: str, text: str) -> TaxId | None:
    """The id of a customer in `country` (ISO 3166-1) in the form that is kept; None where none is given or asked for.

    A country whose format is not known keeps what was typed. Raises `Refusal` with what is expected (TAX-8).
    """
    if not asks_for_id(country) or not text.strip():
        return None
    scheme = _SCHEMES.get(country)
    if scheme is None:
        return _kept_as_typed(country, text)
    found = recognise(country, text)
    if found is None:
        raise Refusal(_expectation(scheme, text))
    return found


def is_valid(country: str, text: str | None) -> bool:
    """Whether `text` is an id that counts for tax in `country`: its format is known here and the number obeys it."""
    return recognise(country, text) is not None


def recognise(country: str, text: str | None) -> TaxId | None:
    """The id in `text` when it counts for tax in `country`; None for any other text, which counts like none (TAX-7)."""
    scheme = _SCHEMES.get(country)
    if scheme is None or not text:
        return None
    for prefix, body in _readings(scheme, text):
        if scheme.fits(prefix, body):
            return TaxId(country, prefix + body, body, scheme.kind)
    return None


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How one country writes its ids. `prefixes`: each accepted prefix and the one kept for it, the default first."""

    kind: str
    prefixes: Mapping[str, str]
    shape: re.Pattern[str]
    expected: str
    example: str
    verify: Callable[[str, str], object]

    def fits(self, prefix: str, body: str) -> bool:
        """Whether `body` has the shape, and the check digits where there are some."""
        # Most check digits of nothing but zeros fit, and no register gives out such a number.
        if not self.shape.fullmatch(body) or not body.strip("0"):
            return False
        try:
            self.verify(prefix, body)
        except ValidationError:
            return False
        return True


def _readings(scheme: _Scheme, text: str) -> list[tuple[str, str]]:
    """`text` as prefix and body, first with the prefix read off, then as a body alone.

    Both are tried because a body may itself begin with the letters of its prefix (a French key FR).
    """
    folded = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    found = [(kept, folded.removeprefix(given)) for given, kept in scheme.prefixes.items() if folded.startswith(given)]
    found.append((next(iter(scheme.prefixes)), folded))
    return [(prefix, _completed(prefix, body)) for prefix, body in found]


def _completed(prefix: str, body: str) -> str:
    """A Belgian number of the old nine digits gets its leading zero."""
    return f"0{body}" if prefix == "BE" and len(body) == 9 else body


def _kept_as_typed(country: str, text: str) -> TaxId:
    typed = " ".join(text.split())
    if len(typed) > LONGEST or not typed.isprintable():
        raise Refusal(f"A tax id has at most {LONGEST} letters, digits and signs.")
    return TaxId(country, typed, typed, None)


def _expectation(scheme: _Scheme, text: str) -> str:
    shown = " ".join(text.split())[:LONGEST]
    shaped = any(scheme.shape.fullmatch(body) for _, body in _readings(scheme, text))
    reason = ", because its check digits do not fit" if shaped else ""
    return f"“{shown}” is not a valid {scheme.kind}{reason}. Expected: {scheme.expected}, for example {scheme.example}."


def _verify_european(prefix: str, body: str) -> None:
    # The number goes in with its prefix: the modules take off one prefix, and some bodies begin with the same letters.
    eu_vat.validate(prefix + body)


def _verify_indian(_: str, body: str) -> None:
    # Not python-stdnum's GSTIN as a whole: its list of states ends before Ladakh (38).
    pan.validate(body[2:12])
    luhn.validate(body, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _verify_singaporean(_: str, body: str) -> None:
    # Not python-stdnum's `validate`: it reads the clock, and the core never does.
    if body[0].isalpha():
        if body[3:5] not in uen.OTHER_UEN_ENTITY_TYPES:
            raise InvalidComponent
        expected = uen.calc_other_check_digit(body)
    elif len(body) == 9:
        expected = uen.calc_business_check_digit(body)
    else:
        expected = uen.calc_local_company_check_digit(body)
    if body[-1] != expected:
        raise InvalidChecksum


def _verify_no_further(_: str, body: str) -> str:
    return body


def _scheme(
    adjective: str, prefix: str, shape: str, expected: str, example: str, *, kind: str = "VAT number",
    also: Mapping[str, str] | None = None, verify: Callable[[str, str], object] = _verify_european,
) -> _Scheme:  # fmt: skip
    prefixes = MappingProxyType({prefix: prefix, **(also or {})})
    sentence = f"{expected}, with or without {prefix} in front"
    return _Scheme(f"{adjective} {kind}", prefixes, re.compile(shape), sentence, prefix + example, verify)


def _british(adjective: str, also: Mapping[str, str] | None = None) -> _Scheme:
    return _scheme(
        adjective, "GB", r"[0-9]{9}|[0-9]{12}|(GD|HA)[0-9]{3}", "9 or 12 digits, or GD or HA and 3 digits", "980780684",
        also=also, verify=lambda prefix, body: gb_vat.validate(prefix + body),
    )  # fmt: skip


# The formats of atlas 9.3, by the country of the address. Patterns are of the body; python-stdnum has the check digits.
_SCHEMES: Mapping[str, _Scheme] = MappingProxyType({
    "AT": _scheme("Austrian", "AT", r"U[0-9]{8}", "U and 8 digits", "U13585627"),
    "BE": _scheme("Belgian", "BE", r"[01][0-9]{9}", "10 digits that begin with 0 or 1", "0428759497"),
    "BG": _scheme("Bulgarian", "BG", r"[0-9]{9,10}", "9 or 10 digits", "175074752"),
    "CY": _scheme("Cypriot", "CY", r"(?!12)[0-9]{8}[A-Z]", "8 digits, the first two not 12, and a letter", "10259033P"),
    "CZ": _scheme("Czech", "CZ", r"[0-9]{8,10}", "8, 9 or 10 digits", "25123891"),
    "DE": _scheme("German", "DE", r"[1-9][0-9]{8}", "9 digits, the first not 0", "136695976"),
    "DK": _scheme("Danish", "DK", r"[1-9][0-9]{7}", "8 digits, the first not 0", "13585628"),
    "EE": _scheme("Estonian", "EE", r"[0-9]{9}", "9 digits", "100931558"),
    "ES": _scheme("Spanish", "ES", r"[A-Z][0-9]{7}[0-9A-Z]|[0-9]{8}[A-Z]",
                  "9 letters and digits, the first or the last a letter", "B64717838"),
    "FI": _scheme("Finnish", "FI", r"[0-9]{8}", "8 digits", "20774740"),
    "FR": _scheme("French", "FR", r"[0-9A-Z]{2}[0-9]{9}", "2 letters or digits and 9 digits", "23334175221"),
    "GR": _scheme("Greek", "EL", r"[0-9]{9}", "9 digits", "094259216", also={"GR": "EL"}),
    "HR": _scheme("Croatian", "HR", r"[0-9]{11}", "11 digits", "33392005961"),
    "HU": _scheme("Hungarian", "HU", r"[0-9]{8}", "8 digits", "12892312"),
    "IE": _scheme("Irish", "IE", r"[0-9][0-9A-Z+*][0-9]{5}[A-Z]{1,2}", "7 digits and 1 or 2 letters", "6433435F"),
    "IT": _scheme("Italian", "IT", r"[0-9]{11}", "11 digits", "00743110157"),
    "LT": _scheme("Lithuanian", "LT", r"[0-9]{9}|[0-9]{12}", "9 or 12 digits", "119511515"),
    "LU": _scheme("Luxembourg", "LU", r"[0-9]{8}", "8 digits", "15027442"),
    "LV": _scheme("Latvian", "LV", r"[0-9]{11}", "11 digits", "40003521600"),
    "MT": _scheme("Maltese", "MT", r"[1-9][0-9]{7}", "8 digits, the first not 0", "11679112"),
    "NL": _scheme("Dutch", "NL", r"[0-9]{9}B[0-9]{2}", "9 digits, B and 2 digits", "004495445B01"),
    "PL": _scheme("Polish", "PL", r"[0-9]{10}", "10 digits", "8567346215"),
    "PT": _scheme("Portuguese", "PT", r"[1-9][0-9]{8}", "9 digits, the first not 0", "501964843"),
    "RO": _scheme("Romanian", "RO", r"[0-9]{2,10}", "2 to 10 digits", "18547290"),
    "SE": _scheme("Swedish", "SE", r"[0-9]{10}01", "12 digits that end in 01", "123456789701"),
    "SI": _scheme("Slovenian", "SI", r"[1-9][0-9]{7}", "8 digits, the first not 0", "50223054"),
    "SK": _scheme("Slovak", "SK", r"[0-9]{10}", "10 digits", "2022749619"),
    "GB": _british("United Kingdom", {"XI": "XI"}),
    "IM": _british("United Kingdom"),
    "NO": _scheme("Norwegian", "NO", r"[0-9]{9}MVA", "9 digits and MVA", "995525828MVA",
                  verify=lambda prefix, body: mva.validate(prefix + body)),
    # The Swiss number has its own three letters, which begin with the country's.
    "CH": _scheme("Swiss", "CHE", r"[0-9]{9}(MWST|TVA|IVA|TPV)", "9 digits and MWST, TVA, IVA or TPV", "107787577IVA",
                  verify=lambda prefix, body: ch_vat.validate(prefix + body)),
    "AU": _scheme("Australian", "AU", r"[0-9]{11}", "11 digits", "83914571673", kind="Business Number (ABN)",
                  verify=lambda _, body: abn.validate(body)),
    "IN": _scheme("Indian", "IN", r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]",
                  "15 letters and digits, the 14th a Z", "27AAPFU0939F1ZV",
                  kind="GST number (GSTIN)", verify=_verify_indian),
    # Of the program accounts that a business number can have, RT alone is the one for GST.
    "CA": _scheme("Canadian", "CA", r"[0-9]{9}RT[0-9]{4}", "9 digits, RT and 4 digits", "123026635RT0001",
                  kind="GST number", verify=lambda _, body: bn.validate(body)),
    "SG": _scheme("Singapore", "SG", r"[0-9]{8,9}[A-Z]|[RST][0-9]{2}[A-Z]{2}[0-9]{4}[A-Z]",
                  "9 or 10 letters and digits", "197401143C",
                  kind="Unique Entity Number (UEN)", verify=_verify_singaporean),
    "SA": _scheme("Saudi", "SA", r"[0-9]{15}", "15 digits", "310122393500003", verify=_verify_no_further),
})  # fmt: skip
