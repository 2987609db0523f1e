"""Which support plans organizations chose: rows that are only added, and what they led to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.support_choices import ChoiceKind
from portal.domain.tier_requests import TierState
from portal.models.base import Base, Cents, Id, UtcDateTime, new_hex_id, one_of


class SupportChoice(Base):
    """A plan (None: the one without cost) from a day on, as it was decided; the history is a fold of these rows.

    `entitled_on` is the first day of its support, `billed_on` the first that is billed at its price. `billing_group_id`
    is set where one billing group bears the cost. Staff say why they chose (`reason`).
    """

    __tablename__ = "support_choices"

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    kind: Mapped[ChoiceKind] = mapped_column(one_of(ChoiceKind))
    plan: Mapped[str | None] = mapped_column(String(40))
    entitled_on: Mapped[date]
    billed_on: Mapped[date]
    billing_group_id: Mapped[int | None] = mapped_column(ForeignKey("billing_groups.id"))
    tier_request_id: Mapped[int | None] = mapped_column(ForeignKey("tier_requests.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    by_staff: Mapped[bool]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupportTurn(Base):
    """That the feed was told when a choice for a later day took effect."""

    __tablename__ = "support_turns"

    choice_id: Mapped[int] = mapped_column(ForeignKey("support_choices.id"), primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CarriedSupport(Base):
    """A support charge of a payment that a contract took over: billed with what is posted on `posted_on` (A1)."""

    __tablename__ = "carried_support"

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    posted_on: Mapped[date]
    provider: Mapped[str | None] = mapped_column(String(40))
    amount_cents: Mapped[Cents]


class TierRequest(Base):
    """That an organization asked for a tier from the month that begins on `start_on`; its state is its last turn."""

    __tablename__ = "tier_requests"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    tier: Mapped[str] = mapped_column(String(40))
    start_on: Mapped[date]
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"))
    expected_from_on: Mapped[date]
    expected_to_on: Mapped[date]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TierRequestTurn(Base):
    """A state of a request, who brought it there, and from which day on the tier is active where that is decided."""

    __tablename__ = "tier_request_turns"
    __table_args__ = (UniqueConstraint("tier_request_id", "number"),)

    id: Mapped[Id]
    tier_request_id: Mapped[int] = mapped_column(ForeignKey("tier_requests.id"))
    number: Mapped[int]
    state: Mapped[TierState] = mapped_column(one_of(TierState))
    active_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(Text)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PricingChoice(Base):
    """A pricing plan, and the variant of its support, from a day on (NE-1, NE-46). The newest row counts."""

    __tablename__ = "pricing_choices"

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    plan: Mapped[str] = mapped_column(String(40))
    variant: Mapped[str | None] = mapped_column(String(40))
    from_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(Text)
    by_staff: Mapped[bool]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
