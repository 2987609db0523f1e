"""The queue of staff: its order, its views and filters, and that it costs the same however many cases there are."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, text

from portal.domain.cases import CaseState
from portal.domain.response_targets import TargetKind
from portal.models.cases import Case
from portal.services import case_changes, case_queue, case_severities, conversations
from portal.services.case_queue import QueueQuery, View
from tests.supported import AT, a_case, a_supported, an_agent

HOUR = timedelta(hours=1)


@pytest.fixture
def acme(session):
    return a_supported(session)


def numbers(session, acme, view=View.UNDER_WAY, *, limit=50, at=AT, **asked):
    query = QueueQuery(view=view, agent_id=acme.agent.id, at=at, **asked)
    return [case.id for case in case_queue.queue(session, query, limit=limit)]


def test_the_queue_goes_by_plan_then_severity_then_age(session, acme):
    small = a_supported(session, "brook", plan="developer")
    cheap = a_case(session, small, AT, severity="1")
    late = a_case(session, acme, AT + 2 * HOUR, severity="2")
    early = a_case(session, acme, AT + HOUR, severity="2")
    worst = a_case(session, acme, AT + 3 * HOUR, severity="1")
    assert numbers(session, acme) == [worst.id, early.id, late.id, cheap.id]


def test_a_raised_severity_moves_a_case_up(session, acme):
    first, second = a_case(session, acme, severity="3"), a_case(session, acme, AT + HOUR, severity="3")
    case_severities.assess(session, second, "1", "Everything stands still.", acme.staff(AT + 2 * HOUR))
    assert numbers(session, acme) == [second.id, first.id]


def test_views_show_what_is_mine_what_is_nobodys_and_what_is_late(session, acme):
    mine, theirs, free = (a_case(session, acme, AT + number * HOUR) for number in range(3))
    case_changes.assign(session, mine, acme.agent, acme.staff())
    case_changes.assign(session, theirs, an_agent(session, "other@portal.example"), acme.staff())
    assert numbers(session, acme, View.MINE) == [mine.id]
    assert numbers(session, acme, View.UNASSIGNED) == [free.id]
    # Four hours are promised; `theirs` was opened an hour after `mine`.
    late = AT + 5 * HOUR
    assert numbers(session, acme, View.OVERDUE, at=late) == [mine.id, theirs.id]
    assert case_queue.counts(session, agent_id=acme.agent.id, at=late) == {
        View.UNDER_WAY: 3,
        View.MINE: 1,
        View.UNASSIGNED: 1,
        View.OVERDUE: 2,
    }


def test_what_is_answered_or_only_expected_is_never_overdue(session, acme):
    answered, expected = a_case(session, acme), a_case(session, acme)
    conversations.comment(session, answered, "We look.", acme.staff(AT + HOUR))
    expected.target_kind = TargetKind.EXPECTATION
    session.flush()
    assert numbers(session, acme, View.OVERDUE, at=AT + 1000 * HOUR) == []


def test_what_is_solved_leaves_the_queue_and_is_found_among_all(session, acme):
    case = a_case(session, acme)
    case_changes.set_state(session, case, CaseState.SOLVED, acme.staff(), reason="resolved")
    assert numbers(session, acme) == []
    assert numbers(session, acme, View.ALL) == [case.id]
    assert numbers(session, acme, View.ALL, state=CaseState.SOLVED) == [case.id]
    assert numbers(session, acme, View.ALL, state=CaseState.CLOSED) == []


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ({"search": "CONNECTS"}, True),
        ({"search": "owner@acme"}, True),
        ({"search": "100%"}, False),
        ({"severity": "2"}, True),
        ({"severity": "1"}, False),
        ({"catalogue": "atlas"}, True),
        ({"catalogue": "neon"}, False),
        ({"organization": "acm"}, True),
        ({"organization": "brook"}, False),
        ({"state": CaseState.NEW}, True),
        ({"state": CaseState.OPEN}, False),
    ],
)
def test_filters_narrow(session, acme, asked, finds):
    a_case(session, acme)
    for view in (View.UNDER_WAY, View.ALL):
        assert bool(numbers(session, acme, view, **asked)) is finds


def test_a_number_finds_its_case_alone(session, acme):
    first, second = a_case(session, acme), a_case(session, acme, subject="Like the one before")
    assert numbers(session, acme, View.ALL, search=str(first.id)) == [first.id]
    assert numbers(session, acme, View.ALL, search=f"#{second.id}") == [second.id]
    assert numbers(session, acme, View.ALL, search="9" * 30) == []


@pytest.mark.parametrize("view", [View.UNDER_WAY, View.UNASSIGNED, View.OVERDUE, View.ALL])
def test_pages_follow_each_other_without_gap_or_repetition(session, acme, view):
    for number in range(7):
        a_case(session, acme, AT + (number % 3) * HOUR, severity=str(1 + number % 2))
    late = AT + 100 * HOUR
    whole = numbers(session, acme, view, at=late)
    seen: list[int] = []
    for _ in range(3):
        seen += numbers(session, acme, view, at=late, limit=3, after=seen[-1] if seen else None)
    assert (seen, len(seen)) == (whole, 7)


@pytest.mark.parametrize(("view", "index"), [(View.UNDER_WAY, "queue"), (View.MINE, "queue_of_agent")])
def test_a_page_asks_once_and_reads_along_the_index_of_its_order(session, acme, view, index):
    model = a_case(session, acme)
    model_id = model.id
    columns = {column.name: getattr(model, column.name) for column in Case.__table__.columns if column.name != "id"}
    rows = [
        columns
        | {
            "reply_token": f"{number:040}",
            "severity_rank": number % 4,
            "assignee_id": acme.agent.id if number % 21 == 0 else None,
            "created_at": AT + number * timedelta(seconds=1),
        }
        for number in range(2_000)
    ]
    session.execute(insert(Case), rows)
    session.execute(text("ANALYZE"))
    session.expunge_all()
    asked: list[tuple[str, object]] = []
    event.listen(session.bind, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    assert len(numbers(session, acme, view, after=model_id + 1)) == 50
    (only,) = asked
    explain = "EXPLAIN QUERY PLAN " if session.bind.dialect.name == "sqlite" else "EXPLAIN "
    plan = str(session.connection().exec_driver_sql(explain + only[0], only[1]).all())
    assert re.search(rf"ix_cases_{index}\b", plan), plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan
