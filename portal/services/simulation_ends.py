"""What is noted when a scenario ends: how elastic billing stands in the month that runs, and plans that took effect."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from portal.domain import invoicing, settlement
from portal.domain.periods import ONE_DAY, Month
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization
from portal.services import elastic, rating, settling, support_turns


def note(session: Session, organization: Organization, group: BillingGroup, *, until: date) -> None:
    """Note whether elastic billing began or stopped in the month of the last day (4.5), and the turns of plans."""
    month = Month.of(until)
    rated = rating.rated_lines(session, [organization.id], month, until=until + ONE_DAY)
    sources = settling.sources(session, group.id, month)
    parts = settlement.settle(sources, invoicing.owed(rated.get(group.id, ())))
    last = elastic.last_turns(session, [organization.id]).get(organization.id)
    elastic.note_turns(session, organization.id, month, sources=sources, parts=parts, last=last, until=until)
    for choice_id in support_turns.due(session, on=until, organization_ids=[organization.id]):
        support_turns.note(session, choice_id, at=datetime.combine(until, time(), UTC))
