"""Posts usage rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.domain.periods import Month
from portal.models.base import Base
from portal.models.organizations import Project
from portal.models.usage import UsageRow

BATCH = 5_000
T = TypeVar("T")
_TABLE = Base.metadata.tables[UsageRow.__tablename__]


@dataclass(frozen=True, slots=True)
class NewUsage:
    """A usage row to be written: `quantity_nano` in 10⁻⁹ units, `unit_price_pico` in 10⁻¹² US dollars.

    `posted_on` is `months.posting_day` of `used_on`.
    """

    organization_id: int
    project_id: int
    service: str
    sku: str
    provider: str | None
    used_on: date
    posted_on: date
    quantity_nano: int
    unit: str
    unit_price_pico: int
    external_id: str
    carried_from_id: int | None = None


def post(session: Session, rows: Iterable[NewUsage], *, import_id: int | None = None) -> int:
    """Write the rows and say how many they were. The database refuses rows of closed months and repeated ids."""
    posted = 0
    for batch in in_batches(rows):
        session.execute(insert(_TABLE), [_columns(row, import_id) for row in batch])
        posted += len(batch)
    return posted


def is_used(session: Session, project: Project, month: Month) -> bool:
    """Whether any usage of the project is posted in `month`."""
    posted = select(UsageRow.id).where(
        UsageRow.organization_id == project.organization_id,
        UsageRow.project_id == project.id,
        UsageRow.posted_on >= month.first_on,
        UsageRow.posted_on < month.ends_before,
    )
    return session.scalar(posted.limit(1)) is not None


def in_batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The rows in lists of `size`, so that memory stays bounded and no statement has too many parameters."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def _columns(row: NewUsage, import_id: int | None) -> dict[str, object]:
    return {
        "organization_id": row.organization_id,
        "project_id": row.project_id,
        "import_id": import_id,
        "service": row.service,
        "sku": row.sku,
        "provider": row.provider,
        "used_on": row.used_on,
        "posted_on": row.posted_on,
        "quantity_nano": row.quantity_nano,
        "unit": row.unit,
        "unit_price_pico": row.unit_price_pico,
        "external_id": row.external_id,
        "carried_from_id": row.carried_from_id,
    }
