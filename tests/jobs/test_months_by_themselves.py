"""Months are closed by themselves when they have passed, by as many processes as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.database import writing
from portal.domain.periods import Month
from portal.jobs import month_closes
from portal.models.invoices import Invoice, MonthClose, SetAside
from portal.models.organizations import Organization
from portal.services import months, organizations
from tests.customers import START, a_customer, live_at, midnight, use

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from portal.jobs.month_closes import Outcome


def close_ended(engine: Engine, at: date | datetime, after_days: int = 1) -> list[Outcome]:
    moment = at if isinstance(at, datetime) else midnight(at)
    return list(month_closes.close_ended(writing(engine), after_days=after_days, now=lambda: moment))


def test_a_month_is_closed_once_it_has_ended_for_as_many_days_as_the_setting_says(engine: Engine) -> None:
    with writing(engine)() as session:
        a_customer(session, method=None)
        session.commit()
    on_the_first, on_the_second = date(2024, 2, 1), date(2024, 2, 2)
    assert close_ended(engine, on_the_first) == []
    (closed,) = close_ended(engine, on_the_second)
    assert (closed.slug, closed.numbers) == ("acme", ("CI-2024-000001",))
    assert close_ended(engine, on_the_second) == []
    assert len(close_ended(engine, date(2024, 3, 1), after_days=0)) == 1


def test_who_is_months_behind_is_closed_in_order_up_to_date(engine: Engine) -> None:
    with writing(engine)() as session:
        for slug in ("acme", "brick"):
            a_customer(session, slug, method=None)
        session.commit()
    assert sorted(outcome.slug for outcome in close_ended(engine, date(2024, 4, 2))) == ["acme"] * 3 + ["brick"] * 3
    with writing(engine)() as session:
        for organization_id in session.scalars(select(Organization.id)):
            own = select(Invoice.period_on).where(Invoice.organization_id == organization_id).order_by(Invoice.id)
            assert [period_on.month for period_on in session.scalars(own)] == [1, 2, 3]


def test_only_whoever_was_there_has_a_month_to_close(engine: Engine) -> None:
    with writing(engine)() as session:
        a_customer(session, "newcomer", method=None, since=date(2024, 2, 1))
        early = a_customer(session, "early", method=None, since=date(2024, 2, 1))
        use(session, early, date(2024, 1, 31), "1")
        cobalt = organizations.create_organization(
            session, "cobalt", name="Cobalt", catalogue="neon", at=midnight(START)
        )
        session.commit()
        assert session.scalars(months.unclosed(Month(2024, 1))).all() == [early.organization.id, cobalt.id]
    assert [outcome.slug for outcome in close_ended(engine, date(2024, 2, 2))] == ["early", "cobalt"]


def test_what_was_set_aside_is_tried_again_after_an_hour_and_stops_nobody(engine: Engine) -> None:
    with writing(engine)() as session:
        faulty = a_customer(session, "faulty", country=None, method=None)
        use(session, faulty, date(2024, 1, 5), "10")
        a_customer(session, "sound", method=None)
        session.commit()
    at = datetime(2024, 3, 2, tzinfo=UTC)
    assert [(o.slug, o.reason is None) for o in close_ended(engine, at)] == [
        ("faulty", False), ("sound", True), ("sound", True),
    ]  # fmt: skip
    with writing(engine)() as session:
        live_at(session, faulty, on=date(2024, 3, 2))
        session.commit()
    assert close_ended(engine, at + timedelta(minutes=59)) == []
    assert [(o.slug, o.reason) for o in close_ended(engine, at + timedelta(minutes=61))] == [("faulty", None)] * 2
    with writing(engine)() as session:
        assert session.scalar(select(func.count()).select_from(SetAside)) == 0


def test_a_catalogue_that_is_gone_does_not_stop_the_others(engine: Engine) -> None:
    with writing(engine)() as session:
        organizations.create_organization(session, "lost", name="Lost", catalogue="none", at=midnight(START))
        a_customer(session, "sound", method=None)
        session.commit()
    assert [(o.slug, o.reason is None) for o in close_ended(engine, date(2024, 2, 2))] == [
        ("lost", False), ("sound", True),
    ]  # fmt: skip


def test_several_who_close_share_the_work_and_close_each_month_once(engine: Engine) -> None:
    with writing(engine)() as session:
        for number in range(12):
            use(session, a_customer(session, f"customer-{number}", method=None), date(2024, 1, 5), "10")
        session.commit()
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: close_ended(engine, date(2024, 2, 2)), range(4)))
    with writing(engine)() as session:
        assert session.scalar(select(func.count()).select_from(MonthClose)) == 12
        numbers = session.scalars(select(Invoice.number).order_by(Invoice.number)).all()
    assert list(numbers) == [f"CI-2024-{number:06d}" for number in range(1, 13)]
    assert sorted(number for run in runs for outcome in run for number in outcome.numbers) == list(numbers)


def test_one_who_has_several_batches_in_hand_closes_each_month_once(engine: Engine) -> None:
    with writing(engine)() as session:
        for number in range(12):
            use(session, a_customer(session, f"customer-{number}", method=None), date(2024, 1, 5), "10")
        session.commit()
    at = midnight(date(2024, 2, 2))
    closed = [month_closes.close_together(writing(engine), at_once=4, after_days=1, now=lambda: at) for _ in range(2)]
    with writing(engine)() as session:
        numbers = session.scalars(select(Invoice.number).order_by(Invoice.organization_id)).all()
    assert (closed, sorted(numbers)) == ([12, 0], [f"CI-2024-{number:06d}" for number in range(1, 13)])


def test_nobody_waits_for_an_organization_that_another_one_holds(engine: Engine) -> None:
    """On PostgreSQL; on SQLite there is one writer, and the second waits for the first."""
    if engine.dialect.name == "sqlite":
        return
    with writing(engine)() as session:
        held = a_customer(session, "held", method=None)
        a_customer(session, "free", method=None)
        session.commit()
    with writing(engine)() as holder:
        months.lock(holder, held.organization)
        assert [outcome.slug for outcome in close_ended(engine, date(2024, 2, 2))] == ["free"]
    assert [outcome.slug for outcome in close_ended(engine, date(2024, 2, 2))] == ["held"]
