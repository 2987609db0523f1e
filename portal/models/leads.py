"""Leads: customers who want to talk to sales, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.methods import SubscriptionType
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import Organization, User


class LeadState(StrEnum):
    """How far sales are with a lead."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Lead(Base):
    """Somebody of an organization asks to be called. `preview` is the query of a preview's address.

    `state` is that of the newest turn; a lead without turns is open.
    """

    __tablename__ = "leads"
    __table_args__ = (Index(None, "state", "id"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    type: Mapped[SubscriptionType | None] = mapped_column(one_of(SubscriptionType))
    phone: Mapped[str | None] = mapped_column(String(50))
    message: Mapped[str] = mapped_column(Text)
    preview: Mapped[str | None] = mapped_column(Text)
    state: Mapped[LeadState] = mapped_column(one_of(LeadState), default=LeadState.OPEN)

    organization: Mapped[Organization] = relationship()
    asked_by: Mapped[User] = relationship()


class LeadTurn(Base):
    """What somebody of sales noted on a lead, and its state from then on; turns are added and never changed."""

    __tablename__ = "lead_turns"

    id: Mapped[Id]
    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), index=True)
    state: Mapped[LeadState] = mapped_column(one_of(LeadState))
    note: Mapped[str] = mapped_column(Text)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    noted_by: Mapped[User] = relationship()
