"""Mail: what is to be sent to whom, how often it was tried, and the mailbox of a demo."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.mail import DeliveryState, Outcome
from portal.models.base import Base, Id, UtcDateTime, one_of

# Keys that begin so are of mails whose text is erased in the end.
SECRET = "secret "  # noqa: S105 - a mark, no password


class Message(Base):
    """A mail, written in the transaction that causes it. `key` names the cause, so that one cause is one mail.

    `header_id` is the Message-ID of every try, by which mail programs know that it is the same mail. An erased `text`
    is empty (MAIL-21). `thread_id` is the Message-ID that all mails of one conversation refer to, `reply_token` what
    the address has in it that answers go to. Nobody's hand wrote an automatic one.
    """

    __tablename__ = "mail_messages"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    header_id: Mapped[str] = mapped_column(String(200), unique=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    thread_id: Mapped[str | None] = mapped_column(String(200))
    reply_token: Mapped[str | None] = mapped_column(String(40))
    is_automatic: Mapped[bool] = mapped_column(default=True, server_default=true())

    @property
    def is_secret(self) -> bool:
        """Whether only its recipient may read it, and its text is erased in the end."""
        return self.key.startswith(SECRET)


class MessageDocument(Base):
    """A document whose archived PDF goes with the mail; the mail waits for it."""

    __tablename__ = "mail_documents"

    message_id: Mapped[int] = mapped_column(ForeignKey("mail_messages.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True, index=True)


class Recipient(Base):
    """One address that a mail goes to, and how far it is there.

    A queued one is tried from `next_try_at` on; without it, it waits for documents. `attempts` counts all tries,
    `attempts_before` those before it was last sent again. `answer` is the last thing that the mail server said.
    """

    __tablename__ = "mail_recipients"
    __table_args__ = (
        UniqueConstraint("message_id", "address"),
        Index(None, "state", "next_try_at"),
        Index(None, "state", "id"),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("mail_messages.id"))
    address: Mapped[str] = mapped_column(String(254))
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_before: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(Text)


class DeliveryAttempt(Base):
    """One try: written before the mail server is asked; without an answer, its worker was stopped or still waits."""

    __tablename__ = "mail_attempts"

    recipient_id: Mapped[int] = mapped_column(ForeignKey("mail_recipients.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome))
    answer: Mapped[str | None] = mapped_column(Text)


class Resend(Base):
    """That a member of staff had a mail sent again to a recipient, after so many attempts."""

    __tablename__ = "mail_resends"

    recipient_id: Mapped[int] = mapped_column(ForeignKey("mail_recipients.id"), primary_key=True)
    after_attempts: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MailboxEntry(Base):
    """A mail as it would have left the house: a demo without mail server keeps it here, each once."""

    __tablename__ = "mailbox_entries"

    id: Mapped[Id]
    header_id: Mapped[str] = mapped_column(String(200), unique=True)
    recipients: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
