"""Workers close families by themselves: together, whole, and without waiting for each other (LINK-3, CLOSE-9)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.database import writing
from portal.jobs import month_closes
from portal.models.invoices import MonthClose, SetAside
from portal.models.links import Link, PaymentShare
from portal.services import months
from tests.customers import Customer, a_customer, close, midnight, use

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

DECEMBER = date(2023, 12, 1)
PATIENCE_SECONDS = 10
FEBRUARY_1 = midnight(date(2024, 2, 1))


def link(session: Session, payer: Customer, linked: Customer, *, on: date) -> None:
    session.add(Link(payer_id=payer.organization.id, linked_id=linked.organization.id, linked_at=midnight(on)))


def close_all(engine: Engine) -> list[str]:
    """What a worker closes on the first of February, by slug and month in their order."""
    return [outcome.slug for outcome in month_closes.close_ended(writing(engine), after_days=0, now=lambda: FEBRUARY_1)]


def counted(engine: Engine, what: type) -> int:
    with writing(engine)() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


@pytest.mark.parametrize("payer_is_older", [True, False])
def test_months_before_the_link_are_each_ones_own(engine: Engine, *, payer_is_older: bool) -> None:
    with writing(engine)() as session:
        slugs = ("payer", "linked") if payer_is_older else ("linked", "payer")
        both = {slug: a_customer(session, slug, method=None, since=DECEMBER) for slug in slugs}
        for customer in both.values():
            use(session, customer, date(2023, 12, 5), "10")
            use(session, customer, date(2024, 1, 5), "10")
        link(session, both["payer"], both["linked"], on=date(2024, 1, 9))
        session.commit()
    assert sorted(close_all(engine)) == ["linked", "linked", "payer", "payer"]
    assert counted(engine, SetAside) == 0
    assert counted(engine, PaymentShare) == 2


def test_who_is_linked_may_have_an_older_month_open_than_the_payer(engine: Engine) -> None:
    with writing(engine)() as session:
        payer = a_customer(session, "payer", method=None, since=DECEMBER)
        close(session, payer, "2023-12")
        linked = a_customer(session, "linked", method=None)
        link(session, payer, linked, on=date(2024, 1, 9))
        use(session, linked, date(2023, 12, 30), "10")
        session.commit()
    assert close_all(engine) == ["linked", "payer", "linked"]
    assert counted(engine, SetAside) == 0


def test_a_payer_is_passed_over_while_somebody_holds_who_is_linked(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    with writing(engine)() as session:
        linked, payer, _ = (a_customer(session, slug, method=None) for slug in ("linked", "payer", "other"))
        link(session, payer, linked, on=date(2024, 1, 9))
        session.commit()
    with writing(engine)() as holding, ThreadPoolExecutor(1) as pool:
        months.lock(holding, linked.organization.id)
        closed = pool.submit(close_all, engine)
        try:
            assert closed.result(PATIENCE_SECONDS) == ["other"]
        finally:
            holding.rollback()
    assert sorted(close_all(engine)) == ["linked", "payer"]


def test_workers_close_families_at_once(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    with writing(engine)() as session:
        customers = [a_customer(session, f"some-{number}", method=None) for number in range(12)]
        # Payers before and behind those whom they pay for, in the order in which they are locked.
        for payer, linked in ((0, 11), (10, 1), (10, 2), (5, 4), (6, 7)):
            link(session, customers[payer], customers[linked], on=date(2024, 1, 9))
        session.commit()
    ids = [one.organization.id for one in customers]
    start = threading.Barrier(3)

    def work(place: int) -> None:
        start.wait()
        if place:
            close_all(engine)
            return
        for _ in range(20):
            with writing(engine)() as holding:
                months.lock_all(holding, ids)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    close_all(engine)
    assert counted(engine, MonthClose) == 12
    assert counted(engine, SetAside) == 0
