"""`flask worker`: looks after everything that happens in the background, until it is told to stop."""

from __future__ import annotations

from contextlib import closing
from threading import Event

import click
from flask.cli import with_appcontext

from invoices.presses import Presses
from portal import clock
from portal.cli import sessions
from portal.domain.looks import Look
from portal.gateways.payments.sandbox import SandboxGateway
from portal.gateways.queue import Queue
from portal.jobs import mail
from portal.jobs.looks import Looks, Workplace
from portal.web import db, files, metrics_port


@click.command("worker", help="Close months, charge, make documents, send mail: until told to stop, or --once.")
@click.option("--once", is_flag=True, help="Do what is to do now and end, as a timer in place of a worker does.")
@with_appcontext
def worker_command(once: bool) -> None:
    """Any number of these may run, on any number of machines, killed and started at any time.

    SIGTERM and Ctrl-C end it after the steps in hand.
    """
    stopping = Event()
    with closing(sessions.presses()) as presses:
        place = _workplace(presses, stopping)
        if once:
            # Each leaves work to those after it alone, so that one round does all of it.
            looks = Looks(place, lambda _: None)
            for look in Look:
                looks.take(look)
            return
        metrics_port.start(db.engine(), sessions.settings().metrics)
        queue = Queue(sessions.settings().queue.url)
        # Whatever was left behind before this start.
        queue.ask(Look)
        queue.work(Looks(place, queue.ask).take, stopping=stopping)


def _workplace(presses: Presses, stopping: Event) -> Workplace:
    settings = sessions.settings()
    open_session = sessions.opener()
    return Workplace(
        open_session=open_session,
        archive=files.archive(),
        store=files.store(),
        presses=presses,
        payments=SandboxGateway(),
        scanner=settings.clamd,
        mail_gateway=lambda: mail.gateway(settings, open_session, clock.now),
        mail_sender=settings.mail.sender,
        support_address=settings.incoming.support_address,
        relay=settings.incoming.relay,
        base_url=settings.base_url,
        close_after_days=settings.queue.close_after_days,
        close_at_once=settings.queue.close_at_once,
        now=clock.now,
        stopping=stopping.is_set,
    )
