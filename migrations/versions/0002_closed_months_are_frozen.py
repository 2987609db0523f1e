"""A closed month never changes: the database itself refuses it.

Usage rows of a closed month can be neither added, changed nor deleted, and nothing is added to its invoices; of closed
invoices, payments, charges and issued documents only the columns that live on (a status, an answer) may change. Numbers
are taken one after the other. Corrections are new rows: credit notes.

Whoever alters one of these tables later with `batch_alter_table` makes it anew on SQLite, without its triggers, and
has to create them again.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Table → the columns that never change after the row was written; None stands for all.
FROZEN = {
    "month_closes": None,
    "invoices": (
        "id, hex_id, organization_id, billing_group_id, billing_profile_id, period_on, number, usage_cents, "
        "support_cents, credits_cents, closed_at"
    ),
    "invoice_lines": None,
    "payments": (
        "id, hex_id, organization_id, billing_group_id, billing_profile_id, invoice_id, subscription_id, position, "
        "method, usage_cents, billed_cents, unit_price, currency, net_minor, tax_minor, total_minor, tax_note, "
        "collect_on, due_on, explain, created_at"
    ),
    "payment_taxes": None,
    "draws": None,
    "charges": "id, payment_id, attempt, key, payment_method_id, amount_minor, currency, requested_at",
    "number_series": "legal_entity, kind, year",
    "receipts": None,
    "tax_invoices": None,
    "documents": None,
    "document_files": None,
    "billing_profiles": None,
    "activities": None,
}

CLOSED = """EXISTS (SELECT 1 FROM month_closes AS m WHERE m.organization_id = {row}.organization_id
    AND m.period_on = {month})"""
MONTH = {
    "sqlite": "date({row}.posted_on, 'start of month')",
    "postgresql": "date_trunc('month', {row}.posted_on)::date",
}
USAGE_MESSAGE = "usage of a closed month cannot change"

INVOICE_CLOSED = """EXISTS (SELECT 1 FROM invoices AS i JOIN month_closes AS m ON m.organization_id = i.organization_id
    AND m.period_on = i.period_on WHERE i.id = {invoice})"""
OF_PAYMENT = "(SELECT p.invoice_id FROM payments AS p WHERE p.id = NEW.payment_id)"

# What is refused beside changes of frozen columns: name → table, event, condition, reason.
REFUSED = {
    "invoices_closed_insert": (
        "invoices",
        "INSERT",
        CLOSED.format(row="NEW", month="NEW.period_on"),
        "invoices: a closed month cannot change",
    ),
    **{
        f"{table}_closed_insert": (
            table,
            "INSERT",
            INVOICE_CLOSED.format(invoice=invoice),
            f"{table}: a closed invoice cannot change",
        )
        for table, invoice in (
            ("invoice_lines", "NEW.invoice_id"),
            ("payments", "NEW.invoice_id"),
            ("payment_taxes", OF_PAYMENT),
            ("draws", OF_PAYMENT),
        )
    },
    "charges_answered_update": (
        "charges",
        "UPDATE",
        "OLD.answered_at IS NOT NULL",
        "charges: an answer cannot change",
    ),
    "number_series_step_update": (
        "number_series",
        "UPDATE",
        "NEW.last <> OLD.last + 1",
        "number_series: numbers cannot change but one by one",
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
        return
    for table, columns in FROZEN.items():
        for event, what in _changes(columns):
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{event} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: a written row cannot change'); END"
            )
    for event, rows in (("insert", ("NEW",)), ("update", ("OLD", "NEW")), ("delete", ("OLD",))):
        closed = " OR ".join(CLOSED.format(row=row, month=MONTH["sqlite"].format(row=row)) for row in rows)
        op.execute(
            f"CREATE TRIGGER usage_rows_frozen_{event} BEFORE {event.upper()} ON usage_rows "
            f"WHEN {closed} BEGIN SELECT RAISE(ABORT, '{USAGE_MESSAGE}'); END"
        )
    for name, (table, event, condition, reason) in REFUSED.items():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{reason}'); END"
        )


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    triggers = [
        (f"{table}_frozen_{event}", table)
        for table in (*FROZEN, "usage_rows")
        for event in ("insert", "update", "delete", "truncate")
    ]
    for name, table in (*triggers, *((name, table) for name, (table, *_) in REFUSED.items())):
        op.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if on_postgresql else ""))
    if on_postgresql:
        for function in ("refuse_change", "refuse_usage_of_closed_month", *(f"refuse_{name}" for name in REFUSED)):
            op.execute(f"DROP FUNCTION IF EXISTS {function}()")


def _changes(columns: str | None) -> tuple[tuple[str, str], ...]:
    return ("update", f"UPDATE OF {columns}" if columns else "UPDATE"), ("delete", "DELETE")


def _upgrade_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%: a written row cannot change', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    for table, columns in FROZEN.items():
        for event, what in _changes(columns):
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{event} BEFORE {what} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
    for table in (*FROZEN, "usage_rows"):
        op.execute(
            f"CREATE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    _guard_usage_postgresql()
    for name, (table, event, condition, reason) in REFUSED.items():
        # In a function of its own: a trigger's WHEN may not ask other tables.
        op.execute(
            f"CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION '{reason}' USING ERRCODE = '23514'; END IF; "
            "RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{name}()")


def _guard_usage_postgresql() -> None:
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
