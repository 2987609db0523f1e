"""A large usage file is stored in little memory, on both databases."""

from __future__ import annotations

from itertools import chain

from sqlalchemy import func, select

from portal.models.usage import UsageRow
from portal.services import usage
from tests.builders import a_project, an_organization
from tests.streams import import_stream
from tests.usage_texts import a_file, a_row

ROWS = 40_000


def test_a_large_file_is_stored_in_little_memory(database_url, session, tmp_path):
    a_project(session, an_organization(session, "acme"))
    session.commit()
    lines = (f"{a_row(external_id=f'meter-{number}')}\n".encode() for number in range(ROWS))
    chunks = (b"".join(batch) for batch in usage.in_batches(lines))
    imported = import_stream(chain([a_file()], chunks), database_url=database_url, folder=tmp_path)
    assert (imported.status, imported.errors) == (0, "")
    assert imported.output == f"standard input: rows: {ROWS}, new: {ROWS}, stored already: 0.\n"
    assert session.scalar(select(func.count()).select_from(UsageRow)) == ROWS
