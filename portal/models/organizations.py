"""People, organizations, their projects, and who holds which role."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, UtcDateTime, new_hex_id

if TYPE_CHECKING:
    from portal.models.teams import TeamProjectRole


class User(Base):
    """A person who can sign in. Staff of the company hold staff roles; customers are members of organizations.

    Since `deactivated_at` a person can do nothing; who did it, and why, stands in what happened to the account.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff_roles: Mapped[list[StaffRole]] = relationship(back_populates="user", lazy="selectin")


# People write their address in any case; one person is one account.
Index("uq_users_email", func.lower(User.email), unique=True)


class StaffRole(Base):
    """One role of a member of the company's own staff: `support`, `billing` or `sales`."""

    __tablename__ = "staff_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)

    user: Mapped[User] = relationship(back_populates="staff_roles")


class Organization(Base):
    """A customer. `catalogue` names the data that says which plans, roles and rules it has."""

    __tablename__ = "organizations"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    catalogue: Mapped[str] = mapped_column(String(40))
    region: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    projects: Mapped[list[Project]] = relationship(back_populates="organization", order_by="Project.name")


class Project(Base):
    """A part of an organization that usage belongs to; its billing group says on which invoice the usage stands."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship(back_populates="projects")


class Membership(Base):
    """A person in an organization."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
    organization: Mapped[Organization] = relationship()
    organization_roles: Mapped[list[OrganizationRole]] = relationship(lazy="selectin")
    project_roles: Mapped[list[ProjectRole]] = relationship(lazy="selectin")
    team_roles: Mapped[list[TeamProjectRole]] = relationship(
        secondary="team_members",
        primaryjoin="Membership.id == foreign(TeamMember.membership_id)",
        secondaryjoin="TeamProjectRole.team_id == foreign(TeamMember.team_id)",
        viewonly=True,
        lazy="selectin",
    )


class OrganizationRole(Base):
    """A role that a member holds in the whole organization; `role` is a key of the catalogue's roles."""

    __tablename__ = "organization_roles"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(60), primary_key=True)


class ProjectRole(Base):
    """A role that a member holds in one project; `role` is a key of the catalogue's project roles."""

    __tablename__ = "project_roles"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(60), primary_key=True)
