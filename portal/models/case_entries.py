"""The conversation of a case, who takes part in it, and how its severity changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.cases import EntryKind, Happening, Visibility
from portal.domain.response_targets import Via
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import User

_TAKES_PART = text("removed_at IS NULL")


class CaseEntry(Base):
    """One entry of a conversation. Entries are only added; staff may publish an outsider's mail (CC-6).

    The author is a user, or an address alone (`author_address`); a system's entry has neither. `body` is Markdown as
    it was written. `facts` complete what an event (`happening`) tells. `ignored_addresses` stood in an outsider's mail
    and were not added (CC-7).
    """

    __tablename__ = "case_entries"
    __table_args__ = (Index(None, "case_id", "id"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind))
    visibility: Mapped[Visibility] = mapped_column(one_of(Visibility))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author_address: Mapped[str | None] = mapped_column(String(254))
    by_staff: Mapped[bool]
    via: Mapped[Via] = mapped_column(one_of(Via))
    body: Mapped[str] = mapped_column(Text, default="")
    quoted: Mapped[str] = mapped_column(Text, default="")
    happening: Mapped[Happening | None] = mapped_column(one_of(Happening))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ignored_addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[User | None] = relationship()


class ParticipantKind(StrEnum):
    """Why somebody gets the mail of a case."""

    CC = "cc"
    FOLLOWER = "follower"


class CaseParticipant(Base):
    """An address that gets the public mail of a case; one of a user is that user's (CC-4).

    `address` is in small letters, and stands once a case while it was not removed.
    """

    __tablename__ = "case_participants"
    __table_args__ = (
        Index("uq_case_participants_current", "case_id", "kind", "address", unique=True, sqlite_where=_TAKES_PART,
              postgresql_where=_TAKES_PART),
        Index(None, "user_id", "case_id"),
        Index(None, "address"),
    )  # fmt: skip

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[ParticipantKind] = mapped_column(one_of(ParticipantKind))
    address: Mapped[str] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    via: Mapped[Via] = mapped_column(one_of(Via))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])


class SeverityChange(Base):
    """A change of a case's severity (NE-20). A change by staff has an explanation, and the customer may disagree."""

    __tablename__ = "case_severity_changes"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("case_entries.id"))
    old: Mapped[str | None] = mapped_column(String(40))
    new: Mapped[str] = mapped_column(String(40))
    by_staff: Mapped[bool]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    explanation: Mapped[str | None] = mapped_column(Text)
    disagreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disagreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settlement: Mapped[str | None] = mapped_column(Text)
