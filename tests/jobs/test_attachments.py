"""Files of cases are looked into in the background; what the scanner does not clear is given to nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.database import writing
from portal.domain.attachments import FileState
from portal.gateways.scanning.clamd import Clamd
from portal.jobs import attachments as jobs
from portal.models.attachments import AttachedContent, Attachment
from portal.services import attached_contents, attachments
from portal.services.attachments import Draft
from tests.attached import a_file, a_shelf
from tests.scanners import EICAR, told_scanner
from tests.supported import AT, a_supported


@pytest.fixture
def shelf(tmp_path):
    return a_shelf(tmp_path, is_scanned=True)


@pytest.fixture
def open_session(engine, shelf):
    """An installation in which somebody chose a clean file and an infected one."""
    opener = writing(engine)
    with opener() as session:
        acme = a_supported(session)
        draft = Draft(acme.organization, acme.owner)
        for name, content in (("clean.log", b"nothing"), ("bad.txt", EICAR)):
            attachments.take(session, shelf, a_file(name, content), draft, at=AT)
        session.commit()
    return opener


def states(open_session):
    with open_session() as session:
        return {one.name: one.state for one in session.scalars(select(Attachment))}


def scan(open_session, shelf, scanner, at=AT):
    return jobs.scan(open_session, shelf.store, scanner, now=lambda: at)


WAITING = {"clean.log": FileState.CHECKING, "bad.txt": FileState.CHECKING}


def test_each_file_is_shown_to_the_scanner_once(open_session, shelf):
    with told_scanner() as scanner:
        assert [scan(open_session, shelf, scanner.clamd) for _ in range(2)] == [2, 0]
    assert sorted(scanner.seen) == sorted([b"nothing", EICAR])
    assert states(open_session) == {"clean.log": FileState.CLEAN, "bad.txt": FileState.INFECTED}
    with open_session() as session:
        findings = session.scalars(select(AttachedContent.finding).where(AttachedContent.finding.is_not(None))).all()
    assert findings == ["Eicar-Test-Signature"]


def test_while_nobody_answers_files_wait_and_are_tried_again(open_session, shelf):
    assert scan(open_session, shelf, Clamd(port=9)) == 0
    assert states(open_session) == WAITING
    with told_scanner() as scanner:
        assert scan(open_session, shelf, scanner.clamd, AT + timedelta(minutes=1)) == 2


def test_a_file_that_the_scanner_cannot_read_waits_and_stops_no_other(open_session, shelf):
    with told_scanner() as scanner:
        scanner.always = "INSTREAM size limit exceeded. ERROR"
        assert scan(open_session, shelf, scanner.clamd) == 0
        assert len(scanner.seen) == 2
        scanner.always = None
        assert scan(open_session, shelf, scanner.clamd, AT + timedelta(minutes=59)) == 0
        assert states(open_session) == WAITING
        with open_session() as session:
            assert set(session.scalars(select(AttachedContent.reason))) == {"INSTREAM size limit exceeded. ERROR"}
        assert scan(open_session, shelf, scanner.clamd, AT + timedelta(hours=1)) == 2


def test_a_file_that_the_store_has_lost_is_not_clean_and_stops_no_other(open_session, shelf):
    with open_session() as session:
        sha256 = session.scalars(select(Attachment.sha256).where(Attachment.name == "clean.log")).one()
    shelf.store.remove(attached_contents.file_name(sha256))
    with told_scanner() as scanner:
        assert scan(open_session, shelf, scanner.clamd) == 1
    assert states(open_session) == {"clean.log": FileState.CHECKING, "bad.txt": FileState.INFECTED}


def test_a_file_that_somebody_has_in_hand_is_left_to_them_for_a_while(open_session, shelf):
    with open_session() as session:
        assert attached_contents.take_in_hand(session, at=AT, until=AT + timedelta(minutes=5))
        session.commit()
    with told_scanner() as scanner:
        assert scan(open_session, shelf, scanner.clamd) == 1
        # Who had it was killed.
        assert scan(open_session, shelf, scanner.clamd, AT + timedelta(minutes=5)) == 1


def test_without_a_scanner_what_waits_for_one_goes_on_waiting(open_session, shelf):
    assert scan(open_session, shelf, None) == 0
    assert states(open_session) == WAITING


def test_a_worker_that_is_told_to_stop_begins_no_other_file(open_session, shelf):
    with told_scanner() as scanner:
        assert jobs.scan(open_session, shelf.store, scanner.clamd, now=lambda: AT, stopping=lambda: True) == 0
    assert scanner.seen == []


def test_what_was_chosen_and_never_sent_ends_with_its_content(open_session, shelf, tmp_path):
    assert jobs.tidy(open_session, shelf.store, at=AT + jobs.DRAFTS_KEPT_FOR) == 0
    assert jobs.tidy(open_session, shelf.store, at=AT + jobs.DRAFTS_KEPT_FOR + timedelta(seconds=1)) == 2
    assert list((tmp_path / "attachments").iterdir()) == []
    assert states(open_session) == {}
