"""Questions to sales: kept with their mails in one transaction, counted, and turned by notes that stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.errors import TooSoon
from portal.domain.methods import SubscriptionType
from portal.domain.throttles import TALK_TO_SALES
from portal.models.leads import LeadState
from portal.models.outbox import Message
from portal.services import leads, organizations, people
from portal.services.leads import Question

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALL = Question(message="Call us.", type=SubscriptionType.PREPAID, phone="+49 30 1", preview="usage=1")


@pytest.fixture
def acme(session):
    return organizations.create_organization(session, "acme", name="Acme", catalogue="atlas", at=AT)


@pytest.fixture
def alma(session):
    return people.create_user(session, "alma@acme.example", name="Alma", password_hash="", at=AT)


def ask(session, acme, alma, *, at=AT):
    return leads.ask(session, acme, CALL, by=alma, at=at, base_url="http://localhost")


def test_a_question_is_open_until_a_note_says_otherwise_and_notes_stay(session, acme, alma):
    lead = ask(session, acme, alma)
    leads.turn(session, lead, LeadState.CLOSED, note="Wrong number", by=alma, at=AT)
    leads.turn(session, lead, LeadState.ANSWERED, note="Called", by=alma, at=AT + timedelta(hours=1))
    session.expire_all()
    found = leads.find(session, lead.hex_id)
    assert found
    assert (found.state, found.type, found.preview) == (LeadState.ANSWERED, SubscriptionType.PREPAID, "usage=1")
    assert [(turn.note, turn.noted_by.name) for turn in leads.turns_of(session, found)] == [
        ("Wrong number", "Alma"), ("Called", "Alma"),
    ]  # fmt: skip


def test_the_newest_come_first_in_a_state_and_below_a_place(session, acme, alma):
    first, second, third = (ask(session, acme, alma) for _ in range(3))
    leads.turn(session, second, LeadState.CLOSED, note="Done", by=alma, at=AT)
    assert leads.newest(session, state=None, before=None, limit=2) == [third, second]
    assert leads.newest(session, state=LeadState.OPEN, before=third.id, limit=2) == [first]
    assert leads.newest(session, state=LeadState.CLOSED, before=None, limit=2) == [second]


def test_who_asks_too_often_waits_an_hour_and_nothing_is_mailed(session, acme, alma):
    for _ in range(TALK_TO_SALES.attempts):
        ask(session, acme, alma)
    mailed = session.scalar(select(func.count()).select_from(Message))
    with pytest.raises(TooSoon):
        ask(session, acme, alma)
    assert session.scalar(select(func.count()).select_from(Message)) == mailed == 2 * TALK_TO_SALES.attempts
    ask(session, acme, alma, at=AT + TALK_TO_SALES.window)
