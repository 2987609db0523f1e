"""Invitations to organizations with the roles that they bring, and who left an organization."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.membership import InvitationOutcome
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import Organization, User


class Invitation(Base):
    """Somebody is asked to join an organization. The mail has the token; here is only its hash.

    `email` is in small letters. `times_sent` counts the mails: each has a token of its own, and the newest counts.
    """

    __tablename__ = "invitations"

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times_sent: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[InvitationOutcome | None] = mapped_column(one_of(InvitationOutcome))

    organization: Mapped[Organization] = relationship()
    invited_by: Mapped[User] = relationship(foreign_keys=[invited_by_id])
    organization_roles: Mapped[list[InvitationOrganizationRole]] = relationship(lazy="selectin")
    project_roles: Mapped[list[InvitationProjectRole]] = relationship(lazy="selectin")


# One address has one open invitation of an organization, whoever sends two at once.
Index(
    "uq_invitations_open",
    Invitation.organization_id,
    Invitation.email,
    unique=True,
    sqlite_where=text("settled_at IS NULL"),
    postgresql_where=text("settled_at IS NULL"),
)


class InvitationOrganizationRole(Base):
    """A role in the whole organization that comes with accepting."""

    __tablename__ = "invitation_organization_roles"

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(60), primary_key=True)


class InvitationProjectRole(Base):
    """A role in one project that comes with accepting."""

    __tablename__ = "invitation_project_roles"

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(60), primary_key=True)


class Departure(Base):
    """That a person was in an organization until `left_at`; `by` is the same person where they left by themselves."""

    __tablename__ = "departures"
    __table_args__ = (Index(None, "user_id", "organization_id"),)

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    left_at: Mapped[datetime] = mapped_column(UtcDateTime)
