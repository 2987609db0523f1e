"""How a month was settled: payments with taxes and reasons, what each covered of which day, charges, receipts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.invoicing import PaymentStatus
from portal.domain.methods import Method
from portal.domain.rating import LineKind
from portal.models.base import AgreedNumber, Base, Cents, Id, UtcDateTime, new_hex_id, one_of


class Purpose(StrEnum):
    """What a payment is for: a part of a month's usage, or credits that are paid in advance."""

    USAGE = "usage"
    PREPAYMENT = "prepayment"


class Payment(Base):
    """One part of a settled invoice: one method and subscription. Only `status` may change after the close.

    `usage_cents` and `billed_cents` are US cents, `net_minor`, `tax_minor`, `total_minor` minor units of `currency`.
    `billing_profile_id` is the profile that decided the taxes; a prepayment has no invoice that could say it, but the
    credits that it buys.
    `collect_on` is the first day a card or PayPal account may be charged for it, None where nothing is charged.
    `explain` holds the figures that led to `billed`, as decimal texts.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        Index(None, "status", "collect_on"),
        Index(None, "organization_id", "status"),
        Index(None, "billing_group_id", "status"),
    )

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"))
    billing_profile_id: Mapped[int | None] = mapped_column(ForeignKey("billing_profiles.id"))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credits.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose), default=Purpose.USAGE, server_default="usage")
    position: Mapped[int]
    method: Mapped[Method] = mapped_column(one_of(Method))
    status: Mapped[PaymentStatus] = mapped_column(one_of(PaymentStatus))
    usage_cents: Mapped[Cents]
    billed_cents: Mapped[Cents]
    unit_price: Mapped[Decimal] = mapped_column(AgreedNumber)
    currency: Mapped[str] = mapped_column(String(3))
    net_minor: Mapped[Cents]
    tax_minor: Mapped[Cents]
    total_minor: Mapped[Cents]
    tax_note: Mapped[str | None] = mapped_column(String(500))
    collect_on: Mapped[date | None]
    due_on: Mapped[date | None]
    explain: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    taxes: Mapped[list[PaymentTax]] = relationship(order_by="PaymentTax.position", viewonly=True)
    receipts: Mapped[list[Receipt]] = relationship(order_by="Receipt.id", viewonly=True)


class PaymentTax(Base):
    """One tax on a payment, rounded once, in the payment's currency."""

    __tablename__ = "payment_taxes"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    rate: Mapped[Decimal] = mapped_column(AgreedNumber)
    base_minor: Mapped[Cents]
    amount_minor: Mapped[Cents]


class Draw(Base):
    """What a payment took of one portion of the month, in US cents. Balances of credits are sums of these rows.

    A portion is a day's usage, or a day's support charges of one provider, which are routed by it.
    """

    __tablename__ = "draws"
    __table_args__ = (Index(None, "payment_id", "posted_on"),)

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credits.id"), index=True)
    posted_on: Mapped[date]
    kind: Mapped[LineKind] = mapped_column(one_of(LineKind))
    provider: Mapped[str | None] = mapped_column(String(40))
    amount_cents: Mapped[Cents]


class Charge(Base):
    """One attempt to take a payment's open amount through a gateway.

    The row stands before the gateway is asked and `key` goes with the request, so that an attempt that was cut short
    is asked again as the same attempt and never charges twice. `succeeded` is None until the gateway has answered.
    """

    __tablename__ = "charges"
    __table_args__ = (
        UniqueConstraint("payment_id", "attempt"),
        # Few at any time, however many were made: those that a job asks the gateway for.
        Index(
            "ix_charges_unanswered",
            "id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    attempt: Mapped[int]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    payment_method_id: Mapped[int] = mapped_column(ForeignKey("payment_methods.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    succeeded: Mapped[bool | None]
    reason: Mapped[str | None] = mapped_column(String(300))
    gateway_reference: Mapped[str | None] = mapped_column(String(200))


class Receipt(Base):
    """Money received for a payment, by charge or transfer. The amount due is the total less these rows.

    One transfer may pay several payments: its `reference` stands once with each of them.
    """

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("payment_id", "reference"),)

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charges.id"), unique=True)
    reference: Mapped[str] = mapped_column(String(200))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
