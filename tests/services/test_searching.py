"""Searches of mail: the newest rows, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from portal.domain.mail import DeliveryState
from portal.models.cases import Case
from portal.models.outbox import MailboxEntry, Recipient
from portal.services import case_lists, case_queue, deliveries, mailbox
from portal.services.case_lists import CaseQuery, Tab
from portal.services.case_queue import QueueQuery, View
from portal.services.searching import MOST_SEARCHED, number_in
from tests.mails import AT, a_mail
from tests.supported import a_case, a_supported

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def test_a_search_looks_at_the_newest_deliveries_and_finds_an_older_one_by_its_state(session: Session) -> None:
    a_mail(session, "ann@acme.example")
    (message_id,) = session.scalars(select(Recipient.message_id))
    crowd = [
        {"message_id": message_id, "address": f"{number}@acme.example", "state": DeliveryState.ACCEPTED}
        for number in range(MOST_SEARCHED)
    ]
    session.execute(insert(Recipient), crowd[1:])

    def found(state: DeliveryState | None = None, search: str = "ANN@") -> list[str]:
        rows = deliveries.newest(session, state=state, search=search, before=None, limit=2)
        return [row.recipient.address for row in rows]

    assert found() == ["ann@acme.example"]
    session.execute(insert(Recipient), crowd[:1])
    assert found() == []
    assert found(DeliveryState.QUEUED) == ["ann@acme.example"]
    assert found(DeliveryState.ACCEPTED, "@acme") == ["0@acme.example", f"{MOST_SEARCHED - 1}@acme.example"]
    assert found(DeliveryState.REFUSED, "@acme") == []


def test_a_search_of_the_mailbox_looks_at_the_newest_mails(session: Session) -> None:
    same = {"recipients": "ap@acme.example", "content": b"", "received_at": AT}
    subjects = ["Welcome", *["Tax invoice"] * MOST_SEARCHED]
    mails = [same | {"header_id": str(number), "subject": subject} for number, subject in enumerate(subjects)]
    session.execute(insert(MailboxEntry), mails[:-1])
    assert [entry.header_id for entry in mailbox.newest(session, search="welcome")] == ["0"]
    session.execute(insert(MailboxEntry), mails[-1:])
    assert session.scalar(select(func.count()).select_from(MailboxEntry)) == MOST_SEARCHED + 1
    assert mailbox.newest(session, search="welcome") == []
    assert len(mailbox.newest(session, search="tax", limit=3)) == 3


def test_a_case_is_found_by_its_number_however_many_came_later(session: Session) -> None:
    acme = a_supported(session)
    oldest = a_case(session, acme)
    row = {column.key: getattr(oldest, column.key) for column in Case.__table__.columns if column.key != "id"}
    session.execute(insert(Case), [row | {"reply_token": f"{place:040}"} for place in range(MOST_SEARCHED)])
    for search in (str(oldest.id), f"#{oldest.id}"):
        own = CaseQuery(tab=Tab.MINE, user_id=acme.owner.id, organization_id=acme.organization.id, search=search)
        all_ = QueueQuery(view=View.ALL, agent_id=acme.agent.id, at=AT, search=search)
        assert case_lists.listed(session, own, limit=2) == [oldest]
        assert case_queue.queue(session, all_, limit=2) == [oldest]


def test_what_only_looks_like_a_number_is_words() -> None:
    assert [number_in(search) for search in ("42", "#42", "²", "٤٢", "4" * 19, "#", "")] == [42, 42, *[None] * 5]
