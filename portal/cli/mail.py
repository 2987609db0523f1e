"""`flask mail`: takes mail in, from a relay that connects or from one that starts a command."""

from __future__ import annotations

import os
import signal
import sys
from threading import Event

import click
import structlog
from flask.cli import AppGroup

from portal import catalogues, clock
from portal.cli import sessions
from portal.domain.incoming.own_addresses import OwnAddresses
from portal.domain.looks import Look
from portal.gateways.mail.listener import Brought, Door, Listener
from portal.gateways.queue import Queue
from portal.jobs import incoming
from portal.services import mail_routing
from portal.services.incoming_mail import Arrival

mail_commands = AppGroup("mail", help="Mail that comes in.")
log = structlog.get_logger()


@mail_commands.command("listen", help="Take mail by SMTP or LMTP at MAIL_LISTEN_ADDRESS until told to stop.")
def listen() -> None:
    """Each mail is answered with yes after it is kept. SIGTERM and Ctrl-C end it."""
    settings, stopping = sessions.settings().incoming, Event()
    own, open_session = _own_addresses(), sessions.opener()
    queue = Queue(sessions.settings().queue.url)

    def keep(brought: Brought) -> None:
        try:
            incoming.keep(open_session, Arrival(brought.content, brought.sender, brought.recipients), at=clock.now())
        except Exception:
            log.exception("mail was not kept")
            raise
        queue.ask({Look.INCOMING})

    name = catalogues.load_seller().entity.email.rpartition("@")[2]
    door = Door(settings.host, settings.port, settings.protocol, settings.largest_bytes, name)
    listener = Listener(door, keep=keep, takes=own.is_ours)
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stopping.set())
    try:
        listener.start()
    except OSError as error:
        raise click.ClickException(f"{settings.host}:{settings.port} cannot be listened at: {error}") from None
    click.echo(f"Listening for mail ({settings.protocol.upper()}) at {settings.host}:{listener.port}", err=True)
    stopping.wait()
    listener.stop()
    queue.close()


@mail_commands.command("receive", help="Take one mail from standard input, as a relay pipes it into a command.")
@click.option("--sender", help="The envelope's sender; empty for none. Left out, it is read from Return-Path.")
@click.argument("recipients", nargs=-1)
def receive(sender: str | None, recipients: tuple[str, ...]) -> None:
    """Ends with 0 when the mail is kept, EX_TEMPFAIL where it could not be, EX_DATAERR where it is too large."""
    settings = sessions.settings()
    raw = sys.stdin.buffer.read(settings.incoming.largest_bytes + 1)
    if len(raw) > settings.incoming.largest_bytes:
        click.echo("The mail is too large.", err=True)
        sys.exit(os.EX_DATAERR)
    try:
        incoming.keep(sessions.opener(), Arrival(raw, sender, recipients), at=clock.now())
    except Exception as error:  # Whatever it was: the relay keeps the mail and tries again.
        log.exception("mail was not kept")
        click.echo(f"The mail could not be kept: {type(error).__name__}", err=True)
        sys.exit(os.EX_TEMPFAIL)
    queue = Queue(settings.queue.url)
    queue.ask({Look.INCOMING})
    queue.close()


def _own_addresses() -> OwnAddresses:
    settings = sessions.settings()
    return mail_routing.own_addresses(settings.incoming.support_address, settings.mail.sender)
