"""Metered usage, as it came in: the facts that every invoice is made from."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, UtcDateTime


class UsageImport(Base):
    """One file or message that brought usage rows."""

    __tablename__ = "usage_imports"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UsageRow(Base):
    """What one project used of one item on one UTC day.

    `posted_on` decides the month it is billed in: the day of use, or the first day of the next open month when its
    own was closed already. Once that month is closed a trigger refuses any change of the row.
    `carried_from_id` names the cancelled payment whose usage the row bills anew, None for what was metered.
    Quantities are whole 10⁻⁹ units, unit prices whole 10⁻¹² US dollars, so that databases add and group them exactly.
    """

    __tablename__ = "usage_rows"
    __table_args__ = (
        UniqueConstraint("organization_id", "external_id"),
        Index(None, "organization_id", "posted_on"),
        Index(None, "organization_id", "used_on"),
        CheckConstraint("quantity_nano >= 0", name="quantity"),
        CheckConstraint("unit_price_pico >= 0", name="unit_price"),
        CheckConstraint("posted_on >= used_on", name="posted"),
    )

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("usage_imports.id"))
    service: Mapped[str] = mapped_column(String(100))
    sku: Mapped[str] = mapped_column(String(200))
    provider: Mapped[str | None] = mapped_column(String(40))
    used_on: Mapped[date]
    posted_on: Mapped[date]
    quantity_nano: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(40))
    unit_price_pico: Mapped[int] = mapped_column(BigInteger)
    external_id: Mapped[str] = mapped_column(String(200))
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
