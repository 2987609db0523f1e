"""Measures documents: PDFs a second of one page and of 1,000 lines, with one warm process and with two."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import select

from bench import databases
from bench.closing import AT
from bench.customers import MONTH, Crowd, fill
from invoices.document import CloudInvoice, TaxInvoice
from invoices.presses import Presses
from portal.database import writing
from portal.models.documents import Document, DocumentKind
from portal.models.organizations import Organization
from portal.services import closing, rendering

LINES = 1_000
PAGES, LONG_ONES = 40, 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many documents of a kind a second so many processes made."""

    what: str
    processes: int
    a_second: float


def measure() -> list[Drawn]:
    """Draw real documents of a closed month, as the worker does."""
    short, long = _documents()
    return [
        Drawn(what, processes, _a_second(content, count, processes))
        for what, content, count in (("one page", short, PAGES), (f"{LINES:,} lines", long, LONG_ONES))
        for processes in (1, 2)
    ]


def _a_second(content: CloudInvoice | TaxInvoice, count: int, processes: int) -> float:
    presses = Presses(processes, seconds=120, megabytes=4_000)
    try:
        with ThreadPoolExecutor(processes) as hands:
            # Each process draws one before, so that it is warm.
            list(hands.map(presses.draw, [content] * processes))
            begun = time.perf_counter()
            list(hands.map(presses.draw, [content] * count))
            return count / (time.perf_counter() - begun)
    finally:
        presses.close()


def _documents() -> tuple[CloudInvoice | TaxInvoice, CloudInvoice | TaxInvoice]:
    """A tax invoice of one page, and a cloud invoice of 1,000 lines."""
    with databases.fresh("sqlite") as engine:
        fill(engine, Crowd(organizations=1, rows_each=LINES, rows_a_line=1))
        with writing(engine)() as session:
            closing.close_month(session, session.get_one(Organization, 1), MONTH, at=AT)
            by_kind = {row.kind: row.id for row in session.scalars(select(Document))}
            short, long = (
                rendering.read(session, by_kind[kind])[1]
                for kind in (DocumentKind.TAX_INVOICE, DocumentKind.CLOUD_INVOICE)
            )
            assert isinstance(short, TaxInvoice)
            assert isinstance(long, CloudInvoice)
            return short, long
