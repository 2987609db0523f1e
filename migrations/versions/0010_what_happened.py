"""Who did what from where, and staff inside an organization.

The columns are added by plain ADD COLUMN: made anew, the table would lose its triggers on SQLite. Those of the second
migration refuse changes of every column, these too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
# What a page of the feed is read along, beside (organization_id, happened_at), which is there.
INDEXES = (
    ("organization_id", "type", "happened_at"),
    ("organization_id", "by_staff", "happened_at"),
    ("user_id", "organization_id", "happened_at"),
    ("target_user_id", "organization_id", "happened_at"),
    ("project_id", "happened_at"),
)


def upgrade() -> None:
    key = KEY.dialect_impl(op.get_bind().dialect).compile(op.get_bind().dialect)
    op.add_column("activities", sa.Column("remote_address", sa.String(length=45), nullable=True))
    op.add_column("activities", sa.Column("by_staff", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Alembic would add the foreign key by a statement of its own, which SQLite does not have.
    op.execute(
        f"ALTER TABLE activities ADD COLUMN target_user_id {key} "
        "CONSTRAINT fk_activities_target_user_id REFERENCES users (id)"
    )
    for columns in INDEXES:
        op.create_index(op.f("ix_activities_" + "_".join(columns)), "activities", columns)
    op.create_table(
        "staff_visits",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_visits_user_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_staff_visits_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_visits")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_staff_visits_hex_id")),
    )
    op.create_index(op.f("ix_staff_visits_organization_id"), "staff_visits", ["organization_id"])
    op.create_index(
        op.f("ix_staff_visits_user_id_organization_id_ends_at"),
        "staff_visits",
        ["user_id", "organization_id", "ends_at"],
    )
