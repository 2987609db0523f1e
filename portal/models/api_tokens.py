"""Tokens by which programs are known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.token_scopes import TokenScope
from portal.models.base import Base, Id, UtcDateTime, one_of
from portal.models.organizations import Organization


class ApiToken(Base):
    """A token of a program (API-1). The token itself is not stored: `prefix` tells it from others, `sha256` proves it.

    `organization_id` is the one organization that it is good for; None stands for all. `last_used_at` is at most a
    minute behind.
    """

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[TokenScope] = mapped_column(one_of(TokenScope))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization | None] = relationship()
