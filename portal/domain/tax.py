"""Taxes: which taxes an address and a product bear on a day, what a valid tax id lifts, and the amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from portal.domain import tax_ids
from portal.domain.addresses import Subdivisions, parse_subdivisions
from portal.domain.errors import Refusal
from portal.domain.money import Money
from portal.domain.reading import Reader

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_HUNDRED = Decimal(100)


class Product(Enum):
    """What is sold, as far as tax tells it apart. Support charges are taxed as usage."""

    USAGE = "usage"
    FLEX_CONSULTING = "flex_consulting"


class Treatment(Enum):
    """How a net amount stands for tax."""

    STANDARD = "standard"
    EXEMPT_BY_TAX_ID = "exempt_by_tax_id"
    NOT_TAXED = "not_taxed"


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax on a net amount; `rate` is in per cent."""

    name: str
    rate: Decimal
    base: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Assessment:
    """The taxes on `net`.

    `note` is the sentence to print where an id lifted a tax; `tax_id` the customer's id when it is valid.
    """

    net: Money
    taxes: tuple[Tax, ...]
    treatment: Treatment
    note: str | None
    tax_id: str | None

    @property
    def tax(self) -> Money:
        """All taxes together."""
        return Money.total((tax.amount for tax in self.taxes), self.net.currency)

    @property
    def total(self) -> Money:
        """Net and taxes."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in per cent from a day on; the first rate of a place has no such day."""

    percent: Decimal
    starts_on: date | None


@dataclass(frozen=True, slots=True)
class TaxRule:
    """One tax of one area. `rates` are by place, a country or a province, each from the oldest to the newest."""

    name: str
    area: str
    products: frozenset[Product]
    lifted_by_tax_id: bool
    note: str | None
    rates: Mapping[str, tuple[Rate, ...]]

    def rate(self, place: str, on: date) -> Rate:
        """The rate of `place` that is valid on the day `on`."""
        return next(rate for rate in reversed(self.rates[place]) if rate.starts_on is None or rate.starts_on <= on)


@dataclass(frozen=True, slots=True)
class TaxRules:
    """Every tax that is charged, and the provinces that some of them hang on. What is not in here is not taxed."""

    rules: tuple[TaxRule, ...]
    subdivisions: Subdivisions

    def name_in(self, country: str) -> str | None:
        """What the tax of `country` is called, None where there is none."""
        return next((rule.name for rule in self.rules if country in rule.rates), None)

    def places(self, country: str, region: str | None) -> tuple[str, ...]:
        """The country, and the province where a tax hangs on it; an unknown one is a `Refusal` there."""
        if not any(place.startswith(f"{country}-") for rule in self.rules for place in rule.rates):
            return (country,)
        province = self.subdivisions.find(country, region)
        if province is None:
            raise Refusal(f"The tax for {country} depends on the province, and “{region or ''}” is not one of them.")
        return (country, province.code)


@dataclass(frozen=True, slots=True)
class TaxedPlace:
    """A line of *what is taxed where*: one tax in one place; `since` is None for a rate without a known beginning."""

    place: str
    area: str
    tax: str
    rate: Decimal
    since: date | None
    products: frozenset[Product]
    lifted_by_tax_id: bool


def assess(
    rules: TaxRules, net: Money, *, product: Product, country: str, region: str | None, tax_id: str | None, on: date
) -> Assessment:
    """The taxes on `net` for a customer at an address, at the rates of `on`, the last day of the period (TX1 to TX12).

    An id that is missing or invalid is no error: the tax is charged. Raises `Refusal` where the province decides
    and is unknown.
    """
    places = rules.places(country, region)
    known_id = tax_ids.recognise(country, tax_id)
    due = [(rule, place) for rule in rules.rules if product in rule.products for place in places if place in rule.rates]
    charged = [(rule, place) for rule, place in due if not (known_id and rule.lifted_by_tax_id)]
    notes = [rule.note for rule, _ in due if known_id and rule.note]
    taxes = tuple(_tax(rule, rule.rate(place, on), net) for rule, place in charged) if net else ()
    treatment = Treatment.STANDARD if charged else Treatment.EXEMPT_BY_TAX_ID if due else Treatment.NOT_TAXED
    return Assessment(net, taxes, treatment, " ".join(notes) or None, known_id.number if known_id else None)


