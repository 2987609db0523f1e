"""Mail servers: a mail goes out, and an answer for each of its recipients comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from portal.domain.mail import Outcome


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it leaves the house. `header_id` is its Message-ID; `content` has the same bytes on every try."""

    header_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a try came to for one recipient, and what the mail server said about it."""

    outcome: Outcome
    text: str


class UnreachableError(Exception):
    """No mail can be handed over now, whichever it is: nobody answers, or we may not sign in."""


class MailGateway(Protocol):
    """Takes mail to its recipients."""

    def deliver(self, mail: Mail) -> Mapping[str, Answer]:
        """Hand over the mail; an answer for each recipient. `UnreachableError` where nothing can be handed over."""
        ...

    def close(self) -> None:
        """Leave the mail server, if we are with one."""
        ...
