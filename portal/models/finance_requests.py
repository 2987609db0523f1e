"""What customers ask finance for, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import Organization, User


class RequestKind(StrEnum):
    """What can be asked for."""

    BILLING_CONTACT = "billing_contact"


class RequestState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


class FinanceRequest(Base):
    """A request of a customer to finance. It is carried out or declined once, and stays.

    `wanted` has the texts that were asked for by their names, `declined_because` the words for who asked.
    """

    __tablename__ = "finance_requests"
    __table_args__ = (Index(None, "answered_at", "id"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(one_of(RequestKind))
    wanted: Mapped[dict[str, str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    declined_because: Mapped[str | None] = mapped_column(Text)

    organization: Mapped[Organization] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])

    @property
    def state(self) -> RequestState:
        """What became of it."""
        if self.answered_at is None:
            return RequestState.OPEN
        return RequestState.DONE if self.declined_because is None else RequestState.DECLINED
