"""Support plans that customers chose, tiers that they asked for, and pricing plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "tier_requests", "tier_request_turns", "support_choices", "support_turns", "carried_support", "pricing_choices",
)  # fmt: skip


def upgrade() -> None:
    _create_tier_requests()
    _create_support_choices()
    op.create_table(
        "pricing_choices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("plan", sa.String(length=40), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        *_made("pricing_choices"),
        _reference("pricing_choices", "organization_id", "organizations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_choices")),
    )
    for table in ("tier_requests", "support_choices", "carried_support", "pricing_choices"):
        op.create_index(op.f(f"ix_{table}_organization_id"), table, ["organization_id"])
    for table in TABLES:
        _freeze(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_tier_requests() -> None:
    op.create_table(
        "tier_requests",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("billing_group_id", KEY, nullable=False),
        sa.Column("expected_from_on", sa.Date(), nullable=False),
        sa.Column("expected_to_on", sa.Date(), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        _reference("tier_requests", "organization_id", "organizations"),
        _reference("tier_requests", "billing_group_id", "billing_groups"),
        _reference("tier_requests", "asked_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_requests")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_tier_requests_hex_id")),
    )
    op.create_table(
        "tier_request_turns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tier_request_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("active_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *_made("tier_request_turns"),
        _reference("tier_request_turns", "tier_request_id", "tier_requests"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_request_turns")),
        sa.UniqueConstraint("tier_request_id", "number", name=op.f("uq_tier_request_turns_tier_request_id_number")),
    )


def _create_support_choices() -> None:
    op.create_table(
        "support_choices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("plan", sa.String(length=40), nullable=True),
        sa.Column("entitled_on", sa.Date(), nullable=False),
        sa.Column("billed_on", sa.Date(), nullable=False),
        sa.Column("billing_group_id", KEY, nullable=True),
        sa.Column("tier_request_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        *_made("support_choices"),
        _reference("support_choices", "organization_id", "organizations"),
        _reference("support_choices", "billing_group_id", "billing_groups"),
        _reference("support_choices", "tier_request_id", "tier_requests"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_choices")),
    )
    op.create_table(
        "support_turns",
        sa.Column("choice_id", KEY, nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        _reference("support_turns", "choice_id", "support_choices"),
        sa.PrimaryKeyConstraint("choice_id", name=op.f("pk_support_turns")),
    )
    op.create_table(
        "carried_support",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        _reference("carried_support", "organization_id", "organizations"),
        _reference("carried_support", "payment_id", "payments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_support")),
    )


def _made(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("made_by_id", KEY, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        _reference(table, "made_by_id", "users"),
    )


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _freeze(table: str) -> None:
    """Refuse that written rows change, for they decide money; dropped with the table."""
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
