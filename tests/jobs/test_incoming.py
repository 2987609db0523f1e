"""Mail goes round: out by SMTP, answered by a person, in by SMTP; whoever is killed on the way, once."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from invoices.archive import Archive
from portal.database import make_engine, writing
from portal.domain.cases import Visibility
from portal.domain.incoming.states import IncomingState
from portal.domain.looks import Look
from portal.gateways.files import open_store
from portal.gateways.mail.listener import Brought, Door, Listener
from portal.jobs import incoming, mail
from portal.models.case_entries import CaseEntry
from portal.models.incoming_mail import IncomingMail
from portal.models.outbox import Message
from portal.services import cases, mail_routing
from portal.services.incoming_mail import Arrival
from tests.incoming import LINE, raw
from tests.killing import End, closer, wait_until_alone
from tests.mailed import SUPPORT, a_desk, address_of
from tests.post_office import open_post_office
from tests.supported import AT, a_case, a_supported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.databases import Databases

OUTSIDER = "partner@elsewhere.example"


@pytest.fixture
def case_id(engine: Engine) -> int:
    with writing(engine).begin() as session:
        return a_case(session, a_supported(session), cc=[OUTSIDER]).id


@pytest.fixture
def door(engine: Engine) -> Iterator[int]:
    """The port of a listener that keeps mail in the database."""

    def keep(brought: Brought) -> None:
        incoming.keep(writing(engine), Arrival(brought.content, brought.sender, brought.recipients), at=AT)

    own = mail_routing.own_addresses(SUPPORT, None)
    listener = Listener(Door("127.0.0.1", 0, "smtp", 10**6, "portal.example"), keep=keep, takes=own.is_ours)
    listener.start()
    yield listener.port
    listener.stop()


def answer(port: int, received: EmailMessage, sender: str, words: str) -> None:
    """Answer a mail as a mail program does."""
    quoted = "\n".join(f"> {line}" for line in received.get_content().splitlines())
    content = raw(
        f"{words}\n\nOn Tue, Sep 10, 2024 at 9:00 AM {received['From']} wrote:\n{quoted}\n",
        sender=sender,
        to=str(received["Reply-To"]),
        subject=f"Re: {received['Subject']}",
        message_id=f"<{words.split(maxsplit=1)[0]}@mail.example>",
        In_Reply_To=str(received["Message-ID"]),
        References=f"{received['References']} {received['Message-ID']}",
    )
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        relay.sendmail(sender, [str(received["Reply-To"])], content)


def test_a_conversation_by_mail_alone(engine: Engine, door: int, case_id: int, tmp_path: Path):
    desk, archive = a_desk(tmp_path), Archive(open_store(tmp_path))

    def send() -> None:
        mail.send(writing(engine), office.gateway, archive=archive, now=lambda: AT, support_address=SUPPORT)

    with open_post_office() as office:
        send()
        to_owner, to_outsider = (one.mail for one in office.taken)
        answer(door, to_owner, "owner@acme.example", "Nothing works.")
        answer(door, to_outsider, OUTSIDER, "Try port 5432.")
        assert incoming.work_off(writing(engine), desk, now=lambda: AT) == 2
        send()
        news = office.taken[2].mail
    with writing(engine)() as session:
        entries = session.scalars(select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.id)).all()
        written = [(entry.body, entry.visibility) for entry in entries if entry.body]
    assert written[1:] == [("Nothing works.", Visibility.PUBLIC), ("Try port 5432.", Visibility.STAFF_ONLY)]
    assert (len(office.taken), news["To"], LINE in news.get_content()) == (3, OUTSIDER, True)
    assert "Nothing works." in news.get_content()
    thread = {str(one.mail["References"]) for one in office.taken}
    assert thread == {f"<case-{case_id}@portal.example>"}
    assert {str(one.mail["Subject"]) for one in office.taken} == {f"[#{case_id}] Nothing connects"}
    assert (to_owner["Auto-Submitted"], news["Auto-Submitted"]) == ("auto-generated", None)
    assert "http://portal.example/cases/" in to_owner.get_content()
    assert "http://" not in to_outsider.get_content()


def test_our_own_mail_that_comes_back_does_nothing(engine: Engine, door: int, case_id: int, tmp_path: Path):
    with open_post_office() as office:
        mail.send(writing(engine), office.gateway, archive=Archive(open_store(tmp_path)), now=lambda: AT)
        with smtplib.SMTP("127.0.0.1", door, timeout=10) as relay:
            for one in office.taken:
                relay.sendmail("owner@acme.example", [str(one.mail["Reply-To"])], one.content)
    incoming.work_off(writing(engine), a_desk(tmp_path), now=lambda: AT)
    with writing(engine)() as session:
        assert {one.state for one in session.scalars(select(IncomingMail))} == {IncomingState.IGNORED}
        assert session.scalars(select(Message).where(Message.key.like("incoming%"))).all() == []


def test_killed_before_each_write_a_mail_lands_once(databases: Databases, tmp_path: Path):
    with databases.fresh() as url:
        engine = make_engine(url)
        with writing(engine).begin() as session:
            case = a_case(session, a_supported(session), cc=[OUTSIDER])
            number, to = case.id, address_of(case)
        content = raw("It works.", sender="owner@acme.example", to=to, Cc="new@acme.example")
        incoming.keep(writing(engine), Arrival(content, "owner@acme.example", (to,)), at=AT)
        write = 1
        with closer(url, tmp_path) as workers:
            while workers.kill_at(write, Look.INCOMING, AT) is not End.BY_ITSELF:
                wait_until_alone(engine)
                write += 1
        with writing(engine)() as session:
            entries = session.scalars(select(CaseEntry.body).where(CaseEntry.case_id == number)).all()
            news = session.scalars(select(Message.key).where(Message.key.like("case entry%"))).all()
        engine.dispose()
    assert (entries.count("It works."), len(news), write > 5) == (1, 2, True)


def test_a_mail_that_cannot_be_worked_off_stops_no_other(engine: Engine, case_id: int, tmp_path: Path):
    with writing(engine)() as session:
        case = cases.find(session, case_id)
        assert case
        to = address_of(case)
    broken, sound = (
        raw(words, sender="owner@acme.example", to=to, message_id=f"<{words}@x>") for words in ("One", "Two")
    )
    for content in (broken, sound):
        incoming.keep(writing(engine), Arrival(content, None, (to,)), at=AT)
    with writing(engine).begin() as session:
        first = session.scalars(select(IncomingMail).order_by(IncomingMail.id)).first()
        assert first
        # What no code of ours writes.
        first.envelope_to = [1]  # type: ignore[list-item]
    assert incoming.work_off(writing(engine), a_desk(tmp_path), now=lambda: AT) == 1
    with writing(engine)() as session:
        states = [(one.state, one.attempts) for one in session.scalars(select(IncomingMail).order_by(IncomingMail.id))]
    assert states == [(IncomingState.RECEIVED, 1), (IncomingState.PROCESSED, 0)]
