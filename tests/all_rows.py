"""Everything that a database holds, in a form in which two databases that come to the same are equal."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from portal.database import make_engine
from portal.models.base import Base, UtcDateTime

# How often something was tried and not what became of it; a mail's text, which has its time in it; a builder's count.
UNEQUAL = {
    "mail_attempts": None,
    "mail_recipients": {"attempts"},
    "mailbox_entries": {"content"},
    "usage_rows": {"external_id"},
}


def everything(url: str) -> dict[str, list[Any]]:
    """All rows but their instants; what is numbered by chance goes by its place, and what it belongs to by its name."""
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = {table.name: connection.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}
    engine.dispose()
    named = names(rows)
    shown = {}
    for table in Base.metadata.sorted_tables:
        left_out = UNEQUAL.get(table.name, set())
        if left_out is not None:
            columns = [
                column for column in table.columns
                if not isinstance(column.type, UtcDateTime) and column.name not in {"id", *left_out}
            ]  # fmt: skip
            shown[table.name] = sorted(
                str({column.name: shown_value(row[column.name], column, named) for column in columns})
                for row in rows[table.name]
            )
    return shown


def names(rows: dict[str, Any]) -> dict[str, dict[int, str]]:
    """By table, what each row is called whose id may differ."""
    named = {
        table: {row["id"]: row[column] for row in rows[table]}
        for table, column in (
            ("invoices", "number"), ("documents", "number"), ("tax_invoices", "number"), ("mail_messages", "key"),
        )
    }  # fmt: skip
    named["payments"] = {
        row["id"]: f"{named['invoices'].get(row['invoice_id'])} {row['credit_id']} {row['position']}"
        for row in rows["payments"]
    }
    named["charges"] = {
        row["id"]: f"{named['payments'][row['payment_id']]} {row['attempt']}" for row in rows["charges"]
    }
    named["mail_recipients"] = {
        row["id"]: f"{named['mail_messages'][row['message_id']]} {row['address']}" for row in rows["mail_recipients"]
    }
    return named


def shown_value(value: Any, column: Any, named: dict[str, dict[int, str]]) -> str:
    for key in column.foreign_keys:
        if key.column.table.name in named:
            value = named[key.column.table.name].get(value)
    # What was drawn by lot.
    return re.sub(r"\b[0-9a-f]{24}\b", "#", str(value))
