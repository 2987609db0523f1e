"""A door for mail: takes it by SMTP or LMTP, and says yes only when it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Thread
from types import SimpleNamespace
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

TAKEN = "250 2.0.0 Kept"
LATER = "451 4.3.0 Try again later"
NOBODY = "550 5.1.1 Nobody here has this address"
MANY = "452 4.5.3 Too many recipients"
_MOST_RECIPIENTS, _IDLE_SECONDS = 100, 120
_LONGEST_LINE = 4_000_000


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
        self._door = door
        self._handler = _Handler(keep, takes, door.protocol == "lmtp")
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="listener", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens: the port that was found where 0 was asked for."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else 0

    def start(self) -> None:
        """Begin to listen; OSError where the address is taken."""
        listening = self._loop.create_server(self._conversation, self._door.host, self._door.port)
        self._server = self._loop.run_until_complete(listening)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more. What was not yet said yes to is brought again by its relay."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._handler.close()

    def _conversation(self) -> SMTP:
        """A conversation with one relay."""
        kind = _ByLmtp if self._door.protocol == "lmtp" else _BySmtp
        return kind(
            SimpleNamespace(handle_RCPT=self._handler.check_recipient, handle_DATA=self._handler.take),
            hostname=self._door.own_name,
            ident="Mail",
            data_size_limit=self._door.largest_bytes,
            enable_SMTPUTF8=True,
            decode_data=False,
            timeout=_IDLE_SECONDS,
            loop=self._loop,
        )

    async def _hang_up(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for conversation in others:
            conversation.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class _BySmtp(SMTP):
    # Longer ones are against the rules, but nobody's mail is lost for a subject without an end.
    line_length_limit = _LONGEST_LINE


class _ByLmtp(LMTP):
    line_length_limit = _LONGEST_LINE


class _Handler:
    def __init__(self, keep: Callable[[Brought], None], takes: Callable[[str], bool], is_lmtp: bool) -> None:
        self._keep, self._takes, self._is_lmtp = keep, takes, is_lmtp
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="mail")

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    async def check_recipient(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take the address, or say why not."""
        if not self._takes(address):
            return NOBODY
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def take(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep the mail, and only then say yes."""
        # A bounce has no sender, which aiosmtpd keeps as it stands on the line.
        sender = (envelope.mail_from or "").strip("<>")
        brought = Brought(bytes(envelope.content), sender, tuple(envelope.rcpt_tos))
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._keep, brought)
            answer = TAKEN
        except Exception:  # noqa: BLE001 - Whoever keeps it has logged why; the relay must hear that it has to come again.
            answer = LATER
        # By LMTP each recipient has an answer of its own (RFC 2033).
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if self._is_lmtp else answer
