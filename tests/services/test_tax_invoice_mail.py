"""The tax invoice goes to the billing contact with its PDF, else to whoever gets billing mail; never for a scenario."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from invoices.archive import Archive
from portal import catalogues
from portal.database import writing
from portal.domain.periods import Month
from portal.gateways.files import open_store
from portal.jobs import documents, mail, month_closes
from portal.jobs.mailbox import MailboxGateway
from portal.models.outbox import Message, Recipient
from portal.services import billing_profiles, mailbox, organizations, people, scenario_files, simulation
from tests.contracts import activate, terms
from tests.customers import Customer, a_customer, close, go_elastic, midnight, take_away_method, use
from tests.post_office import open_post_office

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

FEBRUARY_1 = midnight(date(2024, 2, 1))
# A contract brings its order form, too.
WITH_TAX_INVOICE = Message.key.startswith("tax-invoice ")


def person(session: Session, customer: Customer, email: str, role: str) -> None:
    user = people.create_user(session, email, name=email, password_hash="-", at=FEBRUARY_1)
    roles = catalogues.load("atlas").roles
    organizations.add_member(
        session, customer.organization, user, roles=roles, at=FEBRUARY_1, organization_roles=[role]
    )


def readers(session: Session) -> Sequence[str]:
    query = select(Recipient.address).join(Message, Message.id == Recipient.message_id).where(WITH_TAX_INVOICE)
    return session.scalars(query.order_by(Recipient.id)).all()


def january(session: Session, **profile: Any) -> Customer:
    customer = a_customer(session)
    person(session, customer, "owner@acme.example", "ORG_OWNER")
    person(session, customer, "viewer@acme.example", "ORG_BILLING_READ_ONLY")
    if profile:
        billing_profiles.change(session, customer.group, at=FEBRUARY_1, **profile)
    use(session, customer, date(2024, 1, 5), "10")
    # Activated, so that nothing waits for day 31.
    go_elastic(session, customer, date(2024, 1, 1), months=None)
    close(session, customer, "2024-01")
    return customer


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"billing_email": "mail@acme.example"}, ["ap@acme.example"]),
        ({"billing_contact": None}, ["owner@acme.example"]),
        ({"billing_contact": None, "billing_email": "mail@acme.example"}, ["mail@acme.example", "owner@acme.example"]),
        (
            {"billing_contact": None, "billing_email": "mail@acme.example", "only_billing_email": True},
            ["mail@acme.example"],
        ),
    ],
    ids=["the billing contact alone", "nobody named", "an address beside the owners", "the address alone"],
)
def test_who_gets_the_tax_invoice(session: Session, profile: dict[str, object], expected: list[str]) -> None:
    january(session, **profile)
    assert readers(session) == expected


def test_a_month_closed_twice_is_one_mail(session: Session) -> None:
    customer = january(session)
    close(session, customer, "2024-01", on=date(2024, 3, 1))
    assert session.scalar(select(func.count()).select_from(Message).where(WITH_TAX_INVOICE)) == 1


def test_a_month_that_nobody_pays_for_is_no_mail(session: Session) -> None:
    close(session, a_customer(session), "2024-01")
    assert readers(session) == []


def test_a_contact_that_is_no_address_does_not_stop_the_close(session: Session) -> None:
    january(session, billing_contact="ask Ann")
    assert {(one.address, one.state) for one in session.scalars(select(Recipient))} == {("ask Ann", "refused")}


def test_the_mail_waits_for_its_pdf_and_brings_it(engine: Engine, tmp_path: Path) -> None:
    open_session, archive = writing(engine), Archive(open_store(tmp_path))
    with open_session() as session:
        customer = a_customer(session)
        customer.organization.name = "Ümläut\r\nBcc: eve@evil.example"
        use(session, customer, date(2024, 1, 5), "10")
        take_away_method(session, customer, on=date(2024, 1, 6))
        session.commit()
    list(month_closes.close(open_session, Month(2024, 1), at=FEBRUARY_1))
    with open_post_office() as office:
        office.to_mail = ["451 Later", "250 Taken"]
        sent = []
        for day in range(3):
            at = FEBRUARY_1 + timedelta(days=day)
            sent.append(mail.send(open_session, office.gateway, archive=archive, now=lambda: at))  # noqa: B023 - called at once
            if day == 0:
                assert office.seen == []
                documents.render(open_session, archive, at=FEBRUARY_1)
    assert sent == [0, 0, 1]
    assert office.seen[0].content == office.seen[1].content
    (arrived,) = office.taken
    read = arrived.mail
    assert arrived.recipients == ("ap@acme.example",)
    assert read["Subject"] == "Tax invoice TI-2024-000001 for Ümläut Bcc: eve@evil.example, January 2024"
    assert read["From"] == "Halden Cloud <billing@portal.example>"
    assert (read["Date"].datetime, read["Auto-Submitted"], read["Bcc"]) == (FEBRUARY_1, "auto-generated", None)
    body = read.get_body(("plain",))
    assert body
    assert "Reference        TI-2024-000001" in body.get_content()
    (attachment,) = read.iter_attachments()
    assert attachment.get_filename() == "TI-2024-000001.pdf"
    assert attachment.get_content() == archive.store.read("tax-invoices/TI-2024-000001.pdf")


def test_a_demo_reads_the_invoice_in_its_mailbox_once(engine: Engine, tmp_path: Path) -> None:
    open_session, archive = writing(engine), Archive(open_store(tmp_path))
    with open_session() as session:
        january(session)
        session.commit()
    documents.render(open_session, archive, at=FEBRUARY_1)
    gateway = MailboxGateway(open_session, lambda: FEBRUARY_1)
    for day in (0, 1):
        mail.send(open_session, gateway, archive=archive, now=lambda: FEBRUARY_1 + timedelta(days=day))  # noqa: B023 - called at once
    with open_session() as session:
        (entry,) = [entry for entry in mailbox.newest(session) if "Tax invoice" in entry.subject]
        opened = mailbox.opened(session, entry.id)
    assert opened
    assert [name for name, _ in opened.attachments] == ["TI-2024-000001.pdf"]
    assert "attached is tax invoice TI-2024-000001" in opened.text


def test_credits_that_are_paid_in_advance_are_asked_for_by_mail_at_once(session: Session) -> None:
    """4.6: there is no month and no cloud invoice; the portal has it elsewhere."""
    activate(session, a_customer(session), terms("prepaid", "500.00"))
    (mail,) = session.scalars(select(Message).where(WITH_TAX_INVOICE))
    assert mail.subject == "Tax invoice TI-2024-000001 for Acme, credits paid in advance"
    assert "USD 615.00" in mail.text
    assert "under Billing, Subscriptions" in mail.text
    assert readers(session) == ["ap@acme.example"]


def test_nothing_is_sent_for_a_scenario(session: Session) -> None:
    other = january(session)
    text = (
        '{"catalogue": "atlas", "organization": {"name": "Played", "billing_contact": "ap@played.example", '
        '"address": {"country": "IE", "region": "Dublin", "city": "Dublin", "line1": "1 Quay", "postal_code": "D02"}, '
        '"currency": "EUR"}, "timeline": [{"on": "2024-01-01", "do": "activate_subscription", "type": "elastic"}, '
        '{"on": "2024-01-05", "do": "usage", "project": "default", "service": "Clusters", "amount": "10.00"}], '
        '"until": "2024-03-01"}'
    )
    scenario = scenario_files.parse(text.encode(), available=simulation.available())
    simulation.play(session, scenario, slug="played")
    assert set(session.scalars(select(Message.organization_id))) == {other.organization.id}
