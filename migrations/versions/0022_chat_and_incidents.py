"""Chats, and incidents that are under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
UNDER_WAY = sa.text("ended_at IS NULL")
# A chat that was turned into a case, and what was said of an incident, are what somebody relied on.
FROZEN = ("chat_messages", "incident_versions")


def upgrade() -> None:
    _chats()
    _incidents()
    for table in FROZEN:
        _freeze(table)


def downgrade() -> None:
    for table in ("incident_versions", "incidents", "chat_messages", "chats"):
        op.drop_table(table)


def _chats() -> None:
    op.create_table(
        "chats",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("waiting_since", INSTANT, nullable=True),
        sa.Column("taken_by_id", KEY, nullable=True),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("ended_by_id", KEY, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("case_id", KEY, nullable=True),
        _reference("chats", "organization_id", "organizations"),
        _reference("chats", "user_id", "users"),
        _reference("chats", "taken_by_id", "users"),
        _reference("chats", "ended_by_id", "users"),
        _reference("chats", "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_chats_hex_id")),
    )
    where = {"sqlite_where": UNDER_WAY, "postgresql_where": UNDER_WAY}
    op.create_index("uq_chats_under_way", "chats", ["organization_id", "user_id"], unique=True, **where)
    op.create_index("ix_chats_queue", "chats", ["kind", "waiting_since"], **where)
    op.create_index(op.f("ix_chats_user_id_organization_id_id"), "chats", ["user_id", "organization_id", "id"])
    op.create_index(op.f("ix_chats_kind_id"), "chats", ["kind", "id"])
    op.create_index(op.f("ix_chats_case_id"), "chats", ["case_id"])
    op.create_table(
        "chat_messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("chat_id", KEY, nullable=False),
        sa.Column("speaker", sa.String(length=40), nullable=False),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        _reference("chat_messages", "chat_id", "chats"),
        _reference("chat_messages", "author_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_messages")),
    )
    op.create_index(op.f("ix_chat_messages_chat_id_id"), "chat_messages", ["chat_id", "id"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("catalogue", sa.String(length=40), nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_incidents_hex_id")),
    )
    op.create_index(op.f("ix_incidents_ends_at"), "incidents", ["ends_at"])
    op.create_table(
        "incident_versions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("incident_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("begins_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("written_by_id", KEY, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        _reference("incident_versions", "incident_id", "incidents"),
        _reference("incident_versions", "written_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_versions")),
    )
    op.create_index(
        "uq_incident_versions_incident_id_number", "incident_versions", ["incident_id", "number"], unique=True
    )


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _freeze(table: str) -> None:
    """Refuse that written rows change or go."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in ("update", "delete"):
        if on_postgresql:
            action = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        else:
            action = f"BEGIN SELECT RAISE(ABORT, '{table}: a written row cannot change'); END"
        op.execute(f"CREATE TRIGGER {table}_frozen_{event} BEFORE {event.upper()} ON {table} {action}")
    if on_postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
