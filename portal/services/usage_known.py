"""Finds the usage rows that are stored under given external ids."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Set
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, FromClause, String, and_, cast, func, select
from sqlalchemy.orm import Session

from portal.domain.usage_facts import UsageFacts
from portal.models.usage import UsageRow

Key = tuple[int, str]
_STORED = select(
    UsageRow.organization_id,
    UsageRow.external_id,
    UsageRow.project_id,
    UsageRow.service,
    UsageRow.sku,
    UsageRow.provider,
    UsageRow.used_on,
    UsageRow.quantity_nano,
    UsageRow.unit,
    UsageRow.unit_price_pico,
    UsageRow.import_id,
)


def stored(session: Session, keys: Collection[Key]) -> Iterator[tuple[UsageFacts, int | None]]:
    """What each row that is known by one of `keys` (organization, external id) says, and the import it came with."""
    for *facts, import_id in session.execute(_STORED.join(*_wanted(session, set(keys)))):
        yield UsageFacts(*facts), import_id


def _wanted(session: Session, keys: Set[Key]) -> tuple[FromClause, ColumnElement[bool]]:
    """The keys as a table, and how it is joined: of a list of pairs both databases make no use of the index."""
    if session.get_bind().dialect.name == "postgresql":
        organizations, external_ids = zip(*keys, strict=True)
        arrays = cast(list(organizations), ARRAY(BigInteger)), cast(list(external_ids), ARRAY(String))
        pairs = func.unnest(*arrays).table_valued("organization_id", "external_id", name="wanted").render_derived()
        return pairs, _is(pairs.c.organization_id, pairs.c.external_id)
    listed = func.json_each(json.dumps(list(keys))).table_valued("value", name="wanted")
    return listed, _is(func.json_extract(listed.c.value, "$[0]"), func.json_extract(listed.c.value, "$[1]"))


def _is(organization_id: ColumnElement[Any], external_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(UsageRow.organization_id == organization_id, UsageRow.external_id == external_id)
