"""Activation codes: a contract that was sold is a row, and what was sold never changes in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
TABLE = "activation_codes"
REFERENCES = {
    "organization_id": "organizations", "billing_group_id": "billing_groups", "issued_by_id": "users",
    "redeemed_by_id": "users", "subscription_id": "subscriptions", "voided_by_id": "users",
}  # fmt: skip
SOLD = (
    "hex_id, organization_id, billing_group_id, code_hash, terms, starts_on, sent_to, issued_at, issued_by_id, "
    "expires_on"
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("billing_group_id", KEY, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("sent_to", sa.String(length=254), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_by_id", KEY, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("redeemed_at", INSTANT, nullable=True),
        sa.Column("redeemed_by_id", KEY, nullable=True),
        sa.Column("subscription_id", KEY, nullable=True),
        sa.Column("voided_at", INSTANT, nullable=True),
        sa.Column("voided_by_id", KEY, nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, to in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_{TABLE}_{column}"))
            for column in ("hex_id", "code_hash", "subscription_id")
        ),
        # Of applied and taken back, a code is one or none.
        sa.CheckConstraint("redeemed_at IS NULL OR voided_at IS NULL", name=op.f(f"ck_{TABLE}_one_end")),
    )
    op.create_index(op.f(f"ix_{TABLE}_organization_id"), TABLE, ["organization_id"])
    for event, what in (("update", f"UPDATE OF {SOLD}"), ("delete", "DELETE")):
        if op.get_bind().dialect.name == "postgresql":
            action = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        else:
            action = f"BEGIN SELECT RAISE(ABORT, '{TABLE}: what was sold cannot change'); END"
        op.execute(f"CREATE TRIGGER {TABLE}_frozen_{event} BEFORE {what} ON {TABLE} {action}")


def downgrade() -> None:
    op.drop_table(TABLE)
