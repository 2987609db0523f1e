"""When one looks, how often one closes and in which order usage arrives: none of it changes what is billed."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.models.documents import Document, TaxInvoice
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.payments import Draw, Payment
from portal.services import subscriptions
from tests.customers import a_customer, close, midnight, payments, use
from tests.laws.comparing import differences, found, simulate_in, simulate_together
from tests.laws.scenarios import a_random_scenario

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Json = dict[str, Any]
SEEDS = range(9000, 9020)


@pytest.fixture(scope="module")
def scenarios() -> list[Json]:
    """Files made at random, of which some are played once more in another way."""
    return [a_random_scenario(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def whole(scenarios: list[Json]) -> list[Json]:
    """What they come to as they are."""
    return simulate_together(scenarios)


def test_a_month_is_billed_the_same_however_long_one_looks_on(scenarios: list[Json], whole: list[Json]) -> None:
    shorter = simulate_together(
        [one | {"until": middle_of(answer) or one["until"]} for one, answer in zip(scenarios, whole, strict=True)]
    )
    for long, short in zip(whole, shorter, strict=True):
        months = found(short)["invoices"]
        assert [as_billed(one) for one in months] == [as_billed(one) for one in found(long)["invoices"][: len(months)]]


def middle_of(answer: Json) -> str | None:
    """The first day after half of the months that were closed."""
    periods = [one["period"] for one in answer["invoices"]]
    return f"{periods[len(periods) // 2]}-01" if len(periods) > 1 else None


def as_billed(invoice: Json) -> Json:
    """The month without what time does to it: it is paid, or waits, or is taken over by a contract."""
    passing = ("status", "due", "has_tax_invoice")
    rows = [{name: value for name, value in row.items() if name not in passing} for row in invoice["payments"]]
    return invoice | {"status": None, "payments": sorted(rows, key=str)}


def test_the_order_in_which_usage_stands_in_the_file_does_not_matter(scenarios: list[Json], whole: list[Json]) -> None:
    assert simulate_together([shuffled(one, Random(1)) for one in scenarios]) == whole


def shuffled(scenario: Json, random: Random) -> Json:
    """The same file with its usage in another order, after everything else."""
    used = [step for step in scenario["timeline"] if step["do"] == "usage"]
    rest = [step for step in scenario["timeline"] if step["do"] != "usage"]
    return scenario | {"timeline": rest + random.sample(used, len(used))}


def test_every_kind_of_database_bills_what_the_second_model_bills(session: Session) -> None:
    scenarios = [a_random_scenario(seed) for seed in SEEDS[:8]]
    for scenario, answer in zip(scenarios, simulate_in(session, scenarios), strict=True):
        assert differences(scenario, answer) == []


@pytest.mark.parametrize("kind", [SubscriptionType.MONTHLY_COMMITMENT, SubscriptionType.FLEX_COMMITMENT])
def test_closing_a_commitments_last_month_twice_is_closing_it_once(session: Session, kind: SubscriptionType) -> None:
    customer = a_customer(session)
    terms = Terms(
        type=kind, starts_on=date(2024, 1, 1), months=1, currency="EUR", commitment=Money(50_000, USD), elastic=True
    )
    subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(date(2024, 1, 1)))
    use(session, customer, date(2024, 1, 10), "620")
    close(session, customer, "2024-01")
    once = counted(session), [payment.billed_cents for payment in payments(session, customer)]
    close(session, customer, "2024-01", on=date(2024, 3, 1))
    assert (counted(session), [payment.billed_cents for payment in payments(session, customer)]) == once
    assert once[1] == [50_000, 12_000]


def counted(session: Session) -> list[int]:
    """How many rows there are of everything that a close writes."""
    tables = (Invoice, Payment, Draw, Document, TaxInvoice, Activity)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
