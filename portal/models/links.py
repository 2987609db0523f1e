"""Organizations that are paid for by another one, and their shares of its payments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Cents, Id, UtcDateTime, new_hex_id


class Link(Base):
    """That `payer_id` pays for `linked_id`, from the month that was open when it was linked.

    Unlinking is asked for and takes effect when the next month is closed, which sets `ended_at`; until then it can be
    taken back. An organization has at most one payer at a time.
    """

    __tablename__ = "links"
    __table_args__ = (
        Index(
            "ix_links_open",
            "linked_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "payer_id", "ended_at"),
    )

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    payer_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    linked_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    linked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    unlink_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unlink_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaymentShare(Base):
    """What an organization bears of its payer's payment, in US cents, and on which of its invoices it stands.

    The payer's own share is one too; the shares of a payment add up to it.
    """

    __tablename__ = "payment_shares"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    usage_cents: Mapped[Cents]
    billed_cents: Mapped[Cents]
