"""Account teams, and who is kept from support."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create(
        "account_team_members",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("works_as", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by_id", KEY, nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("removed_by_id", KEY, nullable=True),
        people=("added_by_id", "removed_by_id"),
    )
    op.create_index(
        op.f("ix_account_team_members_organization_id_removed_at"),
        "account_team_members",
        ["organization_id", "removed_at"],
    )
    _create(
        "support_blocks",
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_at", INSTANT, nullable=False),
        sa.Column("blocked_by_id", KEY, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_by_id", KEY, nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=True),
        people=("user_id", "blocked_by_id", "lifted_by_id"),
    )
    op.create_index(
        op.f("ix_support_blocks_organization_id_lifted_at"), "support_blocks", ["organization_id", "lifted_at"]
    )


def downgrade() -> None:
    op.drop_table("support_blocks")
    op.drop_table("account_team_members")


def _create(table: str, *columns: sa.Column[object], people: tuple[str, ...]) -> None:
    """A table of things that belong to an organization, and name `people` in these columns."""
    op.create_table(
        table,
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        *columns,
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, to in (("organization_id", "organizations"), *((column, "users") for column in people))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("hex_id", name=op.f(f"uq_{table}_hex_id")),
    )
