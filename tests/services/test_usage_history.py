"""What the usage chart counts: twelve months, each amount once, in the month that billed it first (13.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from portal.domain.invoicing import PaymentStatus
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.rating import LineKind
from portal.services import billing_overview, invoices, usage_history
from portal.services.usage_history import Dimension
from tests import customers
from tests.builders import a_project

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.customers import Customer

TODAY = date(2025, 1, 15)


def costs(
    session: Session, customer: Customer, *, on: date = TODAY, by: Dimension = Dimension.SERVICE
) -> dict[tuple[str, str], int]:
    """The chart's figures as the billing overview asks for them."""
    pending = billing_overview.pending_invoice(session, customer.organization, on=on)
    last = invoices.last_invoice(session, customer.organization)
    found = usage_history.monthly_costs(
        session, customer.organization, by, on=on, running_lines=pending.lines,
        open_from=billing_overview.being_closed(customer.organization, last, on=on),
    )  # fmt: skip
    assert len({(cost.month, cost.name) for cost in found}) == len(found)
    return {(str(cost.month), cost.name): cost.cents for cost in found}


def test_the_twelve_months_end_with_the_running_one():
    months = usage_history.months_until(Month(2025, 1))
    assert [str(months[0]), str(months[-1]), len(months)] == ["2024-02", "2025-01", 12]


def test_closed_months_and_the_running_one_up_to_today_count_and_the_thirteenth_does_not(session):
    customer = customers.a_customer(session)
    for month in range(1, 13):
        customers.use(session, customer, date(2024, month, 5), f"{month}.10")
        customers.close(session, customer, f"2024-{month:02d}")
    customers.use(session, customer, TODAY, "40", service="Backup")
    customers.use(session, customer, date(2025, 1, 16), "99")
    expected = {(f"2024-{month:02d}", "Clusters"): month * 100 + 10 for month in range(2, 13)}
    assert costs(session, customer) == expected | {("2025-01", "Backup"): 4000}


def test_a_month_keeps_its_column_while_its_invoice_is_being_made(session):
    customer = customers.a_customer(session)
    customers.use(session, customer, date(2024, 1, 5), "1")
    customers.close(session, customer, "2024-01")
    customers.use(session, customer, date(2024, 2, 5), "2")
    customers.use(session, customer, date(2024, 3, 5), "3")
    before = costs(session, customer, on=date(2024, 3, 31))
    customers.close(session, customer, "2024-02")
    assert before == costs(session, customer, on=date(2024, 3, 31))
    assert before == {(f"2024-{month:02d}", "Clusters"): month * 100 for month in (1, 2, 3)}


def test_late_usage_counts_in_the_month_that_bills_it(session):
    customer = customers.a_customer(session)
    customers.close(session, customer, "2024-01")
    customers.use(session, customer, date(2024, 1, 5), "7", posted_on=date(2024, 2, 1))
    assert costs(session, customer, on=date(2024, 2, 20)) == {("2024-02", "Clusters"): 700}


def test_by_project_the_name_of_today_counts(session):
    customer = customers.a_customer(session)
    lab = a_project(session, customer.organization, "lab")
    customers.use(session, customer, date(2024, 12, 5), "3")
    customers.use(session, customer, date(2024, 12, 6), "4", project=lab)
    for month in range(1, 13):
        customers.close(session, customer, f"2024-{month:02d}")
    customers.use(session, customer, TODAY, "5", project=lab)
    lab.name = "laboratory"
    session.flush()
    assert costs(session, customer, by=Dimension.PROJECT) == {
        ("2024-12", "shop"): 300, ("2024-12", "laboratory"): 400, ("2025-01", "laboratory"): 500,
    }  # fmt: skip


