"""Many rows cost no more than they must: guards that look at a statement's rows together, indexes for what is sorted.

On PostgreSQL the guards of new rows asked their question once a row; now they ask it once a statement, of all its rows.
They refuse the same rows with the same words. SQLite has no such triggers, and needs none: there a question costs less
than a microsecond.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_INVOICE = "SELECT DISTINCT invoice_id FROM added"
OF_PAYMENT = (
    "SELECT DISTINCT p.invoice_id FROM payments AS p JOIN (SELECT DISTINCT payment_id FROM added) AS a "
    "ON a.payment_id = p.id"
)
CLOSED_INVOICE = """SELECT 1 FROM ({invoices}) AS a JOIN invoices AS i ON i.id = a.invoice_id
    JOIN month_closes AS m ON m.organization_id = i.organization_id AND m.period_on = i.period_on"""
CLOSED_MONTH = """SELECT 1 FROM (SELECT DISTINCT organization_id, {month} AS period_on FROM added) AS a
    JOIN month_closes AS m ON m.organization_id = a.organization_id AND m.period_on = a.period_on"""

# The trigger of 0002 → its table, what finds a row that belongs to a closed month, the reason.
GUARDS = {
    "invoice_lines_closed_insert": (
        "invoice_lines", CLOSED_INVOICE.format(invoices=OF_INVOICE), "invoice_lines: a closed invoice cannot change"
    ),
    "payment_taxes_closed_insert": (
        "payment_taxes", CLOSED_INVOICE.format(invoices=OF_PAYMENT), "payment_taxes: a closed invoice cannot change"
    ),
    "draws_closed_insert": (
        "draws", CLOSED_INVOICE.format(invoices=OF_PAYMENT), "draws: a closed invoice cannot change"
    ),
    "usage_rows_frozen_insert": (
        "usage_rows", CLOSED_MONTH.format(month="date_trunc('month', posted_on)::date"),
        "usage of a closed month cannot change",
    ),
}  # fmt: skip


# Table → the columns of each of its new indexes.
INDEXES = (
    ("invoices", ("organization_id", "period_on", "id", "status")),
    ("invoices", ("organization_id", "status", "period_on", "id")),
    ("invoices", ("organization_id", "usage_cents", "period_on", "id")),
)


# The order of the labels that people read for a status.
STATUS_PLACE = (
    "(CASE status WHEN 'CLOSED' THEN 0 WHEN 'FAILED' THEN 1 WHEN 'FORGIVEN' THEN 2 WHEN 'INVOICED' THEN 3 "
    "WHEN 'FREE' THEN 4 WHEN 'PENDING' THEN 5 WHEN 'PREPAID' THEN 6 WHEN 'PAID' THEN 7 END)"
)


def upgrade() -> None:
    op.execute(f"CREATE INDEX ix_invoices_status_place ON invoices (organization_id, {STATUS_PLACE}, period_on, id)")
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    op.drop_index("ix_invoices_organization_id_period_on", "invoices")
    if op.get_bind().dialect.name == "postgresql":
        for name, guard in GUARDS.items():
            _guard_statements(name, *guard)


def _guard_statements(name: str, table: str, closed: str, reason: str) -> None:
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(
        f"CREATE FUNCTION refuse_all_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS ({closed}) THEN "
        f"RAISE EXCEPTION '{reason}' USING ERRCODE = '23514'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_all_{name}()"
    )
