"""The first visit of an organization to the support portal, where the vendor makes its data known first (SYNC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import catalogues
from portal.models.base import Base
from portal.models.case_drafts import CaseDraft, SupportSync
from portal.models.organizations import Organization
from portal.services import case_drafts
from portal.services.case_drafts import Place

_TABLE = Base.metadata.tables[SupportSync.__tablename__]


@dataclass(frozen=True, slots=True)
class Visit:
    """What the form of a new case begins with: whether the organization's data is still to be made known, a draft."""

    is_first: bool
    draft: CaseDraft | None


def visit(session: Session, place: Place) -> Visit:
    """How a visit to the form begins, in one query (SYNC-1, DRAFT-1)."""
    row = session.execute(
        select(SupportSync.synced_at, CaseDraft)
        .select_from(Organization)
        .outerjoin(SupportSync, SupportSync.organization_id == Organization.id)
        .outerjoin(CaseDraft, case_drafts.is_at(place))
        .where(Organization.id == place.organization.id)
    ).one()
    synchronizes = catalogues.load(place.organization.catalogue).case_policy.synchronizes_first
    return Visit(synchronizes and row[0] is None, row[1])


def synchronize(session: Session, organization: Organization, *, at: datetime) -> None:
    """Make it known; once for each organization, however many come at once."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"organization_id": organization.id, "synced_at": at}
    session.execute(insert(_TABLE).values(row).on_conflict_do_nothing())
