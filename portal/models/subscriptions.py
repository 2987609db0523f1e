"""Contracts that settle usage: type, term, prices and currency."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.settlement import SubscriptionType
from portal.models.base import AgreedNumber, Base, Id, UtcDateTime, new_hex_id, one_of


class Subscription(Base):
    """One contract of a billing group.

    It settles what is posted from `covers_from_on` (before `starts_on` where the first 30 days of use allow it) and
    before `ends_before`, which is open for some types. `unit_price` is that of commitment rows, `elastic_unit_price`
    that of elastic rows, both in `currency` for one US dollar of usage (G5).
    """

    __tablename__ = "subscriptions"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"), index=True)
    type: Mapped[SubscriptionType] = mapped_column(one_of(SubscriptionType))
    starts_on: Mapped[date]
    covers_from_on: Mapped[date]
    ends_before: Mapped[date | None]
    months: Mapped[int | None]
    commitment_cents: Mapped[int | None] = mapped_column(BigInteger)
    elastic: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str] = mapped_column(String(3))
    unit_price: Mapped[Decimal] = mapped_column(AgreedNumber)
    elastic_unit_price: Mapped[Decimal] = mapped_column(AgreedNumber)
    activated_at: Mapped[datetime] = mapped_column(UtcDateTime)
