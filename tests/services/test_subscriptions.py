"""Activating a subscription, and the first 30 days of use (atlas 5)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.methods import Method, SubscriptionType
from portal.models.billing_groups import BillingGroup
from portal.models.documents import TaxInvoice
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.organizations import Project
from portal.models.subscriptions import Subscription
from portal.services import billing_profiles, contracts, elastic, issuing, statuses, subscriptions
from portal.services.billing_profiles import FIELDS
from tests.customers import Customer, a_customer, charge_due, close, go_elastic, midnight, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

INVOICED_MONTHLY = "Halden Cloud will invoice your organization based on your monthly usage."
MARCH = date(2024, 3, 1)


def covered_from(session: Session, subscription: Subscription) -> date:
    return contracts.of_subscription(session, subscription).terms.covers_from_on


def test_a_code_applied_on_day_30_covers_the_running_month_and_cancels_what_waits(session: Session) -> None:
    """A1: the closed invoice stays as it is, and the subscription bills its usage in the running month."""
    customer = a_customer(session, since=MARCH)
    use(session, customer, date(2024, 3, 10), "300.01", sku="M10")
    use(session, customer, date(2024, 3, 20), "99.99", service="Backup")
    (march,) = close(session, customer, "2024-03")
    use(session, customer, date(2024, 4, 2), "50")
    subscription = go_elastic(session, customer, date(2024, 4, 8), price="0.9", currency="EUR")
    (april,) = close(session, customer, "2024-04")
    waiting, billed = payments(session, customer)
    assert covered_from(session, subscription) == date(2024, 4, 1)
    assert (waiting.status, statuses.due_minor(session, waiting)) == (PaymentStatus.CANCELLED, 0)
    assert (march.usage_cents, march.status) == (40_000, InvoiceStatus.FREE)
    assert (april.usage_cents, billed.method, billed.billed_cents) == (45_000, Method.ELASTIC, 45_000)
    assert billed.net_minor == 40_500
    assert session.scalars(select(TaxInvoice.number)).all() == ["TI-2024-000001"]


def test_a_code_applied_on_day_31_covers_from_its_own_day(session: Session) -> None:
    """A2: what was charged stays charged."""
    customer = a_customer(session, since=MARCH)
    use(session, customer, date(2024, 3, 10), "300")
    close(session, customer, "2024-03")
    on = date(2024, 4, 9)
    issuing.issue_waiting(session, at=midnight(on), organization_id=customer.organization.id)
    charge_due(session, customer, on)
    use(session, customer, date(2024, 4, 8), "7")
    use(session, customer, on, "11")
    subscription = go_elastic(session, customer, on)
    close(session, customer, "2024-04")
    march, april_elastic, april_card = payments(session, customer)
    assert covered_from(session, subscription) == on
    assert march.status is PaymentStatus.PAID
    assert (april_elastic.billed_cents, april_card.billed_cents) == (1_100, 700)


def test_on_day_31_the_tax_invoice_is_issued_and_the_card_charged(session: Session) -> None:
    """A3."""
    customer = a_customer(session, since=MARCH)
    use(session, customer, date(2024, 3, 10), "300")
    (invoice,) = close(session, customer, "2024-03")
    issuing.issue_waiting(session, at=midnight(date(2024, 4, 8)), organization_id=customer.organization.id)
    charge_due(session, customer, date(2024, 4, 8))
    assert session.scalar(select(func.count()).select_from(TaxInvoice)) == 0
    assert payments(session, customer)[0].status is PaymentStatus.NEW
    issuing.issue_waiting(session, at=midnight(date(2024, 4, 9)), organization_id=customer.organization.id)
    charge_due(session, customer, date(2024, 4, 9))
    (tax_invoice,) = session.scalars(select(TaxInvoice))
    assert (tax_invoice.issued_on, tax_invoice.due_on) == (date(2024, 4, 9), date(2024, 4, 9))
    assert payments(session, customer)[0].status is PaymentStatus.PAID
    assert session.get_one(Invoice, invoice.id).status is InvoiceStatus.PAID


def test_a_tax_invoice_issued_late_is_due_on_its_own_day(session: Session) -> None:
    """And each organization's own: nobody else's is issued with it."""
    customer, other = (a_customer(session, slug, since=MARCH) for slug in ("acme", "other"))
    for one in (customer, other):
        use(session, one, date(2024, 3, 10), "300")
        close(session, one, "2024-03")
    on = date(2024, 4, 20)
    assert issuing.issue_waiting(session, at=midnight(on), organization_id=customer.organization.id) == 1
    (tax_invoice,) = session.scalars(select(TaxInvoice))
    assert (tax_invoice.organization_id, tax_invoice.issued_on) == (customer.organization.id, on)
    assert tax_invoice.due_on == on


def test_a_cancelled_payment_never_gets_a_tax_invoice_and_others_go_on_waiting(session: Session) -> None:
    customer, other = (a_customer(session, slug, since=MARCH) for slug in ("acme", "other"))
    for one in (customer, other):
        use(session, one, date(2024, 3, 10), "300")
        close(session, one, "2024-03")
    go_elastic(session, customer, date(2024, 4, 8))
    assert payments(session, other)[0].status is PaymentStatus.NEW
    assert issuing.issue_waiting(session, at=midnight(date(2024, 4, 9)), organization_id=customer.organization.id) == 0


def test_unpaid_usage_is_not_carried_because_it_has_its_tax_invoice(session: Session) -> None:
    """A5."""
    customer = a_customer(session, since=MARCH, method=None)
    use(session, customer, date(2024, 3, 10), "300")
    close(session, customer, "2024-03")
    go_elastic(session, customer, date(2024, 4, 5))
    (april,) = close(session, customer, "2024-04")
    assert payments(session, customer)[0].status is PaymentStatus.NEW
    assert april.usage_cents == 0


def test_a_subscription_that_starts_later_covers_from_then(session: Session) -> None:
    customer = a_customer(session, since=MARCH)
    use(session, customer, date(2024, 3, 10), "300")
    close(session, customer, "2024-03")
    subscription = go_elastic(session, customer, date(2024, 4, 5), starts_on=date(2024, 4, 20))
    assert covered_from(session, subscription) == date(2024, 4, 20)
    assert payments(session, customer)[0].status is PaymentStatus.NEW


def test_a_term_ends_and_the_payment_method_takes_over(session: Session) -> None:
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1), months=2)
    for day in (date(2024, 2, 29), date(2024, 3, 1)):
        use(session, customer, day, "10")
    for month in ("2024-01", "2024-02", "2024-03"):
        close(session, customer, month)
    assert [payment.method for payment in payments(session, customer)] == [Method.ELASTIC, Method.CARD]


def test_the_feed_tells_when_elastic_invoicing_began_and_stopped(session: Session) -> None:
    """4.5 and D5: initiated with the first elastic day, stopped on the first day that is no longer covered."""
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1), months=2)
    use(session, customer, date(2024, 1, 11), "10")
    use(session, customer, date(2024, 2, 3), "10")
    for month in ("2024-01", "2024-02"):
        close(session, customer, month)
        assert elastic.is_active(session, customer.organization)
    close(session, customer, "2024-03")
    assert not elastic.is_active(session, customer.organization)
    turns = session.execute(
        select(Activity.happened_at, Activity.text)
        .where(Activity.type.like("ACTIVE_INVOICING%"))
        .order_by(Activity.happened_at)
    ).all()
    assert [(at.date(), text) for at, text in turns] == [
        (
            date(2024, 1, 11),
            f"Active Invoicing Period initiated. {INVOICED_MONTHLY}",
        ),
        (date(2024, 3, 1), "Active Invoicing Period stopped"),
    ]


def test_a_commitment_without_an_amount_is_refused(session: Session) -> None:
    customer = a_customer(session)
    terms = Terms(type=SubscriptionType.PREPAID, starts_on=MARCH, months=12, currency="USD")
    with pytest.raises(Refusal, match="A commitment is an amount above 0"):
        subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(MARCH))


def test_how_late_the_close_runs_does_not_decide_who_pays(session: Session) -> None:
    """A1: a code applied inside the window before March was closed covers March too."""
    customer = a_customer(session, since=MARCH)
    use(session, customer, date(2024, 3, 10), "300")
    subscription = go_elastic(session, customer, date(2024, 4, 2))
    close(session, customer, "2024-03", on=date(2024, 4, 10))
    (march,) = payments(session, customer)
    assert covered_from(session, subscription) == date(2024, 3, 10)
    assert (march.method, march.status) == (Method.ELASTIC, PaymentStatus.INVOICED)


def test_what_has_its_tax_invoice_waits_no_longer(session: Session) -> None:
    """An activation that began on day 30 and got its turn after day 31 was collected bills nothing twice."""
    customer = a_customer(session, since=MARCH)
    use(session, customer, date(2024, 3, 10), "300")
    close(session, customer, "2024-03")
    issuing.issue_waiting(session, at=midnight(date(2024, 4, 9)), organization_id=customer.organization.id)
    go_elastic(session, customer, date(2024, 4, 8))
    (april,) = close(session, customer, "2024-04")
    assert payments(session, customer)[0].status is PaymentStatus.NEW
    assert april.usage_cents == 0


def test_one_billing_group_without_elastic_does_not_stop_that_of_another(session: Session) -> None:
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1))
    second = BillingGroup(organization_id=customer.organization.id, name="second", created_at=midnight(MARCH))
    session.add(second)
    session.flush()
    for day in (date(2024, 1, 11), date(2024, 2, 3)):
        use(session, customer, day, "10")
    other = Project(
        organization_id=customer.organization.id, billing_group_id=second.id, name="lab", created_at=midnight(MARCH)
    )
    session.add(other)
    session.flush()
    address = {name: getattr(billing_profiles.current(session, customer.group.id), name) for name in FIELDS}
    billing_profiles.change(session, second, at=midnight(MARCH), **address)
    use(session, Customer(customer.organization, second, other), date(2024, 2, 5), "10")
    # A named group without usage has no invoice.
    assert [len(close(session, customer, month)) for month in ("2024-01", "2024-02")] == [1, 2]
    turns = session.scalars(select(Activity.type).where(Activity.type.like("ACTIVE_INVOICING%"))).all()
    assert turns == ["ACTIVE_INVOICING_PERIOD_INITIATED"]
    assert [payment.method for payment in payments(session, customer)][1:] == [Method.ELASTIC, Method.UNPAID]


@pytest.mark.parametrize("catalogue", ["aiven", "neon"])
def test_what_a_vendor_does_not_sell_is_not_activated(session: Session, catalogue: str) -> None:
    """Its usage would be settled by a payment method that its catalogue has no name for."""
    customer = a_customer(session)
    customer.organization.catalogue = catalogue
    with pytest.raises(Refusal, match="has no subscription of the type elastic"):
        go_elastic(session, customer, date(2024, 1, 5))
    assert not session.scalar(select(func.count()).select_from(Subscription))
