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
TABLES = ("case_ratings", "saved_views", "support_syncs", "case_drafts")


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
    _views_and_ratings()


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


def _views_and_ratings() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_saved_views_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_saved_views_hex_id")),
        sa.UniqueConstraint(
            "user_id", "organization_id", "name", name=op.f("uq_saved_views_user_id_organization_id_name")
        ),
    )
    op.create_table(
        "case_ratings",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("rated_by_id", KEY, nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("rated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_ratings_case_id")),
        sa.ForeignKeyConstraint(["rated_by_id"], ["users.id"], name=op.f("fk_case_ratings_rated_by_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_ratings")),
    )
