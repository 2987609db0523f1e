"""What workers have under way: documents that wait for their file, and what the progress of a month is counted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "waiting_documents",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_waiting_documents_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_waiting_documents")),
    )
    op.execute(
        "INSERT INTO waiting_documents (document_id, attempts) SELECT d.id, 0 FROM documents AS d "
        "LEFT JOIN document_files AS f ON f.document_id = d.id WHERE f.document_id IS NULL"
    )
    op.create_table(
        "closing_requests",
        sa.Column("id", KEY, nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_closing_requests_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_requests")),
    )
    op.create_index(op.f("ix_month_closes_period_on"), "month_closes", ["period_on"])
    op.create_index(op.f("ix_invoices_period_on"), "invoices", ["period_on"])
    unanswered = sa.text("answered_at IS NULL")
    op.create_index("ix_charges_unanswered", "charges", ["id"], sqlite_where=unanswered, postgresql_where=unanswered)


def downgrade() -> None:
    op.drop_index("ix_charges_unanswered", "charges")
    op.drop_index(op.f("ix_invoices_period_on"), "invoices")
    op.drop_index(op.f("ix_month_closes_period_on"), "month_closes")
    op.drop_table("closing_requests")
    op.drop_table("waiting_documents")
