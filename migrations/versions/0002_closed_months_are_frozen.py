"""A closed month never changes: the database itself refuses it.

Usage rows of a closed month can be neither added, changed nor deleted; of closed invoices, payments and issued
documents only the columns that live on (a status) may change. Corrections are new rows: credit notes.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Table → the columns that may change after the row was written.
FROZEN = {
    "month_closes": (),
    "invoices": ("status",),
    "invoice_lines": (),
    "payments": ("status",),
    "payment_taxes": (),
    "draws": (),
    "receipts": (),
    "tax_invoices": (),
    "documents": (),
    "document_files": (),
    "billing_profiles": (),
    "activities": (),
}

COLUMNS = {
    "invoices": (
        "id, hex_id, organization_id, billing_group_id, billing_profile_id, period_on, number, usage_cents, "
        "support_cents, credits_cents, closed_at"
    ),
    "payments": (
        "id, hex_id, organization_id, invoice_id, subscription_id, position, method, usage_cents, billed_cents, "
        "unit_price, currency, net_minor, tax_minor, total_minor, tax_note, collect_on, due_on, explain, created_at"
    ),
}

CLOSED = """EXISTS (SELECT 1 FROM month_closes AS m WHERE m.organization_id = {row}.organization_id
    AND m.period_on = {month})"""
MONTH = {
    "sqlite": "date({row}.posted_on, 'start of month')",
    "postgresql": "date_trunc('month', {row}.posted_on)::date",
}
USAGE_MESSAGE = "usage of a closed month cannot change"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    freeze, guard_usage = (_freeze_postgresql, _usage_postgresql) if dialect == "postgresql" else (_freeze, _usage)
    for table in FROZEN:
        freeze(table)
    guard_usage()


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in (*FROZEN, "usage_rows"):
        for event in ("insert", "update", "delete"):
            name = f"{table}_frozen_{event}"
            op.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if dialect == "postgresql" else ""))
    if dialect == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")
        op.execute("DROP FUNCTION IF EXISTS refuse_usage_of_closed_month()")


def _freeze(table: str) -> None:
    of = f" OF {COLUMNS[table]}" if table in COLUMNS else ""
    for event, what in (("update", f"UPDATE{of}"), ("delete", "DELETE")):
        op.execute(
            f"CREATE TRIGGER {table}_frozen_{event} BEFORE {what} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: a written row cannot change'); END"
        )


def _usage() -> None:
    for event, rows in (("insert", ("NEW",)), ("update", ("OLD", "NEW")), ("delete", ("OLD",))):
        closed = " OR ".join(CLOSED.format(row=row, month=MONTH["sqlite"].format(row=row)) for row in rows)
        op.execute(
            f"CREATE TRIGGER usage_rows_frozen_{event} BEFORE {event.upper()} ON usage_rows "
            f"WHEN {closed} BEGIN SELECT RAISE(ABORT, '{USAGE_MESSAGE}'); END"
        )


def _freeze_postgresql(table: str) -> None:
    if table == "month_closes":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%: a written row cannot change', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
        )
    of = f" OF {COLUMNS[table]}" if table in COLUMNS else ""
    for event, what in (("update", f"UPDATE{of}"), ("delete", "DELETE")):
        op.execute(
            f"CREATE TRIGGER {table}_frozen_{event} BEFORE {what} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _usage_postgresql() -> None:
    old, new = (CLOSED.format(row=row, month=MONTH["postgresql"].format(row=row)) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE FUNCTION refuse_usage_of_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN IF {old} THEN RAISE EXCEPTION '{USAGE_MESSAGE}' USING ERRCODE = '23514'; END IF; "
        f"END IF; IF TG_OP <> 'DELETE' THEN IF {new} THEN RAISE EXCEPTION '{USAGE_MESSAGE}' USING ERRCODE = '23514'; "
        "END IF; RETURN NEW; END IF; RETURN OLD; END $$"
    )
    for event in ("insert", "update", "delete"):
        op.execute(
            f"CREATE TRIGGER usage_rows_frozen_{event} BEFORE {event.upper()} ON usage_rows "
            "FOR EACH ROW EXECUTE FUNCTION refuse_usage_of_closed_month()"
        )
