"""A door for mail: takes it by SMTP or LMTP, and says yes only when it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

TAKEN = "250 2.0.0 Kept"
LATER = "451 4.3.0 Try again later"
NOBODY = "550 5.1.1 Nobody here has this address"
MANY = "452 4.5.3 Too many recipients"
_MOST_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class Door:
    """Where to listen, by which protocol, and the size of the largest mail in bytes; `own_name` is how we greet."""

    host: str
    port: int
    protocol: str
    largest_bytes: int
    own_name: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A mail as a relay hands it over; the sender is empty where it names none."""

    content: bytes
    sender: str
    recipients: tuple[str, ...]


class Listener:
    """Listens until it is stopped. `keep` stores a mail, and raises where it cannot; it is called by threads."""

    def __init__(self, door: Door, *, keep: Callable[[Brought], None], takes: Callable[[str], bool]) -> None:
        self._handler = _Handler(keep, takes, door.protocol == "lmtp")
        self._controller = _Controller(self._handler, door)

    @property
    def port(self) -> int:
        """Where it listens: the port that was found where 0 was asked for."""
        server = self._controller.server
        return int(server.sockets[0].getsockname()[1]) if isinstance(server, asyncio.Server) else 0

    def start(self) -> None:
        """Begin to listen; OSError where the address is taken."""
        self._controller.start()

    def stop(self) -> None:
        """Listen no more. What was not yet said yes to is brought again by its relay."""
        self._controller.stop()
        self._handler.close()


class _Controller(Controller):
    def __init__(self, handler: _Handler, door: Door) -> None:
        self._door = door
        super().__init__(handler, hostname=door.host, port=door.port, ready_timeout=20)

    def factory(self) -> SMTP:
        """A conversation with one relay."""
        kind = LMTP if self._door.protocol == "lmtp" else SMTP
        return kind(
            self.handler,
            hostname=self._door.own_name,
            ident="Mail",
            data_size_limit=self._door.largest_bytes,
            enable_SMTPUTF8=True,
            decode_data=False,
            timeout=120,
        )

    def _trigger_server(self) -> None:
        # A port of 0 is only known once it listens; the base class would call the one that it was given.
        if self.port:
            super()._trigger_server()  # type: ignore[no-untyped-call]


class _Handler:
    def __init__(self, keep: Callable[[Brought], None], takes: Callable[[str], bool], is_lmtp: bool) -> None:
        self._keep, self._takes, self._is_lmtp = keep, takes, is_lmtp
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="mail")

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd names it
        if not self._takes(address):
            return NOBODY
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd names it
        brought = Brought(bytes(envelope.content), envelope.mail_from or "", tuple(envelope.rcpt_tos))
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._keep, brought)
            answer = TAKEN
        except Exception:  # noqa: BLE001 - Whoever keeps it has logged why; the relay must hear that it has to come again.
            answer = LATER
        # By LMTP each recipient has an answer of its own (RFC 2033).
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if self._is_lmtp else answer