def test_usage_that_is_billed_anew_was_used_once(session):
    """A1: the cancelled payment's lines stay on March's invoice and stand on April's too."""
    customer = customers.a_customer(session, since=date(2024, 3, 1))
    lab = a_project(session, customer.organization, "lab")
    customers.use(session, customer, date(2024, 3, 10), "300.01")
    customers.use(session, customer, date(2024, 3, 11), "0.333", price="0.05", service="Data Transfer", project=lab)
    customers.use(session, customer, date(2024, 3, 20), "99.99", service="Backup", project=lab)
    customers.close(session, customer, "2024-03")
    customers.use(session, customer, date(2024, 4, 2), "50", service="Backup", project=lab)
    customers.go_elastic(session, customer, date(2024, 4, 8))
    used = {
        Dimension.SERVICE: {
            ("2024-03", "Clusters"): 30001, ("2024-03", "Data Transfer"): 2, ("2024-03", "Backup"): 9999,
            ("2024-04", "Backup"): 5000,
        },
        Dimension.PROJECT: {("2024-03", "shop"): 30001, ("2024-03", "lab"): 10001, ("2024-04", "lab"): 5000},
    }  # fmt: skip
    (waiting,) = customers.payments(session, customer)
    assert waiting.status is PaymentStatus.CANCELLED
    for by, expected in used.items():
        assert costs(session, customer, on=date(2024, 4, 20), by=by) == expected, f"{by}, April is running"
    assert costs(session, customer, on=date(2024, 5, 20)) == used[Dimension.SERVICE], "April is being closed"
    (april,) = customers.close(session, customer, "2024-04")
    assert april.usage_cents == 45_002
    for by, expected in used.items():
        assert costs(session, customer, on=date(2024, 5, 20), by=by) == expected, f"{by}, April is closed"
    late = costs(session, customer, on=date(2025, 3, 1))
    assert late == {("2024-04", "Backup"): 5000}, "March has left the chart, and April does not take it over"


def test_support_charges_are_no_usage(session):
    customer = customers.a_customer(session)
    customers.use(session, customer, date(2024, 1, 5), "10")
    pending = billing_overview.pending_invoice(session, customer.organization, on=date(2024, 1, 15))
    (line,) = pending.lines
    support = replace(line, kind=LineKind.SUPPORT, service="Support")
    found = usage_history.monthly_costs(
        session, customer.organization, Dimension.SERVICE, on=pending.as_of, running_lines=[line, support]
    )
    assert [(cost.name, cost.cents) for cost in found] == [("Clusters", 1000)]


def test_another_organizations_usage_counts_nowhere(session):
    one, other = customers.a_customer(session), customers.a_customer(session, "other")
    customers.use(session, other, date(2024, 1, 5), "10")
    customers.close(session, other, "2024-01")
    assert costs(session, one, on=date(2024, 2, 5)) == {}


def test_the_month_so_far_and_the_last_closed_one_are_sums_of_usage(session):
    customer = customers.a_customer(session)
    assert usage_history.last_closed_month(session, customer.organization) is None
    customers.use(session, customer, date(2024, 1, 5), "10.10")
    customers.close(session, customer, "2024-01")
    for day in (14, 15, 16):
        customers.use(session, customer, date(2024, 2, day), "2.50")
    running = usage_history.running_month(session, customer.organization, on=date(2024, 2, 15))
    assert (running.month, running.usage) == (Month(2024, 2), Money(500, USD))
    assert list(running.by_project.values()) == [running.usage]
    assert [(cost.on.day, cost.cents) for cost in running.daily] == [(14, 250), (15, 250)]
    last = usage_history.last_closed_month(session, customer.organization)
    assert last
    assert (last.month, last.usage) == (Month(2024, 1), Money(1010, USD))


def test_several_organizations_are_told_what_each_used_so_far_line_by_line(session):
    one, other, idle = (customers.a_customer(session, slug) for slug in ("acme", "other", "idle"))
    for service in ("Clusters", "Backup"):
        customers.use(session, one, date(2024, 2, 14), "0.005", service=service)
    customers.use(session, other, date(2024, 2, 1), "7")
    customers.use(session, other, date(2024, 2, 16), "9")
    keys = [customer.organization.id for customer in (one, other, idle)]
    found = usage_history.usage_so_far(session, keys, on=date(2024, 2, 15))
    assert [found[key].minor for key in keys] == [2, 700, 0], "each line is rounded by itself, and tomorrow is not over"
    for customer in (one, other, idle):
        running = usage_history.running_month(session, customer.organization, on=date(2024, 2, 15))
        assert running.usage == found[customer.organization.id]
