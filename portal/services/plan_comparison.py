"""What one vendor sells, side by side, for the page of plans: values and words, nothing of HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal import catalogues
from portal.domain import response_words
from portal.domain.catalogue import Catalogue, ConsultingPackage, Contact, ContactKind, SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.origins import Origin
from portal.domain.prices import BasePlusExcess, FlatFee, Free, Included, OnRequest, PercentOfUsage, Price
from portal.domain.pricing_plans import Allowance, Metric, OnExceed, PricingPlan, Steps
from portal.domain.support_plans import Availability, Cell, Obtained, SupportPlan

BY_CONTRACT = "by contract"


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The price of one unit, which may have more digits than its currency has minor units."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f}"


# A piece of a line: words, or something that has a price tag.
Part = str | Money | UnitPrice


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in one cell: text lines, amounts among them as money; `is_demo`: made up for the demo.

    `availability` is there for channels alone, where the lines hold the note; blank is shown as not included (NE-2).
    """

    lines: tuple[tuple[Part, ...], ...]
    is_demo: bool
    availability: Availability | None = None

    @property
    def is_included(self) -> bool:
        """Whether a channel is in the plan without further ado."""
        return self.availability is Availability.INCLUDED


@dataclass(frozen=True, slots=True)
class Column:
    """A plan; without key the column of who has none."""

    key: str
    name: str
    description: str
    price: Entry
    trial_days: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A channel, severity or metric across the columns; one entry a column, in their order."""

    key: str
    name: str
    description: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Plans and what they have."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """The page of plans for one vendor. A table without columns is one that the vendor does not have.

    `channels` and `responses` have the support plans as columns, `allowances` the pricing plans. `hours` says which
    hours the words of the response times mean.
    """

    name: str
    title: str
    support_plans_word: str
    channels: Table
    responses: Table
    allowances: Table
    hours: tuple[str, ...]
    contacts: Mapping[str, Contact]
    subscription_types: tuple[SubscriptionType, ...]
    consulting_packages: tuple[ConsultingPackage, ...]


def compare(catalogue: Catalogue) -> PlanComparison:
    """Everything that the page of plans shows of `catalogue`."""
    columns = tuple(_support_columns(catalogue))
    pricing_columns = tuple(map(_pricing_column, catalogue.pricing_plans.values()))
    return PlanComparison(
        name=catalogue.name,
        title=catalogue.title,
        support_plans_word=catalogue.words.support_plans,
        channels=Table(columns, tuple(_channel_rows(catalogue))),
        responses=Table(columns, tuple(_response_rows(catalogue))),
        allowances=Table(pricing_columns, tuple(_allowance_rows(catalogue)) if pricing_columns else ()),
        hours=response_words.hours_in_words(catalogue),
        # The number is for who has a plan with a phone.
        contacts={kind.value: one for kind, one in catalogue.contacts.items() if kind is not ContactKind.PHONE},
        subscription_types=tuple(catalogue.subscription_types.values()),
        consulting_packages=tuple(catalogue.consulting_packages.values()),
    )


def compare_all() -> tuple[PlanComparison, ...]:
    """Every vendor of this installation, by name."""
    return tuple(compare(catalogues.load(name)) for name in catalogues.names())


def price_in_words(price: Price) -> tuple[Part, ...]:
    """A monthly price in words, amounts among them as money; what comes first is what one compares."""
    match price:
        case FlatFee(per_month):
            return per_month, " a month"
        case PercentOfUsage(percent, at_least):
            return f"{_plain(percent)} %", " of the month’s usage, at least ", at_least, " a month"
        case BasePlusExcess(base, percent, above):
            return base, f" a month, and {_plain(percent)} % of the month’s usage above ", above
        case Included():
            return ("Included in the pricing plan",)
        case OnRequest():
            return ("On request",)
        case Free():
            return ("Free",)


def _support_columns(catalogue: Catalogue) -> Iterator[Column]:
    if catalogue.without_plan:
        nothing = catalogue.without_plan
        yield Column("", nothing.name, nothing.description, _words("–", nothing.origin), None)
    for plan in catalogue.support_plans.values():
        price = _bundled_price(catalogue, plan) or _price(plan)
        yield Column(plan.key, plan.name, plan.description, price, plan.trial_days)


def _bundled_price(catalogue: Catalogue, plan: SupportPlan) -> Entry | None:
    """For a plan that is not bought: the pricing plans that it comes with (NE-1)."""
    plans = [one.name for one in catalogue.pricing_plans.values() if one.support_plan == plan.key]
    noun = "plan" if len(plans) == 1 else "plans"
    return _words(f"Comes with the {' and '.join(plans)} {noun}", plan.origin) if plans else None


def _price(plan: SupportPlan | PricingPlan) -> Entry:
    return Entry((price_in_words(plan.price),), plan.price_origin is Origin.DEMO)


def _pricing_column(plan: PricingPlan) -> Column:
    return Column(plan.key, plan.name, plan.description, _price(plan), None)


def _channel_rows(catalogue: Catalogue) -> Iterator[Row]:
    for channel in catalogue.channels.values():
        cells = [channel.plans[plan] for plan in catalogue.support_plans]
        if channel.without_plan:
            cells.insert(0, channel.without_plan)
        yield Row(channel.key, channel.name, channel.description, tuple(map(_channel_entry, cells)))
    plans = catalogue.support_plans.values()
    if any(plan.support_hours for plan in plans):
        hours = [_words(plan.support_hours or "–", plan.origin) for plan in plans]
        if catalogue.without_plan:
            hours.insert(0, _words("–", catalogue.without_plan.origin))
        yield Row("support_hours", "Support hours", None, tuple(hours))


def _channel_entry(cell: Cell) -> Entry:
    return Entry(((cell.note,),) if cell.note else (), cell.origin is Origin.DEMO, cell.availability)


def _response_rows(catalogue: Catalogue) -> Iterator[Row]:
    nothing = (_words("–", catalogue.without_plan.origin),) if catalogue.without_plan else ()
    for severity in sorted(catalogue.severities.values(), key=lambda severity: severity.rank):
        entries = tuple(_response(catalogue, plan, severity.key) for plan in catalogue.support_plans.values())
        yield Row(severity.key, severity.name, severity.description, (*nothing, *entries))


def _response(catalogue: Catalogue, plan: SupportPlan, severity: str) -> Entry:
    lines, is_demo = [], False
    for variant in plan.variants or (None,):
        target = catalogue.target(plan.key, severity, variant=variant)
        if target:
            words = response_words.target_in_words(catalogue, target)
            lines.append((f"{plan.variants[variant]}: {words}" if variant else words,))
            is_demo |= target.origin is Origin.DEMO
    return Entry(tuple(lines) or (("–",),), is_demo)


def _allowance_rows(catalogue: Catalogue) -> Iterator[Row]:
    plans = catalogue.pricing_plans.values()
    for metric in catalogue.metrics.values():
        entries = tuple(_allowance(plan.allowances.get(metric.key), metric) for plan in plans)
        yield Row(metric.key, metric.name, None, entries)
    if any(plan.uptime_percent for plan in plans):
        yield Row("uptime", "Uptime SLA", None, tuple(map(_uptime, plans)))
    names = (catalogue.support_plans[plan.support_plan].name for plan in plans)
    yield Row("support_plan", "Support plan", None, tuple(_words(name, Origin.SOURCE) for name in names))


def _allowance(allowance: Allowance | None, metric: Metric) -> Entry:
    """What is included, and below it what happens to more; a metric that the plan leaves out is for the contract."""
    if allowance is None:
        return _words(BY_CONTRACT, Origin.SOURCE)
    lines: list[tuple[Part, ...]] = [(_quantity(allowance.included, metric),)]
    match allowance.overage:
        case Steps(size, price, _):
            lines.append(("then ", price, f" for {_quantity(size, metric)}"))
        case None:
            lines += [("then suspended",)] if allowance.on_exceed is OnExceed.SUSPEND else []
        case per_unit:
            lines.append(("then ", UnitPrice(per_unit.price, USD), f" for each {metric.unit}"))
    return Entry(tuple(lines), allowance.origin is Origin.DEMO)


def _quantity(number: Decimal, metric: Metric) -> str:
    return f"{_plain(number)} {metric.unit if number == 1 else metric.units}"


def _uptime(plan: PricingPlan) -> Entry:
    if plan.uptime_percent is None:
        return _words(BY_CONTRACT if plan.obtained is Obtained.CONTACT else "–", plan.origin)
    return _words(f"{_plain(plan.uptime_percent)} %", plan.origin)


def _words(text: str, origin: Origin) -> Entry:
    return Entry(((text,),), origin is Origin.DEMO)


def _plain(number: Decimal) -> str:
    """`4.5`, `1,000`: without zeros at the end."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
