"""Has files of cases looked into, and lets go of those that nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from portal import metrics
from portal.gateways.files import FileStore
from portal.gateways.scanning import Scanner, UnreachableError, UnscannedError
from portal.jobs.sessions import OpenSession
from portal.services import attached_contents, attachments

BATCH = 100
# Who chose a file and went on holiday finds it again.
DRAFTS_KEPT_FOR = timedelta(days=30)
# Longer than a scanner may take: whoever has a file in hand has it alone.
_MAY_TAKE = timedelta(minutes=5)
# A scanner that is restarted is there again soon; a file that it cannot read waits for other signatures or settings.
_PAUSE, _LONG_PAUSE = timedelta(minutes=1), timedelta(hours=1)
log = structlog.get_logger()


def scan(
    open_session: OpenSession,
    store: FileStore,
    scanner: Scanner | None,
    *,
    now: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Show every file that waits to the scanner, each in transactions of its own; how many it knew about.

    What it does not know about goes on waiting, and is given to nobody (FILE-6). Where nobody answers, the look ends.
    """
    checked = 0
    while scanner is not None and not stopping() and (sha256 := _take_in_hand(open_session, now())):
        try:
            with metrics.job("scan"):
                finding = scanner.scan(attached_contents.pieces(store, sha256))
        except UnreachableError as error:
            metrics.happened("scanner unreachable")
            log.warning("scanner was not reached", reason=str(error))
            _put_off(open_session, sha256, str(error), until=now() + _PAUSE)
            return checked
        except (UnscannedError, FileNotFoundError) as error:
            metrics.happened("file not scanned")
            log.warning("file was not scanned", sha256=sha256, reason=str(error))
            _put_off(open_session, sha256, str(error), until=now() + _LONG_PAUSE)
            continue
        _note(open_session, sha256, finding, now())
        checked += 1
    return checked


def tidy(open_session: OpenSession, store: FileStore, *, at: datetime) -> int:
    """Delete files that were chosen and never sent (FILE-8), then what nobody refers to; how many contents went."""
    _in_batches(
        open_session,
        lambda session: attachments.forget_drafts(session, made_before=at - DRAFTS_KEPT_FOR, at_most=BATCH),
    )
    return _in_batches(open_session, lambda session: attached_contents.let_go(session, store, at_most=BATCH))


def _in_batches(open_session: OpenSession, step: Callable[[Session], int]) -> int:
    done = 0
    while True:
        with open_session() as session:
            gone = step(session)
            session.commit()
        done += gone
        if gone < BATCH:
            return done


def _take_in_hand(open_session: OpenSession, at: datetime) -> str | None:
    with open_session() as session:
        sha256 = attached_contents.take_in_hand(session, at=at, until=at + _MAY_TAKE)
        session.commit()
        return sha256


def _put_off(open_session: OpenSession, sha256: str, reason: str, *, until: datetime) -> None:
    with open_session() as session:
        attached_contents.put_off(session, sha256, reason, until=until)
        session.commit()


def _note(open_session: OpenSession, sha256: str, finding: str | None, at: datetime) -> None:
    if finding:
        metrics.happened("file infected")
        log.warning("file is infected", sha256=sha256, finding=finding)
    with open_session() as session:
        attached_contents.note_checked(session, sha256, finding=finding, at=at)
        session.commit()
