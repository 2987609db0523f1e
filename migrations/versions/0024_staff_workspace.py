"""What staff work with beside a case: replies kept for later, who looks at which case, and the queue of one agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
KEPT = sa.text("removed_at IS NULL")
UNDER_WAY = sa.text("state IN ('new', 'open', 'pending', 'on_hold')")


def upgrade() -> None:
    op.create_table(
        "macros",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_by_id", KEY, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("removed_by_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["removed_by_id"], ["users.id"], name=op.f("fk_macros_removed_by_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_macros_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_macros_hex_id")),
    )
    op.create_index("uq_macros_name", "macros", ["name"], unique=True, sqlite_where=KEPT, postgresql_where=KEPT)
    op.create_table(
        "case_onlookers",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_onlookers_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_case_onlookers_user_id")),
        sa.PrimaryKeyConstraint("case_id", "user_id", name=op.f("pk_case_onlookers")),
    )
    op.create_index(op.f("ix_case_onlookers_user_id_seen_at"), "case_onlookers", ["user_id", "seen_at"])
    op.create_index(
        "ix_cases_queue_of_agent",
        "cases",
        ["assignee_id", "plan_rank", "severity_rank", "created_at", "id"],
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_queue_of_agent", "cases")
    op.drop_table("case_onlookers")
    op.drop_table("macros")
