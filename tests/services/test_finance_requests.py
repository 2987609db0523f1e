"""Asking finance for another billing contact, and what the answer does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.domain.contracts import Terms
from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD
from portal.models.finance_requests import RequestState
from portal.models.history import Activity
from portal.models.outbox import Message, Recipient
from portal.services import billing_profiles, contracts, finance_requests, people, subscriptions
from portal.services.finance_requests import NewContact
from tests.customers import START, Customer, a_customer, close, go_elastic, midnight, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.finance_requests import FinanceRequest
    from portal.models.organizations import User

CLEO = NewContact(name="Cleo Finch", email="cleo@acme.example", phone="+353 1 555 0100")
BEFORE = "ap@acme.example"
AT = midnight(date(2024, 1, 10))


def person(session: Session, name: str) -> User:
    email = f"{name.lower()}@acme.example"
    found = people.find_user_by_email(session, email)
    return found or people.create_user(session, email, name=name, password_hash="", at=AT)


def ask(session: Session, customer: Customer, contact: NewContact = CLEO) -> FinanceRequest:
    by = person(session, "Owen")
    return finance_requests.ask_for_contact(session, customer.organization, contact, reason="Alma left", at=AT, by=by)


def mail(session: Session) -> list[tuple[str, str]]:
    """Recipient and subject of every mail about contacts."""
    query = select(Recipient.address, Message.subject).join(Message, Message.id == Recipient.message_id)
    query = query.where(Message.subject.like("%billing contact%"))
    return [(address, subject) for address, subject in session.execute(query.order_by(Recipient.id))]


def test_what_is_carried_out_changes_profile_and_contracts_and_tells_both_contacts(session: Session) -> None:
    customer = a_customer(session)
    subscription = go_elastic(session, customer, START)
    request = ask(session, customer)
    finance_requests.carry_out(session, request, at=AT, by=person(session, "Fay"))
    profile = billing_profiles.own_profile(session, customer.organization)
    terms = contracts.of_subscription(session, subscription).terms
    assert profile
    assert (request.state, profile.billing_contact) == (RequestState.DONE, CLEO.email)
    assert (terms.version, terms.billing_contact, terms.reason) == (2, CLEO.email, "Owen asked for it: Alma left")
    assert mail(session) == [
        (BEFORE, "You are no longer the billing contact of Acme"),
        (CLEO.email, "You are the billing contact of Acme"),
    ]


def test_the_change_is_corrected_by_another_request(session: Session) -> None:
    customer = a_customer(session)
    finance_requests.carry_out(session, ask(session, customer), at=AT, by=person(session, "Fay"))
    back = ask(session, customer, NewContact(name="Alma", email=BEFORE))
    finance_requests.carry_out(session, back, at=AT, by=person(session, "Fay"))
    profile = billing_profiles.own_profile(session, customer.organization)
    assert profile
    assert profile.billing_contact == BEFORE
    texts = session.scalars(select(Activity.text).where(Activity.type.like("BILLING_CONTACT%")).order_by(Activity.id))
    assert list(texts) == [
        f"Change of the billing contact was asked for. {CLEO.email}",
        f"Billing contact was changed. {CLEO.email}",
        f"Change of the billing contact was asked for. {BEFORE}",
        f"Billing contact was changed. {BEFORE}",
    ]


def test_what_is_declined_changes_nothing_and_tells_who_asked(session: Session) -> None:
    customer = a_customer(session)
    request = ask(session, customer)
    finance_requests.decline(session, request, reason="Cleo does not answer", at=AT, by=person(session, "Fay"))
    profile = billing_profiles.own_profile(session, customer.organization)
    assert profile
    assert (request.state, profile.billing_contact) == (RequestState.DECLINED, BEFORE)
    assert mail(session) == [("owen@acme.example", "The billing contact of Acme stays as it is")]
    assert ask(session, customer).state is RequestState.OPEN


def test_a_request_is_answered_once(session: Session) -> None:
    customer = a_customer(session)
    request = ask(session, customer)
    finance_requests.carry_out(session, request, at=AT, by=person(session, "Fay"))
    with pytest.raises(AlreadyDone):
        finance_requests.decline(session, request, reason="Too late", at=AT, by=person(session, "Fay"))
    assert len(mail(session)) == 2


def test_there_is_one_open_request(session: Session) -> None:
    customer = a_customer(session)
    ask(session, customer)
    with pytest.raises(Refusal, match="asked for already"):
        ask(session, customer, NewContact(name="Dora", email="dora@acme.example"))


@pytest.mark.parametrize(
    ("country", "contact", "words"),
    [
        (None, CLEO, "no billing address yet"),
        ("IE", NewContact(name="Alma", email=BEFORE), "the billing contact already"),
        ("IE", NewContact(name="Nobody", email="nobody"), "Enter an e-mail address"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    session: Session, country: str | None, contact: NewContact, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        ask(session, a_customer(session, country=country), contact)


def test_a_contract_that_has_ended_keeps_its_contact(session: Session) -> None:
    customer = a_customer(session)
    terms = Terms(
        type=SubscriptionType.ELASTIC, starts_on=START, months=1, currency=USD, billing_contact="old@acme.example"
    )
    subscription = subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(START))
    use(session, customer, START, "10")
    close(session, customer, "2024-01")
    later = midnight(date(2024, 2, 2))
    finance_requests.carry_out(session, ask(session, customer), at=later, by=person(session, "Fay"))
    assert contracts.of_subscription(session, subscription).terms.version == 1


def test_open_requests_come_oldest_first_and_answered_ones_newest_first(session: Session) -> None:
    first, second, third = (a_customer(session, slug) for slug in ("one", "two", "three"))
    requests = [ask(session, customer) for customer in (first, second, third)]
    finance_requests.decline(session, requests[0], reason="No", at=AT, by=person(session, "Fay"))
    page = finance_requests.open_page(session, number=9, size=1)
    assert (page.number, page.total, [one.id for one in page.items]) == (2, 2, [requests[2].id])
    assert [one.id for one in finance_requests.lately_answered(session)] == [requests[0].id]
