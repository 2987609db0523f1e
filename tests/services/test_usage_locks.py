"""An import and a closing of the same organization's month wait for each other, on real connections."""

from __future__ import annotations

import io
import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select

from portal.database import writing
from portal.models.invoices import MonthClose
from portal.models.usage import UsageRow
from portal.services import months, usage_files, usage_imports
from tests.builders import a_project, an_organization
from tests.usage_texts import a_file, a_row

AT = datetime(2024, 2, 10, tzinfo=UTC)
# Long enough for a thread that nobody holds up, short enough to wait for one that is held up.
MOMENT_SECONDS = 0.4
PATIENCE_SECONDS = 10


@pytest.fixture
def acme(session):
    """An organization that other connections see."""
    acme = an_organization(session, "acme")
    a_project(session, acme)
    session.commit()
    return acme


def import_bytes(session, content):
    with usage_files.opened(io.BytesIO(content), "usage.csv") as file:
        return usage_imports.import_file(session, file, at=AT)


def in_thread(work):
    done = threading.Event()

    def run():
        work()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def test_no_month_is_closed_while_usage_comes_in(engine, session, acme):
    import_bytes(session, a_file(a_row()))

    def close():
        with writing(engine)() as closing:
            months.lock(closing, acme)

    thread, closed = in_thread(close)
    assert not closed.wait(MOMENT_SECONDS)
    session.commit()
    assert closed.wait(PATIENCE_SECONDS)
    thread.join()


def test_usage_that_waited_for_a_closing_is_posted_in_the_next_month(engine, session, acme):
    months.lock(session, acme)
    session.add(MonthClose(organization_id=acme.id, period_on=date(2024, 1, 1), closed_at=AT))
    session.flush()

    def bring():
        with writing(engine)() as importing:
            import_bytes(importing, a_file(a_row(usage_date="2024-01-31")))
            importing.commit()

    thread, imported = in_thread(bring)
    assert not imported.wait(MOMENT_SECONDS)
    session.commit()
    assert imported.wait(PATIENCE_SECONDS)
    thread.join()
    assert session.scalars(select(UsageRow.posted_on)).all() == [date(2024, 2, 1)]


def test_many_organizations_and_rows_cost_no_more_statements_than_few(engine, session):
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    def statements_for(organizations, rows):
        for slug in organizations:
            a_project(session, an_organization(session, slug))
        statements.clear()
        lines = (a_row(organization=slug, external_id=f"u-{n}") for slug in organizations for n in range(rows))
        import_bytes(session, a_file(*lines))
        return len(statements)

    few = statements_for(["acme"], 1)
    many = statements_for([f"org-{number}" for number in range(30)], 40)
    assert many == few
