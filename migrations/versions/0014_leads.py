"""Customers who want to talk to sales, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "leads",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("type", sa.String(length=40), nullable=True),
        sa.Column("phone", sa.String(length=50), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("preview", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_leads_organization_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_leads_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_leads_hex_id")),
    )
    op.create_index(op.f("ix_leads_organization_id"), "leads", ["organization_id"])
    op.create_index(op.f("ix_leads_state_id"), "leads", ["state", "id"])
    op.create_table(
        "lead_turns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_by_id", KEY, nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_turns_lead_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["users.id"], name=op.f("fk_lead_turns_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_turns")),
    )
    op.create_index(op.f("ix_lead_turns_lead_id"), "lead_turns", ["lead_id"])


def downgrade() -> None:
    op.drop_table("lead_turns")
    op.drop_table("leads")
