"""Files of cases: each content once with what the scanner said of it, and who sent it under which name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.attachments import FileState
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import User

_DRAFTED = text("entry_id IS NULL")
_WAITING = text("state = 'checking'")


class AttachedContent(Base):
    """A content that somebody sent, whoever and how often. The file lies in the store under its SHA-256.

    `finding` is what the scanner found in it. `next_try_at` is None until a worker takes it in hand, and then the
    instant from which others may; `reason` is why the last try came to nothing.
    """

    __tablename__ = "attached_contents"
    __table_args__ = (
        Index("ix_attached_contents_waiting", "created_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[FileState] = mapped_column(one_of(FileState))
    finding: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)


class Attachment(Base):
    """A file that was sent with an entry of a case, or is kept for one that is not sent yet (`entry_id` None).

    `case_id` is None for the draft of a new case. It comes from a user, or by mail from an address alone. A file that
    came by mail and was refused has a `refusal` in words, and no content.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index(None, "entry_id"),
        Index(None, "sha256"),
        Index("ix_attachments_drafted_by", "uploaded_by_id", "case_id", sqlite_where=_DRAFTED,
              postgresql_where=_DRAFTED),
        Index("ix_attachments_drafted_at", "created_at", sqlite_where=_DRAFTED, postgresql_where=_DRAFTED),
    )  # fmt: skip

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("case_entries.id"))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sender_address: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("attached_contents.sha256"))
    refusal: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    content: Mapped[AttachedContent | None] = relationship(lazy="joined")
    uploaded_by: Mapped[User | None] = relationship()

    @property
    def state(self) -> FileState:
        """Where it stands: as its content does, or refused."""
        return self.content.state if self.content else FileState.REFUSED

    @property
    def why(self) -> str | None:
        """Why it is not given back: what the scanner found, or what was refused."""
        return self.content.finding if self.content else self.refusal
