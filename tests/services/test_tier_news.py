"""Mail about a request for a support tier: who is told, of what, and once (MAIL-24)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.periods import Month
from portal.domain.tier_requests import TierState
from portal.models.outbox import Message, Recipient
from portal.services import account_teams, billing_profiles, organizations, support_tiers, tier_decisions, tier_news
from portal.services.support_tiers import TierWish
from tests.builders import an_organization
from tests.customers import Customer, use
from tests.members import AT, a_member, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import User
    from portal.models.support_choices import TierRequest

BASE_URL = "http://portal.example"


def asked(session: Session) -> tuple[Customer, TierRequest, User]:
    """Of Borealis, by Sue, with Max beside her who manages nothing, and Ida of the account team."""
    organization = an_organization(session, "borealis", catalogue="aiven")
    project = organizations.create_project(session, organization, "shop", at=AT)
    customer = Customer(organization, billing_profiles.own_group(session, organization), project)
    use(session, customer, date(2024, 1, 1), "100")
    sue = a_member(session, customer.organization, "Sue", "super_admin").user
    a_member(session, customer.organization, "Max", "member")
    agent = a_user(session, "Agent", domain="portal.example")
    account_teams.add(
        session, customer.organization, name="Ida", works_as="Sales", email="IDA@portal.example", by=agent, at=AT
    )
    wish = TierWish("priority", Month.of(AT), customer.group.id)
    return customer, support_tiers.ask(session, customer.organization, wish, by=sue, at=AT), agent


def mails(session: Session) -> list[tuple[str, str]]:
    """Recipient and subject of each, by recipient."""
    session.flush()
    rows = session.execute(
        select(Recipient.address, Message.subject).join(Message, Message.id == Recipient.message_id)
    ).all()
    return sorted((row.address, row.subject) for row in rows)


def test_who_asked_who_manages_and_the_account_team_are_told_once(session: Session) -> None:
    customer, request, _ = asked(session)
    for _ in range(2):
        tier_news.tell(session, customer.organization, request, at=AT, base_url=BASE_URL)
    told = mails(session)
    assert [address.partition("@")[0] for address, _ in told] == ["ida", "sue"]
    assert {subject for _, subject in told} == {f"Asked for: Priority for {customer.organization.name}"}
    text = session.scalars(select(Message.text)).first()
    assert text is not None
    assert "Sue asked for the support tier Priority" in text
    assert f"{BASE_URL}/orgs/borealis/support" in text


def test_who_is_turned_down_reads_why_and_setup_is_told_to_nobody(session: Session) -> None:
    customer, request, agent = asked(session)
    organization = customer.organization
    tier_decisions.decide(session, organization, request.hex_id, TierState.IN_SETUP, by=agent, at=AT)
    tier_news.tell(session, organization, request, at=AT, base_url=BASE_URL)
    assert mails(session) == []
    why = "Please pay first.\nBcc: all@evil.example"
    tier_decisions.decide(session, organization, request.hex_id, TierState.REJECTED, by=agent, at=AT, reason=why)
    tier_news.tell(session, organization, request, at=AT, base_url=BASE_URL)
    assert len(mails(session)) == 2
    text = session.scalars(select(Message.text)).first()
    assert text is not None
    assert "Please pay first. Bcc: all@evil.example" in text, "on one line"


def test_an_active_tier_is_told_with_the_day_from_which_it_is_billed(session: Session) -> None:
    customer, request, agent = asked(session)
    for state in (TierState.IN_SETUP, TierState.ACTIVE):
        tier_decisions.decide(session, customer.organization, request.hex_id, state, by=agent, at=AT)
    tier_news.tell(session, customer.organization, request, at=AT, base_url=BASE_URL)
    text = session.scalars(select(Message.text)).first()
    assert text is not None
    assert f"is billed from 1 {AT:%B %Y} on" in text
