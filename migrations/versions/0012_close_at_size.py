"""Lines and draws of a close are many: on PostgreSQL their references are asked for once a statement, not once a row.

A foreign key of PostgreSQL asks for each row by itself, which took more of a close than all its other writing. The
guards refuse the same rows, all of a statement together. The other half of a foreign key, that nothing is taken away
which is referred to, is kept already: invoices and payments are never deleted, and a project's lines come from usage
that refers to the project and is frozen with them. On SQLite a foreign key costs next to nothing, and stays.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Table, column, the table it refers to.
REFERENCES = (
    ("invoice_lines", "invoice_id", "invoices"),
    ("invoice_lines", "project_id", "projects"),
    ("draws", "payment_id", "payments"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, referred in REFERENCES:
        name = f"{table}_{column}_unknown"
        unknown = (
            f"SELECT 1 FROM (SELECT DISTINCT {column} AS id FROM added WHERE {column} IS NOT NULL) AS a "  # noqa: S608
            f"LEFT JOIN {referred} AS r ON r.id = a.id WHERE r.id IS NULL"
        )
        op.execute(
            f"CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS ({unknown}) THEN "
            f"RAISE EXCEPTION '{table}: {column} is not in {referred}' USING ERRCODE = '23503'; END IF; "
            "RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_{name}()"
        )
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, referred in REFERENCES:
        name = f"{table}_{column}_unknown"
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION refuse_{name}()")
        op.create_foreign_key(f"fk_{table}_{column}", table, referred, [column], ["id"])
