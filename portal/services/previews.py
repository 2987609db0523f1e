"""Plays a scenario in a throw-away database and reads its answer as months to be shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Malformed
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month, add_months
from portal.domain.previews import MOST_MONTHS, left_after
from portal.domain.scenarios import Scenario
from portal.domain.settlement import BEARS_MONEY
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.services import invoice_payments, invoices, scenario_files, simulation, simulation_answer

MOST_STEPS = 2_000
# What others ask for: a marketplace, or Google.
ASKED_ELSEWHERE = frozenset({Method.MARKETPLACE, Method.GCP_COMMITMENT, Method.GCP_ELASTIC})

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sums:
    """What is asked for, one amount a currency, in the order in which they first come."""

    net: Sequence[Money]
    tax: Sequence[Money]
    total: Sequence[Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedPayment:
    """A payment of the preview: usage and billed usage in US dollars, what is taxed in its own currency, and why.

    `figures` are those from which `billed` can be computed, in words and US dollars.
    """

    method: Method
    usage: Money
    billed: Money
    unit_price: Decimal
    net: Money
    taxes: Sequence[tuple[str, Decimal, Money]]
    total: Money
    has_tax_invoice: bool
    left: Money | None
    why: str
    figures: Sequence[tuple[str, Money]]

    @property
    def bears_money(self) -> bool:
        """Whether we ask for it: what credits cover is paid already, and others ask for their own."""
        return self.method in BEARS_MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedMonth:
    """An invoice of the preview: usage and billed usage in US dollars, `elsewhere` what others would ask for.

    `left` is what the contract's credits hold after the month, None where it has none. Several billing groups have an
    invoice each in a month.
    """

    month: Month
    usage: Money
    billed: Money
    elsewhere: Money
    left: Money | None
    sums: Sums
    tax_invoices: int
    payments: Sequence[PreviewedPayment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepayment:
    """Credits that are paid in advance, with a tax invoice of their own."""

    net: Money
    tax: Money
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCredits:
    """Credits as they stand at the end; `state` and `kind` as the answer has them."""

    kind: str
    total: Money
    used: Money
    billed: Money
    left: Money
    state: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a scenario came to; sums are those of all months and prepayments together."""

    months: Sequence[PreviewedMonth]
    prepayments: Sequence[Prepayment]
    credits: Sequence[HeldCredits]
    usage: Money
    billed: Money
    elsewhere: Money
    sums: Sums

    @property
    def has_one_contract(self) -> bool:
        """Whether what is left after each month can be told: with several rows it is said of the end alone."""
        return len(self.credits) <= 1

    @property
    def cost(self) -> Sequence[Money]:
        """Everything that would be asked for, by us before taxes and by others."""
        return invoices.by_currency([*self.sums.net, *([self.elsewhere] if self.elsewhere else [])])


def play(session: Session, content: bytes) -> Preview:
    """What the scenario in the JSON text `content` comes to. `session` is of a throw-away database, found empty.

    What is wrong with it is `Malformed` at its place, as for `flask simulate`; so is more than a web page may play.
    """
    scenario = scenario_files.parse(content, available=simulation.available())
    _check_size(scenario)
    organization = simulation.play(session, scenario, slug="preview")
    return _read(simulation_answer.answer(session, organization, until=scenario.until), _reasons(session, organization))


def cheapest(costs: Collection[Sequence[Money]]) -> Money | None:
    """The lowest of costs in one currency; None where there are several, which nothing here converts."""
    currencies = {amount.currency for cost in costs for amount in cost}
    if len(currencies) != 1:
        return None
    [currency] = currencies
    return min((Money.total(cost, currency) for cost in costs), key=lambda amount: amount.minor)


def _reasons(session: Session, organization: Organization) -> Mapping[str, Sequence[str]]:
    """Why each payment is what it is, as the page of its invoice says; by the invoice's number."""
    closed = session.scalars(select(Invoice).where(Invoice.organization_id == organization.id)).all()
    return {one.number: [row.why for row in invoice_payments.payments_of(session, one)] for one in closed}


