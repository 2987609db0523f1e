"""Mail waits in an outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("mail_messages", "mail_documents", "mail_recipients", "mail_attempts", "mail_resends", "mailbox_entries")


def upgrade() -> None:
    """Messages, whom they go to, what was tried, and the mailbox of a demo."""
    _create_messages()
    _create_recipients()
    op.create_table(
        "mailbox_entries",
        _id(),
        sa.Column("header_id", sa.String(length=200), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_entries")),
        sa.UniqueConstraint("header_id", name=op.f("uq_mailbox_entries_header_id")),
    )


def downgrade() -> None:
    """All mail is gone, sent or not."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_messages() -> None:
    op.create_table(
        "mail_messages",
        _id(),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("header_id", sa.String(length=200), nullable=False),
        _key("organization_id", nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_mail_messages_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_messages_key")),
        sa.UniqueConstraint("header_id", name=op.f("uq_mail_messages_header_id")),
    )
    op.create_index(op.f("ix_mail_messages_organization_id"), "mail_messages", ["organization_id"])
    op.create_table(
        "mail_documents",
        _key("message_id"),
        _key("document_id"),
        sa.ForeignKeyConstraint(["message_id"], ["mail_messages.id"], name=op.f("fk_mail_documents_message_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_mail_documents_document_id")),
        sa.PrimaryKeyConstraint("message_id", "document_id", name=op.f("pk_mail_documents")),
    )
    op.create_index(op.f("ix_mail_documents_document_id"), "mail_documents", ["document_id"])


def _create_recipients() -> None:
    op.create_table(
        "mail_recipients",
        _id(),
        _key("message_id"),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempts_before", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["mail_messages.id"], name=op.f("fk_mail_recipients_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_recipients")),
        sa.UniqueConstraint("message_id", "address", name=op.f("uq_mail_recipients_message_id_address")),
    )
    for columns in (["state", "next_try_at"], ["state", "id"]):
        op.create_index(op.f(f"ix_mail_recipients_{'_'.join(columns)}"), "mail_recipients", columns)
    op.create_table(
        "mail_attempts",
        _key("recipient_id"),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["mail_recipients.id"], name=op.f("fk_mail_attempts_recipient_id")),
        sa.PrimaryKeyConstraint("recipient_id", "number", name=op.f("pk_mail_attempts")),
    )
    op.create_table(
        "mail_resends",
        _key("recipient_id"),
        sa.Column("after_attempts", sa.Integer(), nullable=False, autoincrement=False),
        _key("asked_by_id"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["mail_recipients.id"], name=op.f("fk_mail_resends_recipient_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_mail_resends_asked_by_id")),
        sa.PrimaryKeyConstraint("recipient_id", "after_attempts", name=op.f("pk_mail_resends")),
    )


def _id() -> sa.Column[int]:
    return _key("id")


def _key(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)
