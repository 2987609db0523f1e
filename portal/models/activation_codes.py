"""Activation codes: contracts that are sold, and begin when the customer applies the code."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.activation_codes import CodeState, state_of
from portal.models.base import Base, Id, UtcDateTime, new_hex_id
from portal.models.organizations import User


class ActivationCode(Base):
    """A contract that was sold to a billing group. The customer has the code; here is only its hash (CODE-1).

    What was sold never changes: `terms` are all of `contracts.Terms` but the start, `starts_on` is an agreed one.
    `expires_on` is the last day on which the code can be applied. It is applied or taken back once.
    """

    __tablename__ = "activation_codes"
    # Of applied and taken back, a code is one or none.
    __table_args__ = (CheckConstraint("redeemed_at IS NULL OR voided_at IS NULL", name="one_end"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    starts_on: Mapped[date | None]
    sent_to: Mapped[str] = mapped_column(String(254))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    expires_on: Mapped[date]
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    redeemed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"), unique=True)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    void_reason: Mapped[str | None] = mapped_column(Text)

    issued_by: Mapped[User] = relationship(foreign_keys=[issued_by_id])
    redeemed_by: Mapped[User | None] = relationship(foreign_keys=[redeemed_by_id])
    voided_by: Mapped[User | None] = relationship(foreign_keys=[voided_by_id])

    def state(self, on: date) -> CodeState:
        """How far it is on the day `on`."""
        is_redeemed, is_void = self.redeemed_at is not None, self.voided_at is not None
        return state_of(is_redeemed=is_redeemed, is_void=is_void, expires_on=self.expires_on, on=on)
