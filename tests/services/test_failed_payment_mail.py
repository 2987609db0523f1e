"""A declined charge is mailed to whoever gets billing mail, once an attempt, with a link to the invoices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.database import writing
from portal.domain.periods import Month
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs import charges, month_closes
from portal.models.outbox import Message, Recipient
from portal.services import billing_profiles
from tests.customers import a_customer, midnight, use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

# Used from 1 January on, so that the card is charged from 31 January on.
CLOSED_ON = date(2024, 2, 1)


def failures(engine: Engine, method: str, days: Sequence[int]) -> Sequence[tuple[str, str, str]]:
    """The mails about failed payments, as recipient, subject and text, after charges on these days of February."""
    open_session = writing(engine)
    with open_session() as session:
        customer = a_customer(session, method=method)
        billing_profiles.change(session, customer.group, at=midnight(CLOSED_ON), billing_email="mail@acme.example")
        use(session, customer, date(2024, 1, 1), "10")
        session.commit()
    list(month_closes.close(open_session, Month(2024, 1), at=midnight(CLOSED_ON)))
    for day in days:
        at = midnight(date(2024, 2, day))
        for _ in range(2):
            charges.collect(open_session, SandboxGateway(), at=at, base_url="https://portal.example")
    with open_session() as session:
        query = (
            select(Recipient.address, Message.subject, Message.text)
            .join(Message, Message.id == Recipient.message_id)
            .where(Message.key.startswith("failed-payment"))
            .order_by(Message.id)
        )
        return [(address, subject, text) for address, subject, text in session.execute(query)]


def test_each_declined_attempt_is_one_mail_with_a_link_and_the_next_try(engine: Engine) -> None:
    mails = failures(engine, "card_declines", [1, 2, 4, 8, 15, 20])
    assert len(mails) == 4
    address, subject, text = mails[0]
    assert (address, subject) == ("mail@acme.example", "Payment failed for Acme: USD 12.30")
    assert "Visa ending 0341 of Acme could not be charged with USD 12.30 for tax invoice TI-2024-000001." in text
    assert "The answer was: The card was declined." in text
    assert "\nhttps://portal.example/orgs/acme/billing/invoices\n" in text
    assert "tried again on 4 February 2024" in text
    assert "not tried again by itself" in mails[-1][2]


def test_a_charge_that_succeeds_is_no_mail(engine: Engine) -> None:
    assert failures(engine, "card_ok", [1, 2]) == []
