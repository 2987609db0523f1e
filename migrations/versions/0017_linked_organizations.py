"""Organizations that are paid for by another one, and their shares of its payments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("payer_id", KEY, nullable=False),
        sa.Column("linked_id", KEY, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.Column("linked_by_id", KEY, nullable=True),
        sa.Column("unlink_asked_at", INSTANT, nullable=True),
        sa.Column("unlink_asked_by_id", KEY, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        *(
            _reference("links", column, table)
            for column, table in (
                ("payer_id", "organizations"),
                ("linked_id", "organizations"),
                ("linked_by_id", "users"),
                ("unlink_asked_by_id", "users"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_links_hex_id")),
    )
    op.create_index(
        "ix_links_open",
        "links",
        ["linked_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_links_linked_id"), "links", ["linked_id"])
    op.create_index(op.f("ix_links_payer_id_ended_at"), "links", ["payer_id", "ended_at"])
    op.create_table(
        "payment_shares",
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("invoice_id", KEY, nullable=False),
        sa.Column("usage_cents", sa.BigInteger(), nullable=False),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False),
        _reference("payment_shares", "payment_id", "payments"),
        _reference("payment_shares", "organization_id", "organizations"),
        _reference("payment_shares", "invoice_id", "invoices"),
        sa.PrimaryKeyConstraint("payment_id", "organization_id", name=op.f("pk_payment_shares")),
    )
    op.create_index(op.f("ix_payment_shares_invoice_id"), "payment_shares", ["invoice_id"])
    _freeze("payment_shares")


def downgrade() -> None:
    op.drop_table("payment_shares")
    op.drop_table("links")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _freeze(table: str) -> None:
    """Refuse that written rows change; dropped with the table."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in ("update", "delete"):
        action = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if on_postgresql
            else f"BEGIN SELECT RAISE(ABORT, '{table}: a written row cannot change'); END"
        )
        op.execute(f"CREATE TRIGGER {table}_frozen_{event} BEFORE {event.upper()} ON {table} {action}")
    if on_postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
