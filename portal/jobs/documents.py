"""Makes the PDF of every document that has none, in warm processes where there are some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from invoices.archive import Archive
from invoices.presses import Presses
from portal import metrics
from portal.jobs.sessions import OpenSession
from portal.services import rendering

# Beside the time that drawing may take: for reading the document and for archiving it.
_SLACK_SECONDS = 30
log = structlog.get_logger()


def render(open_session: OpenSession, archive: Archive, *, at: datetime, presses: Presses | None = None) -> int:
    """Make and archive the PDF of every document that has none, in `presses` or else here; returns how many were made.

    One that cannot be made is logged and does not stop the others; it is tried again the next time.
    """
    made = last = 0
    while batch := _waiting_documents(open_session, after=last):
        made += sum(
            _each(lambda document: _render(open_session, archive, document, lambda: at, presses), batch, presses)
        )
        last = batch[-1]
    return made


def render_due(
    open_session: OpenSession,
    archive: Archive,
    presses: Presses,
    *,
    now: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """As `render`, beside others who do the same: each takes what nobody has in hand and what is due to be tried.

    It ends when nothing is left, or after the documents in hand when it is `stopping`.
    """
    may_take = timedelta(seconds=presses.seconds + _SLACK_SECONDS)

    def work(_hand: int) -> int:
        made = 0
        while not stopping() and (document_id := _take_in_hand(open_session, now(), may_take)):
            made += _render(open_session, archive, document_id, now, presses)
        return made

    return sum(_each(work, range(presses.count), presses))


def _each(step: Callable[[int], int], numbers: Iterable[int], presses: Presses | None) -> Iterable[int]:
    """The step for each number; where there are presses, in as many threads."""
    if presses is None:
        return map(step, numbers)
    with ThreadPoolExecutor(presses.count) as hands:
        return hands.map(step, numbers)


def _take_in_hand(open_session: OpenSession, at: datetime, may_take: timedelta) -> int | None:
    with open_session() as session:
        document_id = rendering.take_in_hand(session, at=at, until=at + may_take)
        session.commit()
        return document_id


def _render(
    open_session: OpenSession,
    archive: Archive,
    document_id: int,
    now: Callable[[], datetime],
    presses: Presses | None,
) -> bool:
    try:
        with open_session() as session:
            row, content = rendering.read(session, document_id)
        # Drawn between two transactions: a long document holds up nobody who writes.
        with metrics.job("document"):
            pdf = presses.draw(content) if presses else rendering.draw(content)
        with open_session() as session:
            rendering.keep(session, archive, row, pdf, at=now())
            session.commit()
    except Exception as error:  # One document that cannot be made must not keep the others from being made.
        log.exception("document was not made", document_id=document_id)
        _put_off(open_session, document_id, f"{type(error).__name__}: {error}", now())
        return False
    return True


def _put_off(open_session: OpenSession, document_id: int, reason: str, at: datetime) -> None:
    with open_session() as session:
        rendering.put_off(session, document_id, reason, at=at)
        session.commit()


def _waiting_documents(open_session: OpenSession, *, after: int) -> Sequence[int]:
    with open_session() as session:
        return rendering.waiting(session, after=after)
