"""What happened in an organization, for its activity feed, and visits of the company's own staff to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, UtcDateTime, new_hex_id
from portal.models.organizations import Organization, User


class Activity(Base):
    """One event of the activity feed (atlas 12). Rows are only added.

    `user_id` did it, `target_user_id` is whom it was done to. `remote_address` and `by_staff` are of the request in
    which it was written.
    """

    __tablename__ = "activities"
    # A page of the feed is read backwards along one of these, whatever filters it.
    __table_args__ = (
        Index(None, "organization_id", "happened_at"),
        Index(None, "organization_id", "type", "happened_at"),
        Index(None, "organization_id", "by_staff", "happened_at"),
        Index(None, "user_id", "organization_id", "happened_at"),
        Index(None, "target_user_id", "organization_id", "happened_at"),
        Index(None, "project_id", "happened_at"),
    )

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    target_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    type: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    remote_address: Mapped[str | None] = mapped_column(String(45))
    by_staff: Mapped[bool] = mapped_column(server_default=false(), default=False)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffVisit(Base):
    """One of the company's own staff inside a customer's organization, for a reason and a while (VISIT-1)."""

    __tablename__ = "staff_visits"
    __table_args__ = (Index(None, "user_id", "organization_id", "ends_at"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
    organization: Mapped[Organization] = relationship()
