"""Makes the PDF of every document that has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from invoices.archive import Archive
from portal.jobs.sessions import OpenSession
from portal.services import rendering

log = structlog.get_logger()


def render(open_session: OpenSession, archive: Archive, *, at: datetime) -> int:
    """Make and archive the PDF of every document that has none; returns how many were made.

    One that cannot be made is logged and does not stop the others; it is tried again the next time.
    """
    made = last = 0
    while batch := _waiting_documents(open_session, after=last):
        for document_id in batch:
            made += _render(open_session, archive, document_id, at)
        last = batch[-1]
    return made


def _render(open_session: OpenSession, archive: Archive, document_id: int, at: datetime) -> bool:
    try:
        with open_session() as session:
            row, content = rendering.read(session, document_id)
        # Drawn between two transactions: a long document holds up nobody who writes.
        pdf = rendering.draw(content)
        with open_session() as session:
            rendering.keep(session, archive, row, pdf, at=at)
            session.commit()
    except Exception:  # One document that cannot be made must not keep the others from being made.
        log.exception("document was not made", document_id=document_id)
        return False
    return True


def _waiting_documents(open_session: OpenSession, *, after: int) -> Sequence[int]:
    with open_session() as session:
        return rendering.waiting(session, after=after)
