"""Terms of contracts become rows that are added, and credits and what is drawn from them come.

`subscriptions` keeps what a contract is; its terms move to `agreed_terms`. Columns are added and dropped by plain
statements, because a table made anew would lose its triggers on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
MOVED = (
    "starts_on", "covers_from_on", "ends_before", "months", "commitment_cents", "elastic", "currency", "unit_price",
    "elastic_unit_price",
)  # fmt: skip
# Rows of these are written once; draws keep the triggers of the second migration, for their new column too.
FROZEN = ("agreed_terms", "credits", "credit_terms")


def upgrade() -> None:
    _create_tables()
    columns = ", ".join(MOVED)
    op.execute(
        f"INSERT INTO agreed_terms (subscription_id, version, {columns}, "  # noqa: S608
        "yearly_in_advance, pay_now_allowed, agreed_at) "
        f"SELECT id, 1, {columns}, {_false()}, {_false()}, activated_at FROM subscriptions ORDER BY id"
    )
    for column in MOVED:
        op.drop_column("subscriptions", column)
    _add_reference("payments", "credit_id", "credits")
    _add_reference("draws", "credit_id", "credits")
    op.add_column("payments", sa.Column("purpose", sa.String(length=40), nullable=False, server_default="usage"))
    for name in FROZEN:
        _freeze(name)
    _freeze("payments", "credit_id, purpose", name="payments_frozen_purpose")


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table in (
        *((f"{table}_frozen_{event}", table) for table in FROZEN for event in ("update", "delete", "truncate")),
        ("payments_frozen_purpose_update", "payments"),
    ):
        op.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if on_postgresql else ""))
    for table in ("draws", "payments"):
        op.drop_index(op.f(f"ix_{table}_credit_id"), table_name=table)
        op.drop_column(table, "credit_id")
    op.drop_column("payments", "purpose")
    _restore_terms()
    for table in ("credit_terms", "credits", "agreed_terms"):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "agreed_terms",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("covers_from_on", sa.Date(), nullable=False),
        sa.Column("ends_before", sa.Date(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("commitment_cents", sa.BigInteger(), nullable=True),
        sa.Column("elastic", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unit_price", sa.String(length=40), nullable=False),
        sa.Column("elastic_unit_price", sa.String(length=40), nullable=False),
        sa.Column("marketplace", sa.String(length=40), nullable=True),
        sa.Column("support_plan", sa.String(length=40), nullable=True),
        sa.Column("yearly_in_advance", sa.Boolean(), nullable=False),
        sa.Column("pay_now_allowed", sa.Boolean(), nullable=False),
        sa.Column("billing_contact", sa.String(length=320), nullable=True),
        sa.Column("purchase_order", sa.String(length=100), nullable=True),
        sa.Column("sales_representative_id", KEY, nullable=True),
        *_agreement("agreed_terms"),
        _reference("agreed_terms", "subscription_id", "subscriptions"),
        _reference("agreed_terms", "sales_representative_id", "users"),
        sa.UniqueConstraint("subscription_id", "version", name=op.f("uq_agreed_terms_subscription_id_version")),
    )
    op.create_table(
        "credits",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("billing_group_id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", INSTANT, nullable=False),
        _reference("credits", "organization_id", "organizations"),
        _reference("credits", "billing_group_id", "billing_groups"),
        _reference("credits", "subscription_id", "subscriptions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credits")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_credits_hex_id")),
    )
    for column in ("organization_id", "billing_group_id", "subscription_id"):
        op.create_index(op.f(f"ix_credits_{column}"), "credits", [column])
    op.create_table(
        "credit_terms",
        sa.Column("id", KEY, nullable=False),
        sa.Column("credit_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_before", sa.Date(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        *_agreement("credit_terms"),
        _reference("credit_terms", "credit_id", "credits"),
        sa.UniqueConstraint("credit_id", "version", name=op.f("uq_credit_terms_credit_id_version")),
    )


def _agreement(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("agreed_by_id", KEY, nullable=True),
        sa.Column("agreed_at", INSTANT, nullable=False),
        _reference(table, "agreed_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _add_reference(table: str, column: str, to: str) -> None:
    # Alembic would add the foreign key by a statement of its own, which SQLite does not have.
    key = KEY.dialect_impl(op.get_bind().dialect).compile(op.get_bind().dialect)
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {key} CONSTRAINT fk_{table}_{column} REFERENCES {to} (id)")
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _freeze(table: str, columns: str | None = None, *, name: str | None = None) -> None:
    """Refuse that written rows change, or these of their columns."""
    name = name or f"{table}_frozen"
    changes = {"update": f"UPDATE OF {columns}" if columns else "UPDATE"}
    if columns is None:
        changes["delete"] = "DELETE"
    for event, what in changes.items():
        if op.get_bind().dialect.name == "postgresql":
            action = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        else:
            action = f"BEGIN SELECT RAISE(ABORT, '{table}: a written row cannot change'); END"
        op.execute(f"CREATE TRIGGER {name}_{event} BEFORE {what} ON {table} {action}")
    if columns is None and op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _restore_terms() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    types = {
        "starts_on": ("DATE", "'1970-01-01'"), "covers_from_on": ("DATE", "'1970-01-01'"),
        "ends_before": ("DATE", None), "months": ("INTEGER", None), "commitment_cents": ("BIGINT", None),
        "elastic": ("BOOLEAN", _false()),
        "currency": ("VARCHAR(3)", "'USD'"), "unit_price": ("VARCHAR(40)", "'1'"),
        "elastic_unit_price": ("VARCHAR(40)", "'1'"),
    }  # fmt: skip
    for column, (type_, default) in types.items():
        rest = f" NOT NULL DEFAULT {default}" if default else ""
        op.execute(f"ALTER TABLE subscriptions ADD COLUMN {column} {type_}{rest}")
        op.execute(
            f"UPDATE subscriptions SET {column} = (SELECT t.{column} FROM agreed_terms AS t "  # noqa: S608
            "WHERE t.subscription_id = subscriptions.id ORDER BY t.version DESC LIMIT 1)"
        )
        if default and on_postgresql:
            op.execute(f"ALTER TABLE subscriptions ALTER COLUMN {column} DROP DEFAULT")


def _false() -> str:
    return "false" if op.get_bind().dialect.name == "postgresql" else "0"
