"""Support plans of customers in the database, chosen by the real services."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.periods import Month
from portal.domain.support_wishes import Wish, WishKind
from portal.models.billing_groups import BillingGroup
from portal.models.history import Activity
from portal.services import support_changes, support_standing, support_tiers
from portal.services.support_tiers import TierWish
from tests.customers import midnight

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import Organization
    from portal.models.support_choices import SupportChoice, TierRequest


def day(text: str) -> date:
    """The day written as YYYY-MM-DD."""
    return date.fromisoformat(text)


def wish(
    session: Session, organization: Organization, on: str, kind: str, plan: str | None = None, *, by_staff: bool = False
) -> SupportChoice:
    """Change the plan on the day."""
    wanted = Wish(WishKind(kind), plan)
    return support_changes.make(
        session, organization, wanted, at=midnight(day(on)), by=None, reason="As agreed", by_staff=by_staff
    )


def plan(session: Session, organization: Organization, on: str) -> str | None:
    """The key of the plan of the day."""
    held = support_standing.plan_of(session, organization, on=day(on)).plan
    return held.key if held else None


def ask_for(session: Session, organization: Organization, on: str, tier: str, month: str) -> TierRequest:
    """Ask for a tier on the organization's first billing group."""
    group = select(BillingGroup.id).where(BillingGroup.organization_id == organization.id).order_by(BillingGroup.id)
    wanted = TierWish(tier, Month.parse(month), session.scalars(group).first() or 0)
    return support_tiers.ask(session, organization, wanted, at=midnight(day(on)), by=None)


def told(session: Session, organization: Organization) -> list[tuple[str, str]]:
    """Day and text of the feed's entries about support, in the order of their instants."""
    rows = session.execute(
        select(Activity.happened_at, Activity.text)
        .where(Activity.organization_id == organization.id, Activity.type.like("SUPPORT_%"))
        .order_by(Activity.happened_at, Activity.id)
    )
    return [(at.date().isoformat(), text) for at, text in rows]
