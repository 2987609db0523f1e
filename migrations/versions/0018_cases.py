"""Cases, their conversation, and who takes part.

A written entry of a conversation never changes, but that staff may publish an outsider's mail.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(length=40)
WRITTEN = (
    "id, hex_id, case_id, kind, author_id, author_address, by_staff, via, body, quoted, happening, facts, "
    "ignored_addresses, written_at"
)
TABLES = (
    "case_severity_changes",
    "case_participants",
    "case_entries",
    "organization_followers",
    "shared_case_lists",
    "case_links",
    "case_projects",
    "cases",
)


def upgrade() -> None:
    op.create_table(
        "organization_followers",
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_organization_followers_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_organization_followers_user_id")),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name=op.f("pk_organization_followers")),
    )
    op.create_index(op.f("ix_organization_followers_user_id"), "organization_followers", ["user_id"], unique=False)
    op.create_table(
        "shared_case_lists",
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("shared_by_id", KEY, nullable=False),
        sa.Column("shared_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_shared_case_lists_organization_id")
        ),
        sa.ForeignKeyConstraint(["shared_by_id"], ["users.id"], name=op.f("fk_shared_case_lists_shared_by_id")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_shared_case_lists")),
    )
    op.create_table(
        "cases",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("project_id", KEY, nullable=True),
        sa.Column("requester_id", KEY, nullable=False),
        sa.Column("via", CHOICE, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("product", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("invoice_id", KEY, nullable=True),
        sa.Column("requested_severity", sa.String(length=40), nullable=True),
        sa.Column("assessed_severity", sa.String(length=40), nullable=True),
        sa.Column("business_impact", sa.Text(), nullable=True),
        sa.Column("video", CHOICE, nullable=True),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("close_reason", sa.String(length=60), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=True),
        sa.Column("plan_rank", sa.Integer(), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("due_severity", sa.String(length=40), nullable=True),
        sa.Column("due_since", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("target_kind", CHOICE, nullable=True),
        sa.Column("first_responded_at", INSTANT, nullable=True),
        sa.Column("warned_at", INSTANT, nullable=True),
        sa.Column("escalated_at", INSTANT, nullable=True),
        sa.Column("reply_token", sa.String(length=40), nullable=False),
        sa.Column("assignee_id", KEY, nullable=True),
        sa.Column("merged_into_id", KEY, nullable=True),
        sa.Column("follows_id", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_cases_assignee_id")),
        sa.ForeignKeyConstraint(["follows_id"], ["cases.id"], name=op.f("fk_cases_follows_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_cases_invoice_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["cases.id"], name=op.f("fk_cases_merged_into_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_cases_organization_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_cases_project_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["users.id"], name=op.f("fk_cases_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("reply_token", name=op.f("uq_cases_reply_token")),
    )
    op.create_index(op.f("ix_cases_assignee_id_state"), "cases", ["assignee_id", "state"], unique=False)
    op.create_index(
        "ix_cases_due",
        "cases",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("first_responded_at IS NULL AND due_at IS NOT NULL"),
        postgresql_where=sa.text("first_responded_at IS NULL AND due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_cases_follows_id"), "cases", ["follows_id"], unique=False)
    op.create_index(op.f("ix_cases_merged_into_id"), "cases", ["merged_into_id"], unique=False)
    op.create_index(
        op.f("ix_cases_organization_id_state_updated_at"),
        "cases",
        ["organization_id", "state", "updated_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_cases_organization_id_updated_at_id"), "cases", ["organization_id", "updated_at", "id"], unique=False
    )
    op.create_index(op.f("ix_cases_project_id_updated_at"), "cases", ["project_id", "updated_at"], unique=False)
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["plan_rank", "severity_rank", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('new', 'open', 'pending', 'on_hold')"),
        postgresql_where=sa.text("state IN ('new', 'open', 'pending', 'on_hold')"),
    )
    op.create_index(op.f("ix_cases_requester_id_updated_at"), "cases", ["requester_id", "updated_at"], unique=False)
    op.create_index(op.f("ix_cases_state_state_since"), "cases", ["state", "state_since"], unique=False)
    op.create_table(
        "case_entries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("visibility", CHOICE, nullable=False),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("author_address", sa.String(length=254), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("via", CHOICE, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("happening", CHOICE, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("ignored_addresses", sa.JSON(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_case_entries_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_entries_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entries")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_case_entries_hex_id")),
    )
    op.create_index(op.f("ix_case_entries_case_id_id"), "case_entries", ["case_id", "id"], unique=False)
    op.create_table(
        "case_links",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("other_id", KEY, nullable=False),
        sa.Column("linked_by_id", KEY, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id")),
        sa.ForeignKeyConstraint(["linked_by_id"], ["users.id"], name=op.f("fk_case_links_linked_by_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_case_links_other_id")),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("pk_case_links")),
    )
    op.create_index(op.f("ix_case_links_other_id"), "case_links", ["other_id"], unique=False)
    op.create_table(
        "case_participants",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("added_by_id", KEY, nullable=True),
        sa.Column("via", CHOICE, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("removed_by_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_case_participants_added_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_participants_case_id")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["users.id"], name=op.f("fk_case_participants_removed_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_case_participants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_participants")),
    )
    op.create_index(op.f("ix_case_participants_address"), "case_participants", ["address"], unique=False)
    op.create_index(
        op.f("ix_case_participants_user_id_case_id"), "case_participants", ["user_id", "case_id"], unique=False
    )
    op.create_index(
        "uq_case_participants_current",
        "case_participants",
        ["case_id", "kind", "address"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "case_projects",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("project_id", KEY, nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_projects_case_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_case_projects_project_id")),
        sa.PrimaryKeyConstraint("case_id", "project_id", "service", name=op.f("pk_case_projects")),
    )
    op.create_index(op.f("ix_case_projects_project_id"), "case_projects", ["project_id"], unique=False)
    op.create_table(
        "case_severity_changes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("old", sa.String(length=40), nullable=True),
        sa.Column("new", sa.String(length=40), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", KEY, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("disagreed_at", INSTANT, nullable=True),
        sa.Column("disagreed_by_id", KEY, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by_id", KEY, nullable=True),
        sa.Column("settlement", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_severity_changes_case_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_case_severity_changes_changed_by_id")),
        sa.ForeignKeyConstraint(
            ["disagreed_by_id"], ["users.id"], name=op.f("fk_case_severity_changes_disagreed_by_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["case_entries.id"], name=op.f("fk_case_severity_changes_entry_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["users.id"], name=op.f("fk_case_severity_changes_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_severity_changes")),
        sa.UniqueConstraint("hex_id", name=op.f("uq_case_severity_changes_hex_id")),
    )
    op.create_index(op.f("ix_case_severity_changes_case_id"), "case_severity_changes", ["case_id"], unique=False)
    _freeze()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _freeze() -> None:
    """Refuse that a written entry changes or goes; dropped with the table."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event, what in (("update", f"UPDATE OF {WRITTEN}"), ("delete", "DELETE")):
        action = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if on_postgresql
            else "BEGIN SELECT RAISE(ABORT, 'case_entries: a written row cannot change'); END"
        )
        op.execute(f"CREATE TRIGGER case_entries_frozen_{event} BEFORE {what} ON case_entries {action}")
    if on_postgresql:
        op.execute(
            "CREATE TRIGGER case_entries_frozen_truncate BEFORE TRUNCATE ON case_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
