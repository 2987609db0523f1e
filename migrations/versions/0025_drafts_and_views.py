"""Drafts, saved views and answers to the question how it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
TABLES = ("support_syncs", "case_drafts")


def upgrade() -> None:
    _drafts()
    op.create_table(
        "support_syncs",
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("synced_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_support_syncs_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_support_syncs")),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _drafts() -> None:
    op.create_table(
        "case_drafts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_drafts_case_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_case_drafts_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_case_drafts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_drafts")),
    )
    op.create_index(op.f("ix_case_drafts_saved_at"), "case_drafts", ["saved_at"], unique=False)
    op.create_index("uq_case_drafts_of_case", "case_drafts", ["user_id", "case_id"], unique=True)
    op.create_index(
        "uq_case_drafts_of_new_case",
        "case_drafts",
        ["user_id", "organization_id"],
        unique=True,
        sqlite_where=sa.text("case_id IS NULL"),
        postgresql_where=sa.text("case_id IS NULL"),
    )
