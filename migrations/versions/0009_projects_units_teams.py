"""Units and teams, and projects that were deleted or moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "project_ends",
        sa.Column("project_id", KEY, nullable=False, autoincrement=False),
        sa.Column("ending", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("moved_to_id", KEY, nullable=True),
        sa.Column("ended_by_id", KEY, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_ends_project_id")),
        sa.ForeignKeyConstraint(["moved_to_id"], ["projects.id"], name=op.f("fk_project_ends_moved_to_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_project_ends_ended_by_id")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_ends")),
    )
    _create_named("units")
    op.create_table(
        "unit_projects",
        sa.Column("project_id", KEY, nullable=False, autoincrement=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_unit_projects_project_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_projects_unit_id")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_unit_projects")),
    )
    op.create_index(op.f("ix_unit_projects_unit_id"), "unit_projects", ["unit_id"])
    _create_named("teams")
    _create_of_teams()


def _create_of_teams() -> None:
    op.create_table(
        "team_members",
        sa.Column("team_id", KEY, nullable=False),
        sa.Column("membership_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_team_members_membership_id")),
        sa.PrimaryKeyConstraint("team_id", "membership_id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_membership_id"), "team_members", ["membership_id"])
    op.create_table(
        "team_project_roles",
        sa.Column("team_id", KEY, nullable=False),
        sa.Column("project_id", KEY, nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_project_roles_team_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_team_project_roles_project_id")),
        sa.PrimaryKeyConstraint("team_id", "project_id", "role", name=op.f("pk_team_project_roles")),
    )
    op.create_index(op.f("ix_team_project_roles_project_id"), "team_project_roles", ["project_id"])


def _create_named(table: str) -> None:
    """A table of things of an organization, each with a name of its own there, in any case."""
    op.create_table(
        table,
        sa.Column("id", KEY, nullable=False),
        sa.Column("hex_id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f(f"fk_{table}_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("hex_id", name=op.f(f"uq_{table}_hex_id")),
    )
    op.create_index(f"uq_{table}_name", table, ["organization_id", sa.text("lower(name)")], unique=True)