def _read(answer: Json, reasons: Mapping[str, Sequence[str]]) -> Preview:
    """The answer of a simulation with its amounts as money."""
    months = _months(answer["invoices"], reasons)
    prepayments = [_prepayment(one) for one in answer["tax_invoices"] if one.get("for") == "prepayment"]
    return Preview(
        months=months,
        prepayments=prepayments,
        credits=[_credits(row) for row in answer["credits"]],
        usage=Money.total((one.usage for one in months), USD),
        billed=Money.total((one.billed for one in months), USD),
        elsewhere=Money.total((one.elsewhere for one in months), USD),
        sums=Sums(
            invoices.by_currency(
                [amount for one in months for amount in one.sums.net] + [one.net for one in prepayments]
            ),
            invoices.by_currency(
                [amount for one in months for amount in one.sums.tax] + [one.tax for one in prepayments]
            ),
            invoices.by_currency(
                [amount for one in months for amount in one.sums.total] + [one.total for one in prepayments]
            ),
        ),
    )


def _check_size(scenario: Scenario) -> None:
    if scenario.until > add_months(scenario.starts_on, MOST_MONTHS + 1):
        raise Malformed("until", f"a preview plays at most {MOST_MONTHS} months; `flask simulate` plays more")
    if len(scenario.steps) + len(scenario.usage) > MOST_STEPS:
        raise Malformed("timeline", f"a preview plays at most {MOST_STEPS:,} steps; `flask simulate` plays more")


def _months(closed: Sequence[Json], reasons: Mapping[str, Sequence[str]]) -> Sequence[PreviewedMonth]:
    months: list[PreviewedMonth] = []
    for invoice in closed:
        # A month in which nothing was drawn leaves what there was.
        months.append(_month(invoice, reasons[invoice["number"]], left_before=months[-1].left if months else None))
    return months


def _month(invoice: Json, reasons: Sequence[str], *, left_before: Money | None) -> PreviewedMonth:
    payments = [_payment(row, why) for row, why in zip(invoice["payments"], reasons, strict=True)]
    bearing = [row for row in payments if row.bears_money]
    return PreviewedMonth(
        month=Month.parse(invoice["period"]),
        usage=Money.of(invoice["usage"], USD),
        billed=Money.total((row.billed for row in payments), USD),
        elsewhere=Money.total((row.billed for row in payments if row.method in ASKED_ELSEWHERE), USD),
        left=next((row.left for row in payments if row.left is not None), left_before),
        sums=Sums(
            invoices.by_currency([row.net for row in bearing]),
            invoices.by_currency([tax for row in bearing for _, _, tax in row.taxes]),
            invoices.by_currency([row.total for row in bearing]),
        ),
        tax_invoices=sum(row.has_tax_invoice for row in payments),
        payments=payments,
    )


def _payment(row: Json, why: str) -> PreviewedPayment:
    method, currency, explain = Method(row["method"]), row["currency"], row["explain"]
    return PreviewedPayment(
        method=method,
        usage=Money.of(row["usage"], USD),
        billed=Money.of(row["billed"], USD),
        unit_price=Decimal(row["unit_price"]),
        net=Money.of(row["net"], currency),
        taxes=[(tax["name"], Decimal(tax["rate"]), Money.of(tax["amount"], currency)) for tax in row["taxes"]],
        total=Money.of(row["total"], currency),
        has_tax_invoice=row["tax_invoice"] is not None,
        left=left_after(method, explain),
        why=why,
        figures=invoice_payments.figures_of(method, explain),
    )


def _prepayment(one: Json) -> Prepayment:
    net, tax, total = (Money.of(one[key], one["currency"]) for key in ("net", "tax", "total"))
    return Prepayment(net=net, tax=tax, total=total)


def _credits(row: Json) -> HeldCredits:
    total, used, billed, left = (Money.of(row[key], USD) for key in ("total", "used", "billed", "remaining"))
    return HeldCredits(
        kind=row["kind"],
        total=total,
        used=used,
        billed=billed,
        left=left,
        state=row["state"],
        starts_on=date.fromisoformat(row["starts"]),
        ends_on=date.fromisoformat(row["ends"]) if row["ends"] else None,
    )
