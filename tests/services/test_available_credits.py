"""What an organization can draw from: rows in drawing order, what each is used, and what is told of payments."""

from __future__ import annotations

from datetime import date

from portal.domain import settlement
from portal.domain.invoicing import owed
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month
from portal.services import (
    available_credits,
    billing_overview,
    billing_standing,
    invoice_payments,
    invoices,
    rating,
    settled_months,
    settling,
)
from portal.services.available_credits import CreditState
from tests import customers
from tests.committed import APRIL, FEBRUARY, MARCH, TODAY, commit, commit_with_credits, grant
from tests.contracts import activate, terms


def rows_of(session, acme, *, on=TODAY):
    parts = billing_overview.pending_invoice(session, acme.organization, on=on).parts
    return available_credits.all_rows(session, acme.organization, parts, on=on)


def in_short(rows):
    return [(row.method.value, row.state.value, str(row.used), row.total and str(row.total)) for row in rows]


def test_every_row_stands_where_it_is_drawn(session):
    acme = customers.a_customer(session)
    commit_with_credits(session, acme)
    assert in_short(rows_of(session, acme)) == [
        ("promotional", "active", "30.00", "30.00"),
        ("monthly_commitment", "active", "2310.00", "12000.00"),
        ("elastic", "active", "0.00", None),
        ("promotional", "upcoming", "0.00", "500.00"),
        ("prepaid", "upcoming", "0.00", "12000.00"),
        ("prepaid", "expired", "100.00", "100.00"),
        ("promotional", "expired", "0.00", "70.00"),
    ]


def test_the_order_is_that_in_which_the_month_is_settled(session):
    acme = customers.a_customer(session)
    commit(session, acme)
    for amount, days, priority in (
        ("10", Days(MARCH, date(2024, 9, 1)), 7),
        ("10", Days(FEBRUARY, date(2024, 5, 1)), None),
        ("10", Days(MARCH, date(2025, 9, 1)), 3),
        ("10", Days(MARCH, date(2024, 5, 1)), None),
        ("10", Days(FEBRUARY, date(2025, 9, 1)), None),
    ):
        grant(session, acme, amount, days, priority=priority)
    month = Month.of(TODAY)
    lines = rating.rated_lines(session, [acme.organization.id], month)[acme.group.id]
    parts = settlement.settle(settling.sources(session, acme.group.id, month), owed(lines))
    assert parts
    *sources, _ = settling.sources(session, acme.group.id, month)
    active = [row for row in rows_of(session, acme) if row.state is CreditState.ACTIVE]
    assert [(row.method, row.subscription_id, row.credit_id) for row in active] == [source.key for source in sources]


def test_a_marketplace_has_no_limit_and_stands_on_top(session):
    acme = customers.a_customer(session)
    activate(session, acme, terms("marketplace", None, months=None, marketplace="AWS"))
    grant(session, acme, "10", Days(MARCH, date(2024, 9, 1)))
    customers.use(session, acme, date(2024, 1, 5), "33")
    customers.close(session, acme, "2024-01")
    customers.use(session, acme, APRIL, "5")
    assert in_short(rows_of(session, acme)) == [
        ("marketplace", "active", "38.00", None),
        ("promotional", "active", "0.00", "10.00"),
    ]


def test_usage_beyond_a_gcp_commitment_is_a_row_of_its_own(session):
    """GC4."""
    acme = customers.a_customer(session)
    activate(session, acme, terms("gcp_monthly_commitment", "1200.00"))
    customers.use(session, acme, date(2024, 1, 5), "1250")
    customers.close(session, acme, "2024-01")
    customers.use(session, acme, date(2024, 2, 1), "7")
    rows = rows_of(session, acme, on=date(2024, 2, 3))
    assert in_short(rows) == [
        ("gcp_commitment", "active", "1200.00", "1200.00"),
        ("gcp_elastic", "active", "57.00", None),
    ]
    assert rows[0].billed == Money.of("100", USD)


def test_a_payment_names_the_months_whose_credits_it_applied(session):
    acme = customers.a_customer(session)
    numbers = commit(session, acme)
    february = invoices.find_invoice(session, acme.organization, numbers["2024-02"])
    assert february
    (row,) = invoice_payments.payments_of(session, february)
    assert row.why.endswith("$300.00 from credits left over in January 2024.")


def test_what_a_contract_settled_is_told_by_month(session):
    acme = customers.a_customer(session)
    commit(session, acme)
    (contract,) = billing_standing.standing(session, acme.organization, on=TODAY).contracts
    settled = settled_months.of_subscriptions(session, [contract.subscription.id])[contract.subscription.id]
    billed = settled_months.billed_by_month(settled)
    assert {str(month): str(amount) for month, amount in billed.items()} == {
        "2024-01": "1000.00",
        "2024-02": "1000.00",
        "2024-03": "1000.00",
    }
    assert settled_months.of_subscriptions(session, []) == {}


def test_an_overdue_prepayment_needs_attention(session):
    acme = customers.a_customer(session)
    activate(session, acme, terms("prepaid", "2400.00"))
    assert not billing_overview.needing_attention(session, acme.organization, on=date(2024, 1, 31))
    (overdue,) = billing_overview.needing_attention(session, acme.organization, on=date(2024, 2, 1))
    assert (overdue.invoice, overdue.due) == (None, Money.of("2952.00", USD))
    assert overdue.tax_invoice
    assert overdue.tax_invoice.startswith("TI-2024-")
