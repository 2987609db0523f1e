"""Credits: rows that usage is drawn from, and their dates, which are added and never changed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Cents, Id, UtcDateTime, new_hex_id, one_of


class CreditKind(StrEnum):
    """What credits are: given away, or paid for in advance (6.1)."""

    PROMOTIONAL = "promotional"
    PREPAID = "prepaid"


class Credit(Base):
    """Credits of a billing group, in US cents. What is left of them is the total less the draws from them.

    `subscription_id` is the contract that they were bought with (one that is paid yearly in advance has a row a year),
    None for what staff granted. `priority` 1 is drawn first.
    """

    __tablename__ = "credits"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    kind: Mapped[CreditKind] = mapped_column(one_of(CreditKind))
    total_cents: Mapped[Cents]
    priority: Mapped[int | None] = mapped_column(BigInteger)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CreditTerms(Base):
    """When credits can be drawn: from `starts_on` and before `ends_before`; the highest version holds.

    Voided credits cannot be drawn any more; what was drawn from them before stays drawn.
    """

    __tablename__ = "credit_terms"
    __table_args__ = (UniqueConstraint("credit_id", "version"),)

    id: Mapped[Id]
    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"))
    version: Mapped[int]
    starts_on: Mapped[date]
    ends_before: Mapped[date]
    voided: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(Text)
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)
