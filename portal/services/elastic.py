"""Notes when an organization begins and ceases to be invoiced by its elastic usage (atlas 4.5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.drawing import Source
from portal.domain.events import Event
from portal.domain.invoicing import DUE_AT_CLOSE
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month, each_day
from portal.domain.settlement import Part
from portal.models.among import among
from portal.models.history import Activity
from portal.models.organizations import Organization
from portal.services import history

_TURNS = (Event.ACTIVE_INVOICING_PERIOD_INITIATED, Event.ACTIVE_INVOICING_PERIOD_STOPPED)
# Made once: every close asks it.
_NEWEST = (
    select(Activity.id)
    .where(Activity.organization_id == Organization.id, Activity.type.in_([turn.name for turn in _TURNS]))
    .order_by(Activity.happened_at.desc(), Activity.id.desc())
    .limit(1)
    .correlate(Organization)
    .scalar_subquery()
)
_LAST_TURNS = select(Activity).where(Activity.id.in_(select(_NEWEST).where(among(Organization.id, "organizations"))))


def is_active(session: Session, organization: Organization) -> bool:
    """Whether usage is invoiced by elastic billing at present."""
    last = last_turns(session, [organization.id]).get(organization.id)
    return last is not None and last.type == Event.ACTIVE_INVOICING_PERIOD_INITIATED.name


def note_turns(
    session: Session,
    organization_id: int,
    month: Month,
    *,
    sources: Sequence[Source],
    parts: Sequence[Part],
    last: Activity | None,
    until: date | None = None,
) -> None:
    """Record the days of `month` (up to and including `until`) on which elastic billing began or stopped (D5).

    `last` is the organization's last turn before, as `last_turns` finds it.
    """
    active = last is not None and last.type == Event.ACTIVE_INVOICING_PERIOD_INITIATED.name
    if not active and all(source.method is not Method.ELASTIC for source in sources):
        return
    drawn = {day for part in parts if part.source.method is Method.ELASTIC for day in part.days}
    for day in each_day(month.first_on, min(until or month.last_on, month.last_on)):
        if last is not None and day < last.happened_at.date():
            continue
        if not active and day in drawn:
            _record(session, organization_id, Event.ACTIVE_INVOICING_PERIOD_INITIATED, day)
            active = True
        elif active and not _begins_elastic(sources, parts, day):
            _record(session, organization_id, Event.ACTIVE_INVOICING_PERIOD_STOPPED, day)
            active = False
            if day in drawn:
                # What took its place was used up on the same day.
                _record(session, organization_id, Event.ACTIVE_INVOICING_PERIOD_INITIATED, day)
                active = True


def _begins_elastic(sources: Sequence[Source], parts: Sequence[Part], day: date) -> bool:
    """Whether the day's first usage is elastic: credits that are drawn before it end it (4.5, D5), as its own end does.

    `sources` are in drawing order. What comes first also ends it where it has no credits left to draw: a marketplace,
    or usage beyond a GCP commitment.
    """
    drawn = {one.source.key: one for part in parts for one in part.draws}
    for source in sources:
        # What is left for a payment method comes last, also that of another billing group.
        if day not in source.days or source.method in DUE_AT_CLOSE:
            continue
        if source.method is Method.ELASTIC:
            return True
        taken = drawn.get(source.key)
        if source.capacity is None or source.capacity > (taken.before(day) if taken else Money.zero(USD)):
            return False
    return False


def last_turns(session: Session, organization_ids: Collection[int]) -> Mapping[int, Activity]:
    """When elastic billing last began or stopped, for each of the organizations where it ever did."""
    turns = session.scalars(_LAST_TURNS, {"organizations": list(organization_ids)})
    return {turn.organization_id: turn for turn in turns}


def _record(session: Session, organization_id: int, event: Event, day: date) -> None:
    brand = catalogues.load_seller().entity.brand
    starts = event is Event.ACTIVE_INVOICING_PERIOD_INITIATED
    detail = f"{brand} will invoice your organization based on your monthly usage." if starts else ""
    history.record(session, organization_id, event, at=datetime.combine(day, time(), UTC), detail=detail)
