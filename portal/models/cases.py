"""Support cases: what is asked, where it stands, and by when it is owed a first response."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.cases import CaseState, Video
from portal.domain.response_targets import TargetKind, Via
from portal.models.base import Base, Id, UtcDateTime, one_of
from portal.models.organizations import Organization, Project, User

_UNDER_WAY = text("state IN ('new', 'open', 'pending', 'on_hold')")
_UNANSWERED = text("first_responded_at IS NULL AND due_at IS NOT NULL")


class Case(Base):
    """One case; its `id` is the number that people read. What was asked stands in its first entry.

    Severities are keys of the catalogue: staff's assessment counts before what was requested (NE-22). `terms` are those
    of the opening (SL-9); what is due, since when and by the policy of `due_severity`, follows from them. `reply_token`
    is in the address that mails of this case are answered to. `policy_version` is the support policy at the opening.
    """

    __tablename__ = "cases"
    # A list of cases is read along one of these, whatever filters it.
    __table_args__ = (
        Index(None, "organization_id", "updated_at", "id"),
        Index(None, "organization_id", "state", "updated_at"),
        Index(None, "requester_id", "updated_at"),
        Index(None, "project_id", "updated_at"),
        Index(None, "assignee_id", "state"),
        Index("ix_cases_queue", "plan_rank", "severity_rank", "created_at", "id", sqlite_where=_UNDER_WAY,
              postgresql_where=_UNDER_WAY),
        Index("ix_cases_queue_of_agent", "assignee_id", "plan_rank", "severity_rank", "created_at", "id",
              sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
        Index("ix_cases_due", "due_at", sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED),
        Index(None, "state", "state_since"),
        Index(None, "follows_id"),
        Index(None, "merged_into_id"),
    )  # fmt: skip

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    requester_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    via: Mapped[Via] = mapped_column(one_of(Via))
    subject: Mapped[str] = mapped_column(String(255))
    product: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(60))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    requested_severity: Mapped[str | None] = mapped_column(String(40))
    assessed_severity: Mapped[str | None] = mapped_column(String(40))
    business_impact: Mapped[str | None] = mapped_column(Text)
    video: Mapped[Video | None] = mapped_column(one_of(Video))
    state: Mapped[CaseState] = mapped_column(one_of(CaseState), default=CaseState.NEW)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    close_reason: Mapped[str | None] = mapped_column(String(60))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    policy_version: Mapped[str | None] = mapped_column(String(40))
    # The order of the queue (NE-6): the plan's rank, negated so that all three ascend, then the severity's.
    plan_rank: Mapped[int]
    severity_rank: Mapped[int]
    due_severity: Mapped[str | None] = mapped_column(String(40))
    due_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    target_kind: Mapped[TargetKind | None] = mapped_column(one_of(TargetKind))
    first_responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_token: Mapped[str] = mapped_column(String(40), unique=True)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship()
    project: Mapped[Project | None] = relationship()
    requester: Mapped[User] = relationship(foreign_keys=[requester_id])
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])

    @property
    def severity(self) -> str | None:
        """The severity that counts: staff's assessment, else what was requested (NE-22)."""
        return self.assessed_severity or self.requested_severity


class CaseProject(Base):
    """A project, and maybe a service in it, that a case is about."""

    __tablename__ = "case_projects"
    __table_args__ = (Index(None, "project_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    service: Mapped[str] = mapped_column(String(100), primary_key=True, default="")


class CaseLink(Base):
    """Two cases that have to do with each other; the smaller number stands first."""

    __tablename__ = "case_links"
    __table_args__ = (Index(None, "other_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    linked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SharedCaseList(Base):
    """That everybody in an organization sees all of its cases (AV-52)."""

    __tablename__ = "shared_case_lists"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    shared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    shared_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OrganizationFollower(Base):
    """Somebody who gets mail of every case of an organization, existing and to come (AV-52)."""

    __tablename__ = "organization_followers"
    __table_args__ = (Index(None, "user_id"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
