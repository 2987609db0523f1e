"""Lists of cases ask the database as often, and along an index, however many cases there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from portal.models.base import Base
from portal.models.cases import Case
from portal.services import case_lists
from portal.services.case_lists import CaseQuery, Seen, Sort, Tab
from tests.statements import asked
from tests.supported import AT, a_case, a_supported


def many(session, case, count):
    """So many copies of the case, each a minute later."""
    table = Base.metadata.tables[Case.__tablename__]
    row = {column.name: getattr(case, column.name) for column in table.columns if column.name != "id"}
    changes = ({"reply_token": str(one), "updated_at": AT + timedelta(minutes=one)} for one in range(count))
    rows = [row | change for change in changes]
    session.execute(insert(table), rows)
    session.execute(text("ANALYZE"))


def statements(session, query, after=None):
    """How often a page asks the database."""
    session.expire_all()
    with asked(session.get_bind()) as found:
        case_lists.listed(session, query, limit=50, after=after)
    return len(found)


@pytest.mark.parametrize("sort", [Sort.UPDATED, Sort.CREATED])
def test_a_page_of_many_cases_asks_as_often_as_one_of_few(session, sort):
    acme = a_supported(session)
    case = a_case(session, acme)
    query = CaseQuery(
        tab=Tab.ORGANIZATION,
        user_id=acme.owner.id,
        organization_id=acme.organization.id,
        seen=Seen(all=True),
        sort=sort,
    )
    few = statements(session, query)
    many(session, case, 2_000)
    shown = case_lists.listed(session, query, limit=50)
    assert statements(session, query, after=shown[-1].id) == few
    assert statements(session, replace(query, tab=Tab.MINE)) == few


def test_the_newest_of_an_organization_are_read_along_an_index(session):
    acme = a_supported(session)
    many(session, a_case(session, acme), 2_000)
    explain = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    asked_for = "SELECT id FROM cases WHERE organization_id = :one ORDER BY updated_at DESC, id DESC LIMIT 50"
    rows = session.execute(text(f"{explain} {asked_for}"), {"one": acme.organization.id})
    plan = " ".join(str(row) for row in rows)
    assert "ix_cases_organization_id_updated_at_id" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
