"""Who is billed and how: billing groups, their profile over time, their payment methods."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.methods import PaymentMethodKind
from portal.models.base import Base, Id, UtcDateTime, one_of


class BillingGroup(Base):
    """The holder of invoices. An organization has one without a name; some catalogues add named ones (UM-1)."""

    __tablename__ = "billing_groups"

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BillingProfile(Base):
    """The invoice address and what belongs to it, as of one moment. Rows are only added; the newest counts."""

    __tablename__ = "billing_profiles"

    id: Mapped[Id]
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    company: Mapped[str] = mapped_column(String(300))
    line1: Mapped[str] = mapped_column(String(300))
    line2: Mapped[str | None] = mapped_column(String(300))
    city: Mapped[str] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(200))
    postal_code: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    tax_id: Mapped[str | None] = mapped_column(String(40))
    purchase_order: Mapped[str | None] = mapped_column(String(100))
    billing_contact: Mapped[str | None] = mapped_column(String(254))
    billing_email: Mapped[str | None] = mapped_column(String(254))
    only_billing_email: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index(None, "billing_group_id", "id"),)


class PaymentMethod(Base):
    """A card or PayPal account on file: a label for people and the gateway's own token, never a number.

    Rows are only added; the newest counts, unless it was removed.
    """

    __tablename__ = "payment_methods"

    id: Mapped[Id]
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"))
    kind: Mapped[PaymentMethodKind] = mapped_column(one_of(PaymentMethodKind))
    label: Mapped[str] = mapped_column(String(100))
    gateway: Mapped[str] = mapped_column(String(40))
    token: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "billing_group_id", "id"),)
