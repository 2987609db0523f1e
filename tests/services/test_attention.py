"""What the list of organizations says of each: payments, contracts that end, and how an organization stands."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.delinquency import Standing
from portal.domain.money import USD, Money
from portal.services import attention, billing_overview, delinquency, invoices
from portal.services.attention import Needs
from tests import customers

CALM = Needs(Standing.ACTIVE, 0, (), None)
MARCH_1 = date(2024, 3, 1)


def needs(session, customer, on):
    key = customer.organization.id
    return attention.needs_of(session, [key], on=on)[key]


def billed_february(session, **terms):
    customer = customers.a_customer(session, **terms)
    customers.close(session, customer, "2024-01")
    customers.use(session, customer, date(2024, 2, 10), "100")
    customers.close(session, customer, "2024-02")
    return customer


def test_an_organization_that_owes_nothing_is_calm(session):
    assert needs(session, customers.a_customer(session), MARCH_1) == CALM
    assert attention.needs_of(session, [], on=MARCH_1) == {}


def test_what_nothing_pays_for_is_counted_and_makes_the_standing(session):
    customer = billed_february(session, method=None)
    due = (Money(12_300, USD),)
    stands = {on: needs(session, customer, on) for on in (MARCH_1, date(2024, 4, 1), date(2024, 5, 1))}
    assert stands == {
        MARCH_1: Needs(Standing.ACTIVE, 1, due, None),
        date(2024, 4, 1): Needs(Standing.SUSPENDED, 1, due, None),
        date(2024, 5, 1): Needs(Standing.LOCKED, 1, due, None),
    }


def test_it_counts_what_the_billing_overview_lists_with_one_amount_a_currency(session):
    customer = customers.a_customer(session, method="card_declines")
    customers.use(session, customer, date(2024, 1, 1), "1")
    customers.close(session, customer, "2024-01")
    for day, amount in ((2, "10"), (20, "200")):
        customers.use(session, customer, date(2024, 2, day), amount)
    customers.go_elastic(session, customer, date(2024, 2, 10), price="0.5", currency="EUR", starts_on=date(2024, 2, 10))
    customers.close(session, customer, "2024-02")
    customers.charge_due(session, customer, date(2024, 4, 15))
    on = date(2024, 4, 16)
    found = needs(session, customer, on)
    rows = billing_overview.needing_attention(session, customer.organization, on=on)
    assert (found.payments, len(found.due)) == (len(rows), 2) == (3, 2)
    assert found.due == invoices.by_currency([row.due for row in rows])
    assert found.standing is delinquency.standing(session, customer.organization, on)


@pytest.mark.parametrize(("on", "is_said"), [(date(2024, 6, 9), False), (date(2024, 6, 10), True)])
def test_a_subscription_that_ends_within_sixty_days_is_said(session, on, is_said):
    customer = customers.a_customer(session)
    customers.go_elastic(session, customer, date(2024, 2, 10), months=6)
    assert needs(session, customer, on).ends_on == (date(2024, 8, 9) if is_said else None)


def test_on_its_last_day_a_subscription_ends_and_the_day_after_it_has_ended(session):
    customer = customers.a_customer(session)
    customers.go_elastic(session, customer, date(2024, 2, 10), months=1)
    assert needs(session, customer, date(2024, 3, 9)).ends_on == date(2024, 3, 9)
    assert needs(session, customer, date(2024, 3, 10)).ends_on is None


def test_a_subscription_that_is_followed_or_open_does_not_end(session):
    followed, endless = customers.a_customer(session), customers.a_customer(session, "other")
    customers.go_elastic(session, followed, date(2024, 2, 10), months=1)
    customers.go_elastic(session, followed, date(2024, 3, 1), months=6, starts_on=date(2024, 3, 10))
    customers.go_elastic(session, endless, date(2024, 2, 10))
    for customer in (followed, endless):
        assert needs(session, customer, date(2024, 3, 5)).ends_on is None


def test_each_organization_has_its_own_and_all_are_asked_at_once(session):
    owing, calm = billed_february(session, method=None), customers.a_customer(session, "other")
    keys = [calm.organization.id, owing.organization.id]
    found = attention.needs_of(session, keys, on=MARCH_1)
    assert [found[key].payments for key in keys] == [0, 1]
