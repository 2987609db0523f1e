"""What a usage file says: its columns, the facts of a row, and what two rows say differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.domain import rating
from portal.domain.periods import Month

_LONGEST_SHOWN = 40


class Column(StrEnum):
    """The columns of a usage file."""

    ORGANIZATION = "organization"
    PROJECT = "project"
    SERVICE = "service"
    SKU = "sku"
    PROVIDER = "provider"
    USAGE_DATE = "usage_date"
    QUANTITY = "quantity"
    UNIT = "unit"
    UNIT_PRICE = "unit_price"
    EXTERNAL_ID = "external_id"


@dataclass(frozen=True, slots=True)
class KnownOrganization:
    """An organization that usage can be posted for; its projects by name and by id, its last closed month.

    `ended` are the names and ids of projects that ended, with what happened to them.
    """

    id: int
    slug: str
    closed: Month | None
    projects: Mapping[str, int]
    ended: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UsageFacts:
    """What a row says, in the units of the database: 10⁻⁹ units, 10⁻¹² US dollars."""

    organization_id: int
    external_id: str
    project_id: int
    service: str
    sku: str
    provider: str | None
    used_on: date
    quantity_nano: int
    unit: str
    unit_price_pico: int

    @property
    def key(self) -> tuple[int, str]:
        """What makes the row the same row when it comes again."""
        return self.organization_id, self.external_id


def differences(stored: UsageFacts, facts: UsageFacts) -> Iterator[tuple[Column, str]]:
    """The columns in which `facts` says something else than `stored`, with what `stored` says, in words."""
    pairs = (
        (Column.PROJECT, stored.project_id, facts.project_id, "another project"),
        (Column.SERVICE, stored.service, facts.service, quoted(stored.service)),
        (Column.SKU, stored.sku, facts.sku, quoted(stored.sku)),
        (Column.PROVIDER, stored.provider, facts.provider, stored.provider or "no provider"),
        (Column.USAGE_DATE, stored.used_on, facts.used_on, stored.used_on.isoformat()),
        (Column.QUANTITY, stored.quantity_nano, facts.quantity_nano, rating.plain_quantity(stored.quantity_nano)),
        (Column.UNIT, stored.unit, facts.unit, quoted(stored.unit)),
        (
            Column.UNIT_PRICE,
            stored.unit_price_pico,
            facts.unit_price_pico,
            rating.plain_unit_price(stored.unit_price_pico),
        ),
    )
    return ((column, words) for column, before, now, words in pairs if before != now)


def quoted(text: str) -> str:
    """`text` in quotation marks, short and harmless on a terminal."""
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return "“" + "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in shown) + "”"
