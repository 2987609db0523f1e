"""Documents are made by several at once; one that cannot be made is tried later and later, and holds up nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from invoices.archive import Archive
from invoices.errors import PressError
from invoices.presses import Presses
from portal.database import writing
from portal.gateways.files import open_store
from portal.jobs import documents
from portal.models.documents import Document, DocumentFile, WaitingDocument
from portal.services import rendering
from tests.customers import a_customer, close, midnight

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from invoices import document as papers

NOW = midnight(date(2024, 2, 1))


class Strict(Presses):
    """Draws here, two at once, and refuses one number; it notes what it was asked for."""

    def __init__(self, refused: str = "") -> None:
        super().__init__(2, seconds=60, megabytes=2048)
        self.refused = refused
        self.asked: list[str] = []

    def draw(self, document: papers.Document) -> bytes:
        self.asked.append(document.number)
        if document.number == self.refused:
            raise PressError("It took longer than 60 seconds.")
        return rendering.draw(document)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(open_store(tmp_path))


def close_months(engine: Engine, number: int) -> None:
    with writing(engine)() as session:
        for name in range(number):
            close(session, a_customer(session, f"customer-{name}", method=None), "2024-01")
        session.commit()


def render_due(engine: Engine, archive: Archive, presses: Presses, at: datetime) -> int:
    return documents.render_due(writing(engine), archive, presses, now=lambda: at)


def test_one_that_cannot_be_made_is_put_off_longer_each_time_and_the_rest_is_made(
    engine: Engine, archive: Archive
) -> None:
    close_months(engine, 3)
    presses, at = Strict("CI-2024-000002"), NOW
    assert render_due(engine, archive, presses, at) == 2
    pauses = []
    for attempt in range(1, 14):
        with writing(engine)() as session:
            (waiting,) = session.scalars(select(WaitingDocument))
            assert (waiting.attempts, waiting.reason) == (attempt, "PressError: It took longer than 60 seconds.")
            assert waiting.next_try_at
            pauses.append(waiting.next_try_at - at)
        assert render_due(engine, archive, presses, waiting.next_try_at - timedelta(seconds=1)) == 0
        at = waiting.next_try_at
        assert presses.asked.count(presses.refused) == attempt
        render_due(engine, archive, presses, at)
    minutes = [pause // timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]
    presses.refused = ""
    assert render_due(engine, archive, presses, at + timedelta(days=2)) == 1
    with writing(engine)() as session:
        assert session.scalars(select(WaitingDocument)).all() == []


def test_whoever_asks_for_all_documents_does_not_wait_for_the_next_try(engine: Engine, archive: Archive) -> None:
    close_months(engine, 1)
    assert render_due(engine, archive, Strict("CI-2024-000001"), NOW) == 0
    assert documents.render(writing(engine), archive, at=NOW) == 1


def test_what_somebody_has_in_hand_is_left_alone_until_they_must_have_died(engine: Engine, archive: Archive) -> None:
    close_months(engine, 1)
    with writing(engine)() as session:
        taken = rendering.take_in_hand(session, at=NOW, until=NOW + timedelta(seconds=90))
        session.commit()
    presses = Strict()
    assert taken
    assert render_due(engine, archive, presses, NOW + timedelta(seconds=89)) == 0
    assert render_due(engine, archive, presses, NOW + timedelta(seconds=90)) == 1
    assert presses.asked == ["CI-2024-000001"]


def test_several_workers_draw_each_document_once(engine: Engine, archive: Archive) -> None:
    close_months(engine, 8)
    presses = Strict()
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: render_due(engine, archive, presses, NOW), range(3)))
    assert sum(made) == 8
    assert len(presses.asked) == len(set(presses.asked)) == 8
    with writing(engine)() as session:
        files = {one.document_id for one in session.scalars(select(DocumentFile))}
        assert files == set(session.scalars(select(Document.id)))


def test_told_to_stop_it_takes_no_further_document(engine: Engine, archive: Archive) -> None:
    close_months(engine, 6)
    presses = Strict()
    made = documents.render_due(
        writing(engine), archive, presses, now=lambda: NOW, stopping=lambda: bool(presses.asked)
    )
    assert 1 <= made <= presses.count
    with writing(engine)() as session:
        assert len(rendering.waiting(session)) == 6 - made
