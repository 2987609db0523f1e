"""A real mail server on loopback that takes, refuses, waits and drops the line as a test tells it to."""

from __future__ import annotations

import asyncio
import email
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from portal.gateways.mail.smtp import MailServer, SmtpGateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

TAKEN = "250 Taken"


@dataclass(frozen=True)
class Arrived:
    """A mail that the server has seen whole, whatever it said then."""

    recipients: tuple[str, ...]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=default)


@dataclass
class PostOffice:
    """What the server says: to a recipient, and at the end of a mail, each answer once and then the last one again.

    An answer may be "drop" (without a word), "slow", "wait" (until `patience` is set), or one and "drop" after it.
    """

    to_recipients: dict[str, list[str]] = field(default_factory=lambda: defaultdict(lambda: [TAKEN]))
    to_mail: list[str] = field(default_factory=lambda: [TAKEN])
    to_sender: str = "250 OK"
    seen: list[Arrived] = field(default_factory=list)
    taken: list[Arrived] = field(default_factory=list)
    patience: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    logins: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def server(self) -> MailServer:
        return MailServer("127.0.0.1", self.port, timeout_seconds=1)

    @property
    def gateway(self) -> SmtpGateway:
        return SmtpGateway(self.server, own_name="portal.example")

    def ids(self) -> list[str]:
        """The Message-IDs of what was taken."""
        return [str(one.mail["Message-ID"]) for one in self.taken]

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd names it
        envelope.mail_from = address
        return self.to_sender

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd names it
        answer = await self._said(server, self.to_recipients[address])
        if answer.startswith("25"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd names it
        arrived = Arrived(tuple(envelope.rcpt_tos), envelope.original_content)
        self.seen.append(arrived)
        if self.to_mail[0].startswith((TAKEN, "slow")):
            self.taken.append(arrived)
        return await self._said(server, self.to_mail)

    async def _said(self, server: Any, answers: list[str]) -> str:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == "slow":
            await asyncio.sleep(1.2)  # longer than the time-out of `server`
            answer = TAKEN
        if answer == "wait":
            self.waiting.set()
            await asyncio.get_running_loop().run_in_executor(None, self.patience.wait, 30)
        if answer.endswith("drop"):
            words = answer.removesuffix("drop").strip()
            if words:
                await server.push(words)
            server.transport.close()
        return answer


class _Listening(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@contextmanager
def open_post_office(**options: Any) -> Iterator[PostOffice]:
    """A running server; `options` are aiosmtpd's."""
    office = PostOffice()
    controller = _Listening(office, hostname="127.0.0.1", port=0, **options)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        office.patience.set()
        controller.stop()
