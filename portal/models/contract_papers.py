"""The papers of contracts: order forms that were issued, and agreements that were uploaded."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, UtcDateTime, new_hex_id


class OrderForm(Base):
    """The order form of a contract's terms, for one contract year; its content is the document of this number.

    `version` is that of the terms. Of several forms of a contract the last one holds.
    """

    __tablename__ = "order_forms"
    __table_args__ = (UniqueConstraint("subscription_id", "version", "year_starts_on"),)

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    year_starts_on: Mapped[date]
    year_ends_before: Mapped[date]
    issued_on: Mapped[date]


class Agreement(Base):
    """A signed agreement that staff uploaded to a contract; of several the highest version holds.

    The file lies in the store of files under its SHA-256. `name` is what it was called when it was uploaded.
    """

    __tablename__ = "agreements"
    __table_args__ = (UniqueConstraint("subscription_id", "version"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
