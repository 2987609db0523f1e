"""How far behind the work in the background is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal.database import forget_statements, make_engine, reading, statements_asked, writing
from portal.domain.periods import Month
from portal.jobs import month_closes
from portal.services import backlog, outbox
from portal.services.backlog import Backlog
from portal.services.letters import Letter
from tests.customers import a_customer, midnight, use

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from tests.databases import Databases

    EveryDatabase = Callable[[str], Databases]

AT = midnight(date(2024, 2, 1))


def test_nothing_waits_where_nothing_was_asked_for(session: Session) -> None:
    assert backlog.measure(session, at=AT) == Backlog(timedelta(), mail_due=0, documents=0, set_aside=0)


def test_the_oldest_mail_that_is_due_says_how_late_mail_is(session: Session) -> None:
    for minutes, key in ((90, "old"), (5, "new"), (-30, "later")):
        post_at = AT - timedelta(minutes=minutes)
        outbox.post(session, Letter("Hello", "Hello."), to=["lena@acme.example"], key=key, at=post_at)
    outbox.post(session, Letter("Hello", "Hello."), to=["no address"], key="refused", at=AT - timedelta(days=9))
    waiting = backlog.measure(session, at=AT)
    assert (waiting.mail_lag, waiting.mail_due) == (timedelta(minutes=90), 2)


def test_documents_without_a_file_wait_and_faulty_organizations_are_counted(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        use(session, a_customer(session, "acme", country="IE", method=None), date(2024, 1, 5), "10")
        use(session, a_customer(session, "faulty", country=None, method=None), date(2024, 1, 5), "10")
        session.commit()
    list(month_closes.close(open_session, Month(2024, 1), at=AT))
    with open_session() as session:
        waiting = backlog.measure(session, at=AT)
        assert waiting.documents == session.scalar(text("SELECT count(*) FROM documents"))
        assert waiting.documents > 0
        assert waiting.set_aside == 1


def test_statements_are_counted_and_beginnings_are_not(engine: Engine) -> None:
    forget_statements()
    with reading(engine)() as session:
        session.execute(text("SELECT 1"))
        session.execute(text("SELECT 2"))
    assert statements_asked() == 2
    forget_statements()
    assert statements_asked() == 0


def test_a_statement_of_a_page_is_given_up_and_one_of_a_worker_is_not(every_database: EveryDatabase) -> None:
    with every_database("postgresql").fresh() as url:
        patient, hasty = make_engine(url), make_engine(url, statement_seconds=1)
        with hasty.connect() as connection, pytest.raises(OperationalError, match="statement timeout"):
            connection.execute(text("SELECT pg_sleep(30)"))
        with patient.connect() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "0"
        hasty.dispose()
        patient.dispose()


def test_an_error_of_the_database_does_not_tell_the_values(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(Exception, match="nowhere") as caught:
        connection.execute(text("SELECT :secret FROM nowhere"), {"secret": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("size", [1, 3])
def test_a_process_keeps_as_many_connections_as_it_is_told(database_url: str, size: int) -> None:
    engine = make_engine(database_url, pool_size=size)
    opened = [engine.connect() for _ in range(2 * size)]
    for connection in opened:
        connection.close()
    assert engine.pool.checkedin() == size  # type: ignore[attr-defined]
    engine.dispose()
