"""Guards of a close look rows up by their keys on PostgreSQL, however few there were when they were first asked.

PostgreSQL keeps the plan of a guard for as long as a connection lasts. One that was made when the tables were empty
read all of each of them, at every statement, so that the first month of 10,000 organizations cost half as much again as
that of 1,000. Each guard asks for one row of one table at a time now, and may not read a whole table for it; that of
payments asks once a statement too, as the others do since 0006. They refuse the same rows with the same
words. Numbers still go up one by one, as the database insists, but what takes a hundred of them asks once.
On SQLite none of this costs anything.
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# The sum keeps PostgreSQL from the index of all that was closed in a month; one organization's closes are few.
_CLOSED_MONTH = (
    "(SELECT true FROM month_closes AS m WHERE m.organization_id = {row}.organization_id "
    "AND m.period_on + 0 = {row}.period_on)"
)
_CLOSED_INVOICE = "(SELECT " + _CLOSED_MONTH.format(row="i") + " FROM invoices AS i WHERE i.id = {invoice})"  # noqa: S608
_OF_PAYMENT = "(SELECT p.invoice_id FROM payments AS p WHERE p.id = a.payment_id)"
# Table → the column that says which invoice its rows belong to, and what is true of one that belongs to a closed one.
_CLOSED = {
    "invoice_lines": ("invoice_id", _CLOSED_INVOICE.format(invoice="a.invoice_id")),
    "payments": ("invoice_id", _CLOSED_INVOICE.format(invoice="a.invoice_id")),
    "payment_taxes": ("payment_id", _CLOSED_INVOICE.format(invoice=_OF_PAYMENT)),
    "draws": ("payment_id", _CLOSED_INVOICE.format(invoice=_OF_PAYMENT)),
}
# Table, column, the table it refers to, as in 0012.
_REFERENCES = (
    ("invoice_lines", "invoice_id", "invoices"),
    ("invoice_lines", "project_id", "projects"),
    ("draws", "payment_id", "payments"),
)
_REFUSE_INVOICE = f"""
CREATE OR REPLACE FUNCTION refuse_invoices_closed_insert() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off
AS $$ BEGIN
    IF {_CLOSED_MONTH.format(row="NEW")} THEN
        RAISE EXCEPTION 'invoices: a closed month cannot change' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$
"""
_TAKE_NUMBERS = """
CREATE FUNCTION take_numbers(of_entity text, of_kind text, of_year integer, how_many integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE taken integer;
BEGIN
    INSERT INTO number_series (legal_entity, kind, year, last) VALUES (of_entity, of_kind, of_year, 0)
        ON CONFLICT DO NOTHING;
    FOR step IN 1..how_many LOOP
        UPDATE number_series SET last = last + 1
            WHERE legal_entity = of_entity AND kind = of_kind AND year = of_year RETURNING last INTO taken;
    END LOOP;
    RETURN taken;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, (column, closed) in _CLOSED.items():
        found = f"SELECT 1 FROM (SELECT DISTINCT {column} FROM added) AS a WHERE {closed}"  # noqa: S608
        _guard(table, f"{table}_closed_insert", found, f"{table}: a closed invoice cannot change", "23514")
    for table, column, referred in _REFERENCES:
        found = (
            f"SELECT 1 FROM (SELECT DISTINCT {column} AS id FROM added WHERE {column} IS NOT NULL) AS a "  # noqa: S608
            f"WHERE (SELECT true FROM {referred} AS r WHERE r.id = a.id) IS NULL"
        )
        _guard(table, f"{table}_{column}_unknown", found, f"{table}: {column} is not in {referred}", "23503")
    op.execute(_REFUSE_INVOICE)
    op.execute(_TAKE_NUMBERS)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP FUNCTION take_numbers(text, text, integer, integer)")


def _guard(table: str, name: str, found: str, reason: str, code: str) -> None:
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(
        f"CREATE FUNCTION refuse_each_{name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$ BEGIN "
        f"IF EXISTS ({found}) THEN RAISE EXCEPTION '{reason}' USING ERRCODE = '{code}'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_each_{name}()"
    )
