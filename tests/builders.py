"""Builders: one line makes a thing of the business that a test needs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from portal.models.billing_groups import BillingGroup
from portal.models.invoices import MonthClose
from portal.models.organizations import Organization, Project

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CREATED_AT = datetime(2024, 1, 1, tzinfo=UTC)


def an_organization(
    session: Session, slug: str = "acme", *, catalogue: str = "atlas", at: datetime = CREATED_AT
) -> Organization:
    """An organization with its unnamed billing group."""
    organization = Organization(slug=slug, name=slug.title(), catalogue=catalogue, created_at=at)
    session.add(organization)
    session.flush()
    session.add(BillingGroup(organization_id=organization.id, name=None, created_at=at))
    session.flush()
    return organization


def a_project(
    session: Session, organization: Organization, name: str = "shop", *, at: datetime = CREATED_AT
) -> Project:
    """A project on the organization's unnamed billing group."""
    group = session.query(BillingGroup).filter_by(organization_id=organization.id, name=None).one()
    project = Project(organization_id=organization.id, billing_group_id=group.id, name=name, created_at=at)
    session.add(project)
    session.flush()
    return project


def a_closed_month(session: Session, organization: Organization, first_on: date) -> None:
    """The mark alone that the month which begins on `first_on` is closed, without any invoice."""
    closed_at = datetime(first_on.year, first_on.month, 28, tzinfo=UTC)
    session.add(MonthClose(organization_id=organization.id, period_on=first_on, closed_at=closed_at))
    session.flush()
