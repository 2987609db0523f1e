"""Files of cases: each content once, and who sent it under which name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DRAFTED = sa.text("entry_id IS NULL")
WAITING = sa.text("state = 'checking'")


def upgrade() -> None:
    op.create_table(
        "attached_contents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("finding", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attached_contents")),
    )
    _partial_index("ix_attached_contents_waiting", "attached_contents", ["created_at"], WAITING)
    op.create_table(
        "attachments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("entry_id", KEY, nullable=True),
        sa.Column("uploaded_by_id", KEY, nullable=True),
        sa.Column("sender_address", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_attachments_{column}"))
            for column, target in (
                ("organization_id", "organizations.id"),
                ("case_id", "cases.id"),
                ("entry_id", "case_entries.id"),
                ("uploaded_by_id", "users.id"),
                ("sha256", "attached_contents.sha256"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_attachments_hex_id")),
    )
    op.create_index(op.f("ix_attachments_entry_id"), "attachments", ["entry_id"])
    op.create_index(op.f("ix_attachments_sha256"), "attachments", ["sha256"])
    _partial_index("ix_attachments_drafted_by", "attachments", ["uploaded_by_id", "case_id"], DRAFTED)
    _partial_index("ix_attachments_drafted_at", "attachments", ["created_at"], DRAFTED)


def downgrade() -> None:
    op.drop_table("attachments")
    op.drop_table("attached_contents")


def _partial_index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
