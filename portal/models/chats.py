"""Chats of customers with people of support, or with the portal itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.chats import Speaker
from portal.domain.support_plans import ChannelKind
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import Organization, User

_UNDER_WAY = text("ended_at IS NULL")


class Chat(Base):
    """One conversation of a person, of whom one at a time is under way in each organization.

    `waiting_since` is the first message that nobody has answered. `case_id` is the case that was made of it.
    """

    __tablename__ = "chats"
    __table_args__ = (
        Index("uq_chats_under_way", "organization_id", "user_id", unique=True, sqlite_where=_UNDER_WAY,
              postgresql_where=_UNDER_WAY),
        Index("ix_chats_queue", "kind", "waiting_since", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index(None, "user_id", "organization_id", "id"),
        Index(None, "kind", "id"),
        Index(None, "case_id"),
    )  # fmt: skip

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[ChannelKind] = mapped_column(one_of(ChannelKind))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))

    organization: Mapped[Organization] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])


class ChatMessage(Base):
    """One message, as Markdown; it never changes. `sources` are name and title of the pages that an answer is from."""

    __tablename__ = "chat_messages"
    __table_args__ = (Index(None, "chat_id", "id"),)

    id: Mapped[Id]
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    speaker: Mapped[Speaker] = mapped_column(one_of(Speaker))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    sources: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[User | None] = relationship()
