"""A mail that lets its reader act as its recipient does not stay in the database (MAIL-21)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from invoices.archive import Archive
from portal.domain.errors import Refusal
from portal.domain.mail import Outcome
from portal.gateways.files import open_store
from portal.gateways.mail import Answer
from portal.models.outbox import Message, Recipient
from portal.services import deliveries, letters, outbox, people, sending
from tests.mails import refused
from tests.world import AT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

ANN, BOB = "ann@acme.example", "bob@acme.example"
TAKEN, LATER = Answer(Outcome.ACCEPTED, "250 Ok"), Answer(Outcome.LATER, "451 Come later")
HOUR = timedelta(hours=1)
LINK = "https://portal.example/new-password?token=abc"


def post(session: Session, *to: str, name: str = "password_reset") -> None:
    facts = {"person": "Ann", "link": LINK, "minutes": 30, "at": AT}
    outbox.post(session, letters.write(name, **facts), to=to, key="1", at=AT)


def answer(session: Session, *answers: Answer, at=AT) -> None:
    claimed = sending.claim(session, at=at)
    assert claimed
    sending.record(session, claimed, dict(zip(claimed.recipients, answers, strict=True)), at=at)


def text_of(session: Session) -> str:
    return session.scalars(select(Message.text)).one()


@pytest.mark.parametrize("last", [TAKEN, refused()], ids=["taken", "refused"])
def test_a_secret_is_erased_when_the_last_recipient_is_settled(session: Session, last: Answer) -> None:
    post(session, ANN, BOB)
    answer(session, TAKEN, LATER)
    assert LINK in text_of(session), "somebody still waits for it"
    answer(session, last, at=AT + HOUR)
    assert text_of(session) == ""


def test_a_secret_for_an_address_that_is_none_is_not_even_kept(session: Session) -> None:
    post(session, "nobody")
    assert text_of(session) == ""


def test_what_is_no_secret_is_kept(session: Session) -> None:
    post(session, ANN, name="password_changed")
    answer(session, TAKEN)
    assert "Ann" in text_of(session)


def test_one_secret_is_one_mail(session: Session) -> None:
    post(session, ANN)
    post(session, ANN)
    assert len(session.scalars(select(Recipient)).all()) == 1


def test_what_is_erased_is_not_sent_again(session: Session) -> None:
    agent = people.create_user(session, "agent@portal.example", name="A", password_hash="x", at=AT)
    post(session, ANN)
    answer(session, refused())
    delivery = deliveries.find(session, session.scalars(select(Recipient.id)).one())
    assert delivery
    assert not delivery.can_be_resent
    with pytest.raises(Refusal, match="erased"):
        deliveries.send_again(session, delivery, by=agent, at=AT)


def test_who_was_overtaken_after_claiming_sends_no_empty_mail(session: Session, tmp_path: Path) -> None:
    post(session, ANN)
    slow = sending.claim(session, at=AT)
    assert slow
    answer(session, TAKEN, at=AT + HOUR)
    with pytest.raises(LookupError):
        sending.compose(session, Archive(open_store(tmp_path)), slow, sender=None)
