"""The papers of contracts: order forms that were issued, agreements that were uploaded; both are written once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FROZEN = ("order_forms", "agreements")


def upgrade() -> None:
    op.create_table(
        "order_forms",
        *_contract("order_forms"),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year_starts_on", sa.Date(), nullable=False),
        sa.Column("year_ends_before", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("number", name=op.f("uq_order_forms_number")),
        sa.UniqueConstraint(
            "subscription_id",
            "version",
            "year_starts_on",
            name=op.f("uq_order_forms_subscription_id_version_year_starts_on"),
        ),
    )
    op.create_table(
        "agreements",
        *_contract("agreements"),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", KEY, nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        _reference("agreements", "uploaded_by_id", "users"),
        sa.UniqueConstraint("hex_id", name=op.f("uq_agreements_hex_id")),
        sa.UniqueConstraint("subscription_id", "version", name=op.f("uq_agreements_subscription_id_version")),
    )
    for table in FROZEN:
        op.create_index(op.f(f"ix_{table}_organization_id"), table, ["organization_id"])
        _freeze(table)


def downgrade() -> None:
    for table in FROZEN:
        op.drop_table(table)


def _contract(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference(table, "organization_id", "organizations"),
        _reference(table, "subscription_id", "subscriptions"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _freeze(table: str) -> None:
    """Refuse that written rows change or go."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in ("update", "delete"):
        if on_postgresql:
            action = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        else:
            action = f"BEGIN SELECT RAISE(ABORT, '{table}: a written row cannot change'); END"
        op.execute(f"CREATE TRIGGER {table}_frozen_{event} BEFORE {event.upper()} ON {table} {action}")
    if on_postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
