"""A process that forks workers to be killed: `python -m tests.closer DATABASE_URL FILES_DIR`."""

# It imports everything once. For each line on standard input it forks a child that works as `flask worker` does, writes
# the child's number, and at the next line waits for its end and writes how it ended. A line is an instant, then looks,
# all where there are none, then a number: right before it writes for so many times the child kills itself.

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.orm import configure_mappers

from invoices.archive import Archive
from invoices.document import from_json
from invoices.presses import Presses
from invoices.render import TEMPLATES, render
from portal import catalogues, log_lines
from portal.database import make_engine, writing
from portal.domain.looks import Look
from portal.gateways.files import open_store
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs.looks import Looks, Workplace
from portal.jobs.mailbox import MailboxGateway
from portal.services import bulk, rendering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from portal.models.base import Base


class NoPresses(Presses):
    """Draws in the child itself, which is killed with the document in hand."""

    draw = staticmethod(rendering.draw)  # type: ignore[assignment]


def main() -> None:
    """Fork until standard input ends."""
    url, folder = sys.argv[1:]
    log_lines.configure()
    # What a process makes once is made before the fork.
    configure_mappers()
    catalogues.load("atlas")
    render(from_json((TEMPLATES / "samples/tax_invoice_vat.json").read_text("utf-8")))
    for line in sys.stdin:
        child = os.fork()
        if not child:
            work(url, Path(folder), *line.split())
            os._exit(0)
        say(child)
        # A child's number stays its own until it is waited for, so that nobody else is killed.
        sys.stdin.readline()
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


def say(number: int) -> None:
    """Tell the test."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def work(url: str, folder: Path, at: str, *words: str) -> None:
    """Take the looks that are named, or each once, at an instant that stands still."""
    engine = make_engine(url)
    numbers = [int(word) for word in words if word.isdigit()]
    if numbers:
        die_at(engine, *numbers)
    take(engine, folder, datetime.fromisoformat(at), [Look(word) for word in words if not word.isdigit()] or [*Look])


def die_at(engine: Engine, write: int) -> None:
    """Kill this process right before it writes for so many times; a commit of something counts as a time, too.

    The signal says whether something was committed before; nobody handles either.
    """
    written, signal_ = 0, signal.SIGKILL
    is_changed = False

    def begin(_: object) -> None:
        nonlocal is_changed
        is_changed = False

    def count() -> None:
        nonlocal written, is_changed
        written, is_changed = written + 1, True
        if written == write:
            os.kill(os.getpid(), signal_)

    def commit(_: object) -> None:
        nonlocal signal_
        if is_changed:
            count()
            signal_ = signal.SIGTERM

    def ask(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            count()

    write_past_statements = bulk.write

    def write_many(session: Session, kind: type[Base], columns: Sequence[str], rows: Sequence[Any]) -> None:
        # Between two of the rows, which are all written by one statement.
        write_past_statements(session, kind, columns, rows[:-1])
        count()
        write_past_statements(session, kind, columns, rows[-1:])

    for name, heard in (("begin", begin), ("commit", commit), ("before_cursor_execute", ask)):
        event.listen(engine, name, heard)
    bulk.write = write_many


def take(engine: Engine, folder: Path, at: datetime, looks: Sequence[Look]) -> None:
    """Take these looks, as one worker does."""
    open_session = writing(engine)
    place = Workplace(
        open_session=open_session,
        archive=Archive(open_store(folder)),
        store=open_store(folder),
        presses=NoPresses(1, seconds=60, megabytes=2048),
        payments=SandboxGateway(),
        scanner=None,
        mail_gateway=lambda: MailboxGateway(open_session, lambda: at),
        mail_sender=None,
        base_url="http://localhost",
        close_after_days=1,
        close_at_once=1,
        now=lambda: at,
        stopping=lambda: False,
    )
    worker = Looks(place, lambda _: None)
    for look in looks:
        worker.take(look)


if __name__ == "__main__":
    main()
