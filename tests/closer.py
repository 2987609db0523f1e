"""A process that forks workers to be killed: `python -m tests.closer DATABASE_URL FILES_DIR`."""

# It imports everything once. For each instant on standard input it forks a child that looks after everything, as
# `flask worker` does, writes the child's number, and at the next line waits for its end and writes how it ended.

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

from invoices.archive import Archive
from invoices.document import from_json
from invoices.presses import Presses
from invoices.render import TEMPLATES, render
from portal import log_lines
from portal.database import make_engine, writing
from portal.domain.looks import Look
from portal.gateways.files import open_store
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs.looks import Looks, Workplace
from portal.jobs.mailbox import MailboxGateway
from portal.services import rendering


class NoPresses(Presses):
    """Draws in the child itself, which is killed with the document in hand."""

    draw = staticmethod(rendering.draw)  # type: ignore[assignment]


def main() -> None:
    """Fork until standard input ends."""
    url, folder = sys.argv[1:]
    log_lines.configure()
    # What a process makes once is made before the fork.
    render(from_json((TEMPLATES / "samples/tax_invoice_vat.json").read_text("utf-8")))
    for line in sys.stdin:
        child = os.fork()
        if not child:
            look_after_everything(url, Path(folder), datetime.fromisoformat(line.strip()))
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


def look_after_everything(url: str, folder: Path, at: datetime) -> None:
    """Take each look once, at an instant that stands still."""
    open_session = writing(make_engine(url))
    place = Workplace(
        open_session=open_session,
        archive=Archive(open_store(folder)),
        presses=NoPresses(1, seconds=60, megabytes=2048),
        payments=SandboxGateway(),
        mail_gateway=lambda: MailboxGateway(open_session, lambda: at),
        mail_sender=None,
        base_url="http://localhost",
        close_after_days=1,
        close_at_once=1,
        now=lambda: at,
        stopping=lambda: False,
    )
    looks = Looks(place, lambda _: None)
    for look in Look:
        looks.take(look)


if __name__ == "__main__":
    main()
