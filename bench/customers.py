"""Fills a database with many customers and much usage, past all services: what is measured comes after it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bench import contracts
from portal.database import writing
from portal.domain.periods import Month
from portal.domain.rating import NANO, PICO
from portal.models.base import Base
from portal.models.billing_groups import BillingGroup, BillingProfile
from portal.models.organizations import Organization, Project
from portal.models.usage import UsageRow
from portal.services import bulk
from portal.services.usage import in_batches

MONTH = Month(2026, 1)
CREATED_AT = contracts.AGREED_AT
PROJECTS = ("shop", "lab")
SERVICES = ("Clusters", "Backup", "Data Transfer", "Search")
_PRICE_PICO = 54 * PICO // 100


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many organizations with so many usage rows each, of which `rows_a_line` make one line of an invoice.

    `mixed` ones have contracts of every type, credits, and others to pay for.
    """

    organizations: int
    rows_each: int
    rows_a_line: int
    mixed: bool = False


def fill(engine: Engine, crowd: Crowd) -> None:
    """Write the crowd's organizations and their usage of `MONTH`, and let the database count what it has."""
    with writing(engine)() as session:
        first = (session.scalar(select(func.max(Organization.id))) or 0) + 1
        ids = range(first, first + crowd.organizations)
        agreed = contracts.mixed(ids) if crowd.mixed else contracts.plain(ids)
        for kind, rows in itertools.chain(_customers(ids), agreed):
            write(session, kind, rows)
        write(session, UsageRow, _usage(ids, crowd))
        if engine.dialect.name == "postgresql":
            # Keys were given here, so PostgreSQL's own counters stand behind.
            for table in ("organizations", "billing_groups", "projects"):
                session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
        session.commit()
    analyze(engine)


def write(session: Session, kind: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows of `kind`, all with the same columns."""
    for batch in in_batches(rows, 10_000):
        bulk.write(session, kind, tuple(batch[0]), [tuple(row.values()) for row in batch])


def analyze(engine: Engine) -> None:
    """Let the database count what it has, as it does by itself after a while."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")


def _customers(ids: Iterable[int]) -> contracts.Tables:
    yield (
        Organization,
        (
            {
                "id": id_,
                "hex_id": f"{id_:024x}",
                "slug": f"customer-{id_}",
                "name": f"Customer {id_}",
                "catalogue": "atlas",
                "created_at": CREATED_AT,
            }
            for id_ in ids
        ),
    )
    yield BillingGroup, ({"id": id_, "organization_id": id_, "created_at": CREATED_AT} for id_ in ids)
    yield (
        Project,
        (
            {
                "id": 2 * id_ + index,
                "hex_id": f"{2 * id_ + index:024x}",
                "organization_id": id_,
                "billing_group_id": id_,
                "name": name,
                "created_at": CREATED_AT,
            }
            for id_ in ids
            for index, name in enumerate(PROJECTS)
        ),
    )
    yield BillingProfile, (_profile(id_) for id_ in ids)


def _usage(ids: Iterable[int], crowd: Crowd) -> Iterator[dict[str, Any]]:
    """Usage day by day, as it comes in: of each organization's things in turn, and days with more rows than things
    have several rows of one thing, which are one line.
    """
    lines = crowd.rows_each // crowd.rows_a_line
    things = [(project, service) for project in range(len(PROJECTS)) for service in SERVICES]
    numbers = itertools.count(1)
    for index in range(crowd.rows_each):
        line = index % lines
        project, service = things[line % len(things)]
        day = MONTH.first_on + timedelta(days=line // len(things) % MONTH.days)
        sku = f"SKU-{line // (len(things) * MONTH.days)}"
        for id_ in ids:
            yield {
                "organization_id": id_,
                "project_id": 2 * id_ + project,
                "service": service,
                "sku": sku,
                "provider": "AWS",
                "used_on": day,
                "posted_on": day,
                "quantity_nano": NANO + next(numbers) % NANO,
                "unit": "hour",
                "unit_price_pico": _PRICE_PICO,
                "external_id": f"{index}",
            }


def _profile(id_: int) -> dict[str, Any]:
    return {
        "billing_group_id": id_,
        "recorded_at": CREATED_AT,
        "company": f"Customer {id_} Limited",
        "line1": "1 Grand Canal Square",
        "city": "Dublin",
        "postal_code": "D02 P820",
        "country": "IE",
        "billing_contact": f"billing@customer-{id_}.example",
        "only_billing_email": False,
    }
