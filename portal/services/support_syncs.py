"""The first visit of an organization to the support portal, where the vendor makes its data known first (atlas 3.3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal import catalogues
from portal.models.case_drafts import SupportSync
from portal.models.organizations import Organization


def is_due(session: Session, organization: Organization) -> bool:
    """Whether the organization's data is still to be made known to support (SYNC-1)."""
    if not catalogues.load(organization.catalogue).case_policy.synchronizes_first:
        return False
    return session.get(SupportSync, organization.id) is None


def synchronize(session: Session, organization: Organization, *, at: datetime) -> None:
    """Make it known; once for each organization."""
    if session.get(SupportSync, organization.id) is None:
        session.add(SupportSync(organization_id=organization.id, synced_at=at))
        session.flush()
