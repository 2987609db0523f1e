"""What people typed for a case and have not sent yet, and which organizations support knows already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, UtcDateTime

_OF_NEW_CASE = text("case_id IS NULL")


class CaseDraft(Base):
    """A person's draft of a comment on a case, or of a new case of an organization (`case_id` None): one of each.

    `content` has what each field of the form held, by its name, as a list of texts.
    """

    __tablename__ = "case_drafts"
    __table_args__ = (
        Index("uq_case_drafts_of_case", "user_id", "case_id", unique=True),
        Index("uq_case_drafts_of_new_case", "user_id", "organization_id", unique=True, sqlite_where=_OF_NEW_CASE,
              postgresql_where=_OF_NEW_CASE),
        Index(None, "saved_at"),
    )  # fmt: skip

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupportSync(Base):
    """That an organization's first visit to the support portal is over (SYNC-1)."""

    __tablename__ = "support_syncs"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    synced_at: Mapped[datetime] = mapped_column(UtcDateTime)