def taxed_places(rules: TaxRules, *, on: date) -> tuple[TaxedPlace, ...]:
    """Each tax in each place as it stands on `on`, in the order of the rules."""
    return tuple(_taxed_places(rules, on))


def parse_tax_rules(table: Mapping[str, object], source: str) -> TaxRules:
    """The tax rules in `table`, the content of the file `source`. Raises `Malformed`: file, key, what is expected."""
    with Reader(table, source) as place:
        subdivisions = parse_subdivisions(place)
        rules: list[TaxRule] = []
        for entry in place.tables("taxes"):
            rule = _parse_rule(entry, subdivisions)
            _refuse_second(entry, rule, rules)
            rules.append(rule)
        if not rules:
            raise place.refuse("taxes", "at least one tax is expected")
    return TaxRules(tuple(rules), subdivisions)


def _tax(rule: TaxRule, rate: Rate, net: Money) -> Tax:
    # Every tax is on the net amount, never on another tax, and is rounded once.
    return Tax(rule.name, rate.percent, net, net.share(rate.percent))


def _taxed_places(rules: TaxRules, on: date) -> Iterator[TaxedPlace]:
    for rule in rules.rules:
        for place in rule.rates:
            rate = rule.rate(place, on)
            yield TaxedPlace(
                place, rule.area, rule.name, rate.percent, rate.starts_on, rule.products, rule.lifted_by_tax_id
            )


def _parse_rule(entry: Reader, subdivisions: Subdivisions) -> TaxRule:
    products = entry.texts("products", one_of=[product.value for product in Product])
    if not products:
        raise entry.refuse("products", "at least one product is expected")
    lifted = entry.flag("lifted_by_tax_id")
    # The note is printed where an id lifts the tax, so the one makes no sense without the other.
    note = entry.text("note") if lifted else None
    with entry.table("rates") as rates:
        places = rates.keys()
        if not places:
            raise entry.refuse("rates", "at least one place is expected")
        by_place = {place: _parse_rates(rates, place, subdivisions, lifted) for place in places}
    return TaxRule(entry.text("name"), entry.text("area"), frozenset(map(Product, products)), lifted, note, by_place)


def _refuse_second(entry: Reader, rule: TaxRule, earlier: list[TaxRule]) -> None:
    for other in earlier:
        twice = sorted(rule.rates.keys() & other.rates.keys()) if other.name == rule.name else []
        if twice:
            raise entry.refuse(
                f"rates.{twice[0]}", f"one {rule.name} a place is expected, and “{other.area}” has it too"
            )


def _parse_rates(rates: Reader, place: str, subdivisions: Subdivisions, lifted: bool) -> tuple[Rate, ...]:
    if not _PLACE.fullmatch(place):
        raise rates.refuse(place, "a country (DE) or a province (CA-BC) is expected as key")
    if "-" in place and subdivisions.named(place) is None:
        raise rates.refuse(place, f"a province that is listed in subdivisions.{place[:2]} is expected")
    if lifted and not tax_ids.has_format(place[:2]):
        raise rates.refuse(place, "a country whose tax ids have a known format is expected, since an id lifts this tax")
    found: list[Rate] = []
    for entry in rates.tables(place):
        rate = Rate(entry.decimal("rate", above=Decimal(0), places=4), entry.optional_day("from"))
        if rate.percent > _HUNDRED:
            raise entry.refuse("rate", "a rate of at most 100 per cent is expected")
        _check_order(entry, rate, found)
        found.append(rate)
    if not found:
        raise rates.refuse(place, "at least one rate is expected")
    return tuple(found)


def _check_order(entry: Reader, rate: Rate, earlier: list[Rate]) -> None:
    if not earlier:
        if rate.starts_on is not None:
            raise entry.refuse("from", "no date is expected for the first rate, so that no day is without a rate")
        return
    if rate.starts_on is None:
        raise entry.refuse("from", "the first day of this rate is expected")
    before = earlier[-1].starts_on
    if before is not None and rate.starts_on <= before:
        raise entry.refuse("from", f"a day after {before}, the start of the rate before it, is expected")
