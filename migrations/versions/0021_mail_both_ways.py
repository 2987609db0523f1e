"""Mail that comes in, and threads of what goes out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
WAITING = sa.text("state = 'received'")


def upgrade() -> None:
    op.add_column("mail_messages", sa.Column("thread_id", sa.String(length=200), nullable=True))
    op.add_column("mail_messages", sa.Column("reply_token", sa.String(length=40), nullable=True))
    op.add_column("mail_messages", sa.Column("is_automatic", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "incoming_mail",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("envelope_from", sa.String(length=254), nullable=True),
        sa.Column("envelope_to", sa.JSON(), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by_id", KEY, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("entry_id", KEY, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_incoming_mail_{column}"))
            for column, target in (
                ("settled_by_id", "users.id"),
                ("case_id", "cases.id"),
                ("entry_id", "case_entries.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_incoming_mail_hex_id")),
        sa.UniqueConstraint("key", name=op.f("uq_incoming_mail_key")),
    )
    op.create_index(
        "ix_incoming_mail_waiting",
        "incoming_mail",
        ["next_try_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(op.f("ix_incoming_mail_state_id"), "incoming_mail", ["state", "id"])
    op.create_index(op.f("ix_incoming_mail_case_id"), "incoming_mail", ["case_id"])


def downgrade() -> None:
    op.drop_table("incoming_mail")
    op.drop_column("mail_messages", "is_automatic")
    op.drop_column("mail_messages", "reply_token")
    op.drop_column("mail_messages", "thread_id")
