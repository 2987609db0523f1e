"""Which usage rows are stored already: found by their index, however many there are."""

from __future__ import annotations

from datetime import date

from sqlalchemy import event

from portal.services import usage, usage_known
from portal.services.usage import NewUsage
from tests.builders import a_project, an_organization

DAY = date(2024, 1, 10)
ROWS = 5_000


def test_rows_are_found_by_organization_and_external_id(session):
    shop = a_project(session, an_organization(session, "acme"))
    lab = a_project(session, an_organization(session, "borealis"))
    usage.post(session, [row_of(shop, "u-1"), row_of(shop, "u-2"), row_of(lab, "u-1")])
    keys = [(shop.organization_id, "u-1"), (lab.organization_id, "u-1"), (lab.organization_id, "u-2")]
    found = {facts.key: (facts.project_id, facts.used_on) for facts, _ in usage_known.stored(session, keys)}
    assert found == {keys[0]: (shop.id, DAY), keys[1]: (lab.id, DAY)}


def test_a_batch_does_not_cost_the_table(engine, session):
    """In the transaction that writes them, before the database has counted its rows."""
    shop = a_project(session, an_organization(session, "acme"))
    usage.post(session, (row_of(shop, f"u-{number}") for number in range(ROWS)))
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2:4]))
    assert len(list(usage_known.stored(session, [(shop.organization_id, f"u-{n}") for n in range(500)]))) == 500
    [(statement, parameters)] = asked
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    lines = session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
    plan = "\n".join(str(line[-1]) for line in lines)
    assert "SCAN usage_rows" not in plan, "SQLite goes through the whole table"
    assert " OR " not in plan, "PostgreSQL compares a row with every key"


def row_of(project, external_id):
    return NewUsage(
        organization_id=project.organization_id,
        project_id=project.id,
        service="Clusters",
        sku="M10",
        provider=None,
        used_on=DAY,
        posted_on=DAY,
        quantity_nano=10**9,
        unit="hour",
        unit_price_pico=10**12,
        external_id=external_id,
    )
