"""Contracts that settle usage, and what was agreed on in each: terms are added, never changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.methods import SubscriptionType
from portal.models.base import AgreedNumber, Base, Id, UtcDateTime, new_hex_id, one_of


class Subscription(Base):
    """One contract of a billing group, as such: its terms are `AgreedTerms`."""

    __tablename__ = "subscriptions"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"), index=True)
    type: Mapped[SubscriptionType] = mapped_column(one_of(SubscriptionType))
    activated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AgreedTerms(Base):
    """The terms of a contract; those of the highest version hold, for every month that is not closed.

    The contract settles what is posted from `covers_from_on` (before `starts_on` where the first 30 days of use allow
    it) and before `ends_before`, which is open for some types. `months` is the term that was sold, from which the
    monthly share of `commitment_cents` follows, even where the end was moved. `unit_price` is that of commitment rows,
    `elastic_unit_price` that of elastic rows, both in `currency` for one US dollar of usage (G5). `reason` says why
    the terms were changed; the first ones have none.
    """

    __tablename__ = "agreed_terms"
    __table_args__ = (UniqueConstraint("subscription_id", "version"),)

    id: Mapped[Id]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    version: Mapped[int]
    starts_on: Mapped[date]
    covers_from_on: Mapped[date]
    ends_before: Mapped[date | None]
    months: Mapped[int | None]
    commitment_cents: Mapped[int | None] = mapped_column(BigInteger)
    elastic: Mapped[bool]
    currency: Mapped[str] = mapped_column(String(3))
    unit_price: Mapped[Decimal] = mapped_column(AgreedNumber)
    elastic_unit_price: Mapped[Decimal] = mapped_column(AgreedNumber)
    marketplace: Mapped[str | None] = mapped_column(String(40))
    support_plan: Mapped[str | None] = mapped_column(String(40))
    yearly_in_advance: Mapped[bool]
    pay_now_allowed: Mapped[bool]
    billing_contact: Mapped[str | None] = mapped_column(String(320))
    purchase_order: Mapped[str | None] = mapped_column(String(100))
    sales_representative_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)
