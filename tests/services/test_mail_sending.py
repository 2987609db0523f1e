"""Mail against a real mail server: none is lost, and none is taken twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from invoices.archive import Archive
from portal.config import ROOT
from portal.database import make_engine, writing
from portal.domain.mail import DeliveryState, Outcome, pause_after
from portal.gateways.files import open_store
from portal.gateways.mail import Answer
from portal.gateways.mail.smtp import SmtpGateway
from portal.jobs import mail
from portal.models.outbox import DeliveryAttempt, Message, Recipient
from portal.services import outbox, sending
from portal.services.letters import Letter
from tests.post_office import PostOffice, open_post_office

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

AT = datetime(2024, 2, 1, 9, 0, tzinfo=UTC)
ANN, BOB = "ann@acme.example", "bob@acme.example"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(open_store(tmp_path))


def post(engine: Engine, *to: str, key: str = "welcome-1", subject: str = "Welcome") -> None:
    with writing(engine).begin() as session:
        outbox.post(session, Letter(subject, "Good morning.\n"), to=to, key=key, at=AT)


def send(engine: Engine, archive: Archive, gateway: SmtpGateway, at: datetime = AT) -> int:
    return mail.send(writing(engine), gateway, archive=archive, now=lambda: at)


def deliveries(engine: Engine) -> dict[str, Recipient]:
    with writing(engine)() as session:
        return {one.address: one for one in session.scalars(select(Recipient))}


def outcomes(engine: Engine) -> Sequence[Outcome | None]:
    with writing(engine)() as session:
        return session.scalars(select(DeliveryAttempt.outcome).order_by(DeliveryAttempt.number)).all()


def test_what_was_taken_is_not_sent_again(engine: Engine, archive: Archive, office: PostOffice) -> None:
    post(engine, ANN, BOB)
    assert [send(engine, archive, office.gateway, AT + timedelta(days=day)) for day in (0, 1)] == [2, 0]
    (arrived,) = office.taken
    assert arrived.recipients == (ANN, BOB)
    assert {one.state for one in deliveries(engine).values()} == {DeliveryState.ACCEPTED}


def test_one_cause_is_one_mail(engine: Engine, archive: Archive, office: PostOffice) -> None:
    post(engine, ANN)
    post(engine, ANN, BOB)
    send(engine, archive, office.gateway)
    assert [one.recipients for one in office.taken] == [(ANN,)]


def test_what_was_not_committed_is_not_sent(engine: Engine, archive: Archive, office: PostOffice) -> None:
    with writing(engine)() as session:
        outbox.post(session, Letter("Welcome", "Good morning."), to=[ANN], key="welcome-1", at=AT)
        session.rollback()
    assert send(engine, archive, office.gateway) == 0


def test_each_recipient_has_a_state_of_its_own(engine: Engine, archive: Archive, office: PostOffice) -> None:
    office.to_recipients[BOB] = ["550 No such mailbox"]
    post(engine, ANN, BOB)
    for day in (0, 1):
        send(engine, archive, office.gateway, AT + timedelta(days=day))
    assert [one.recipients for one in office.taken] == [(ANN,)]
    found = deliveries(engine)
    assert (found[ANN].state, found[BOB].state) == (DeliveryState.ACCEPTED, DeliveryState.REFUSED)
    assert (found[BOB].answer, found[BOB].attempts) == ("550 No such mailbox", 1)


def test_who_is_asked_to_come_later_does_so_and_the_others_get_nothing_twice(
    engine: Engine, archive: Archive, office: PostOffice
) -> None:
    office.to_recipients[BOB] = ["451 Come back later", "250 OK"]
    post(engine, ANN, BOB)
    send(engine, archive, office.gateway)
    assert deliveries(engine)[BOB].next_try_at == AT + timedelta(minutes=1)
    send(engine, archive, office.gateway, AT + timedelta(seconds=59))
    send(engine, archive, office.gateway, AT + timedelta(minutes=1))
    assert [one.recipients for one in office.taken] == [(ANN,), (BOB,)]
    assert len(set(office.ids())) == 1
    assert office.taken[0].content == office.taken[1].content


def test_a_server_that_takes_the_mail_and_drops_the_line_has_taken_it(
    engine: Engine, archive: Archive, office: PostOffice
) -> None:
    office.to_mail = ["250 Taken drop", "250 Taken"]
    post(engine, ANN, key="1")
    post(engine, BOB, key="2")
    assert send(engine, archive, office.gateway) == 2
    assert send(engine, archive, office.gateway, AT + timedelta(days=1)) == 0
    assert [one.recipients for one in office.taken] == [(ANN,), (BOB,)]


def test_a_line_that_breaks_before_the_answer_is_tried_again_as_the_same_mail(
    engine: Engine, archive: Archive, office: PostOffice
) -> None:
    office.to_mail = ["drop", "250 Taken"]
    post(engine, ANN)
    send(engine, archive, office.gateway)
    assert deliveries(engine)[ANN].state is DeliveryState.QUEUED
    send(engine, archive, office.gateway, AT + timedelta(minutes=1))
    assert outcomes(engine) == [Outcome.UNKNOWN, Outcome.ACCEPTED]
    assert len(office.taken) == 1
    first, second = office.seen
    assert first.content == second.content


@pytest.mark.parametrize(("answer", "state"), [("452 Full", DeliveryState.QUEUED), ("554 Spam", DeliveryState.REFUSED)])
def test_what_the_server_says_of_the_whole_mail_counts_for_everybody(
    engine: Engine, archive: Archive, office: PostOffice, answer: str, state: DeliveryState
) -> None:
    office.to_mail = [answer]
    post(engine, ANN, BOB)
    send(engine, archive, office.gateway)
    assert {(one.state, one.answer) for one in deliveries(engine).values()} == {(state, answer)}


def test_a_server_that_refuses_the_sender_refuses_no_recipient(
    engine: Engine, archive: Archive, office: PostOffice
) -> None:
    office.to_sender = "550 Not from you"
    post(engine, ANN)
    send(engine, archive, office.gateway)
    assert (deliveries(engine)[ANN].state, outcomes(engine)) == (DeliveryState.QUEUED, [Outcome.LATER])


def test_a_server_that_does_not_answer_holds_nobody_up_for_long(
    engine: Engine, archive: Archive, office: PostOffice
) -> None:
    office.to_recipients[ANN] = ["wait"]
    post(engine, ANN, key="1")
    post(engine, BOB, key="2")
    assert send(engine, archive, office.gateway) == 1
    assert deliveries(engine)[ANN].answer == "The connection was lost before the mail was handed over."


def test_a_server_that_is_slow_to_say_that_it_took_the_mail_is_waited_for(
    engine: Engine, archive: Archive, office: PostOffice
) -> None:
    """Whoever goes away here sends the mail a second time."""
    office.to_mail = ["slow", "250 Taken"]
    post(engine, ANN)
    assert send(engine, archive, office.gateway) == 1
    assert outcomes(engine) == [Outcome.ACCEPTED]


def test_without_a_server_everything_waits_and_only_one_mail_asks(engine: Engine, archive: Archive) -> None:
    with open_post_office() as gone:
        pass
    post(engine, ANN, key="1")
    post(engine, BOB, key="2")
    assert send(engine, archive, gone.gateway) == 0
    found = deliveries(engine)
    assert [found[one].attempts for one in (ANN, BOB)] == [1, 0]
    assert "refused" in (found[ANN].answer or "")
    assert {one.state for one in found.values()} == {DeliveryState.QUEUED}


def test_after_three_days_without_success_it_is_given_up(engine: Engine, archive: Archive, office: PostOffice) -> None:
    office.to_recipients[ANN] = ["450 Not now"]
    post(engine, ANN)
    at, tries = AT, 0
    while (found := deliveries(engine)[ANN]).state is DeliveryState.QUEUED:
        assert found.next_try_at
        at = found.next_try_at
        send(engine, archive, office.gateway, at)
        tries += 1
    assert (found.state, found.attempts) == (DeliveryState.GIVEN_UP, tries)
    assert timedelta(days=2) < at - AT < timedelta(days=3)
    assert pause_after(tries) is None


def test_one_bad_mail_does_not_stop_the_others(engine: Engine, archive: Archive, office: PostOffice) -> None:
    post(engine, ANN, key="1")
    post(engine, BOB, key="2")
    with writing(engine).begin() as session:
        # What no code of ours writes: two lines in a subject.
        session.scalars(select(Message).where(Message.key == "1")).one().subject = "Hello\nBcc: eve@evil.example"
    assert send(engine, archive, office.gateway) == 1
    found = deliveries(engine)
    assert (found[ANN].state, found[BOB].state) == (DeliveryState.QUEUED, DeliveryState.ACCEPTED)
    assert "eve" not in "".join(str(one.mail) for one in office.seen)


def test_several_workers_send_each_mail_once(database_url: str, engine: Engine, archive: Archive, office) -> None:
    for number in range(12):
        post(engine, f"reader-{number}@acme.example", BOB, key=str(number))

    def work(_: int) -> int:
        own = make_engine(database_url)
        try:
            return send(own, archive, office.gateway)
        finally:
            own.dispose()

    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(work, range(3))) == 24
    reached = sorted(
        (one_id, address) for one_id, one in zip(office.ids(), office.taken, strict=True) for address in one.recipients
    )
    assert len(reached) == len(set(reached)) == 24


def test_a_mail_whose_sender_was_killed_is_sent_by_the_next_one(
    database_url: str, engine: Engine, archive: Archive, office: PostOffice
) -> None:
    office.to_mail = ["wait", "250 Taken"]
    post(engine, ANN)
    program = (
        "from datetime import datetime\nfrom pathlib import Path\nimport sys\n"
        "from invoices.archive import Archive\nfrom portal.database import make_engine, writing\n"
        "from portal.gateways.files import open_store\nfrom portal.gateways.mail.smtp import MailServer, SmtpGateway\n"
        "from portal.jobs import mail\n"
        "url, port, folder, at = sys.argv[1:]\n"
        "gateway = SmtpGateway(MailServer('127.0.0.1', int(port)), own_name='portal.example')\n"
        "mail.send(writing(make_engine(url)), gateway, archive=Archive(open_store(Path(folder))), "
        "now=lambda: datetime.fromisoformat(at))\n"
    )
    arguments = [database_url, str(office.port), str(ROOT), AT.isoformat()]
    worker = subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT)
    try:
        assert office.waiting.wait(60), "the worker never came as far as the mail server"
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    office.patience.set()
    assert outcomes(engine) == [None]
    assert send(engine, archive, office.gateway, AT + sending.LEASE - timedelta(seconds=1)) == 0
    assert send(engine, archive, office.gateway, AT + sending.LEASE) == 1
    assert outcomes(engine) == [None, Outcome.ACCEPTED]
    first, second = office.seen
    assert first.content == second.content


def test_an_answer_after_the_lease_counts_only_if_the_mail_was_taken(engine: Engine) -> None:
    post(engine, ANN)
    claims = []
    for at in (AT, AT + sending.LEASE):
        with writing(engine).begin() as session:
            claims.append(sending.claim(session, at=at))
    slow, quick = claims
    assert slow
    assert quick
    (recipient,) = slow.recipients
    states = []
    for claimed, outcome in ((slow, Outcome.REFUSED), (slow, Outcome.ACCEPTED), (quick, Outcome.REFUSED)):
        with writing(engine).begin() as session:
            sending.record(session, claimed, {recipient: Answer(outcome, "said")}, at=AT)
        states.append(deliveries(engine)[ANN].state)
    assert states == [DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.ACCEPTED]


def test_a_message_counts_each_address_once(engine: Engine) -> None:
    post(engine, ANN, "Ann@Acme.example", f" {ANN} ")
    with writing(engine)() as session:
        assert session.scalar(select(func.count()).select_from(Recipient)) == 1


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\r\nRCPT TO:<eve@evil.example>", "ann@a..example", "Ann <a@b.example>"]
)
def test_what_is_no_address_stops_nothing_and_is_shown(engine: Engine, archive: Archive, office, address: str) -> None:
    post(engine, address, BOB)
    send(engine, archive, office.gateway)
    assert [one.recipients for one in office.taken] == [(BOB,)]
    refused = [one for one in deliveries(engine).values() if one.address != BOB]
    assert [one.state for one in refused] == [DeliveryState.REFUSED]
