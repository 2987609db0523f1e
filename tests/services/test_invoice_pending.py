"""The pending invoice: what the running month would come to, and that the close then says the same."""

from __future__ import annotations

from datetime import date, timedelta

from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.services import billing_overview, invoice_payments, invoices, usage_details
from portal.services.usage_details import LineOrder, LineQuery
from tests import customers

LAST_DAY = date(2024, 3, 31)
QUERIES = (
    LineQuery(),
    LineQuery(with_zero=True, descending=False),
    LineQuery(service="Backup", with_zero=True),
    LineQuery(from_on=date(2024, 3, 5), to_on=date(2024, 3, 9)),
    LineQuery(order=LineOrder.AMOUNT, from_on=date(2024, 3, 8)),
    LineQuery(project="another"),
)


def a_busy_month(session):
    customer = customers.a_customer(session, country="DE", region="Berlin")
    customers.use(session, customer, date(2024, 1, 3), "1")
    customers.close(session, customer, "2024-01")
    customers.close(session, customer, "2024-02")
    for day in range(1, 12):
        on = date(2024, 3, day)
        customers.use(session, customer, on, f"{day}.005", service="Backup" if day % 3 else "Clusters", sku=f"M{day}")
        customers.use(session, customer, on, "2", price="0", service="Charts", provider=None, sku=f"C{day}")
    customers.go_elastic(session, customer, date(2024, 3, 6), price="0.9", currency="EUR")
    return customer


def test_usage_counts_up_to_and_including_today(session):
    customer = customers.a_customer(session)
    for day in (1, 14, 15, 16):
        customers.use(session, customer, date(2024, 1, day), "10")
    pending = billing_overview.pending_invoice(session, customer.organization, on=date(2024, 1, 15))
    assert pending.usage == pending.net == Money(3000, USD)
    assert [row.method for row in pending.payments] == [Method.CARD]


def test_on_the_last_evening_it_is_what_the_close_then_makes(session):
    customer = a_busy_month(session)
    pending = billing_overview.pending_invoice(session, customer.organization, on=LAST_DAY)
    summary = usage_details.summarize_lines(pending.lines, {customer.project.id: customer.project})
    (invoice,) = customers.close(session, customer, "2024-03")
    closed = invoice_payments.payments_of(session, invoice)
    assert [
        (row.method, row.usage, row.billed, row.net, row.taxes, row.total, row.why) for row in pending.payments
    ] == [(row.method, row.usage, row.billed, row.net, row.taxes, row.total, row.why) for row in closed]
    assert len(closed) == 2
    assert summary == usage_details.summarize(session, invoice)


def test_its_lines_are_filtered_sorted_and_paged_as_those_of_a_closed_one(session):
    customer = a_busy_month(session)
    lines = billing_overview.pending_invoice(session, customer.organization, on=LAST_DAY).lines
    projects = {customer.project.id: customer.project}
    open_pages = [
        usage_details.select_lines(lines, projects, query, number=number, size=4)
        for query in QUERIES
        for number in (1, 2, 99)
    ]
    (invoice,) = customers.close(session, customer, "2024-03")
    closed_pages = [
        usage_details.find_lines(session, invoice, query, number=number, size=4)
        for query in QUERIES
        for number in (1, 2, 99)
    ]
    assert open_pages == closed_pages
    assert [page.number for page in closed_pages[:3]] == [1, 2, 3]


def test_without_an_address_it_is_settled_and_says_that_taxes_are_missing(session):
    customer = customers.a_customer(session, country=None)
    customers.use(session, customer, date(2024, 1, 3), "10")
    pending = billing_overview.pending_invoice(session, customer.organization, on=date(2024, 1, 3))
    assert not pending.has_taxes
    assert [(row.total, row.taxes) for row in pending.payments] == [(Money(1000, USD), ())]


def test_a_month_that_ended_and_is_not_invoiced_yet_is_named(session):
    customer = customers.a_customer(session)
    organization = customer.organization
    assert billing_overview.being_closed(organization, None, on=date(2024, 1, 31)) is None
    assert billing_overview.being_closed(organization, None, on=date(2024, 2, 1)) == Month(2024, 1)
    customers.close(session, customer, "2024-01")
    last = invoices.last_invoice(session, organization)
    assert billing_overview.being_closed(organization, last, on=date(2024, 2, 29)) is None
    assert billing_overview.being_closed(organization, last, on=date(2024, 3, 1)) == Month(2024, 2)


def test_failed_unpaid_and_overdue_payments_need_attention_and_others_do_not(session):
    paid, failing, unpaid, owing = (
        customers.a_customer(session, slug, method=method)
        for slug, method in (("paid", "card_ok"), ("failing", "card_declines"), ("unpaid", None), ("owing", None))
    )
    customers.go_elastic(session, owing, date(2024, 1, 1))
    closed_on = date(2024, 2, 1)
    for customer in (paid, failing, unpaid, owing):
        customers.use(session, customer, date(2024, 1, 1), "10")
        customers.close(session, customer, "2024-01")
        customers.charge_due(session, customer, closed_on)

    def attention(customer, on):
        return [one.method for one in billing_overview.needing_attention(session, customer.organization, on=on)]

    assert [attention(customer, closed_on) for customer in (paid, failing, unpaid, owing)] == [
        [], [Method.CARD], [Method.UNPAID], [],
    ]  # fmt: skip
    due_on = closed_on + timedelta(days=30)
    assert attention(owing, due_on) == []
    assert attention(owing, due_on + timedelta(days=1)) == [Method.ELASTIC]
