"""Tells the feed when what was chosen for a later day takes effect: a cancellation, another plan, a tier."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.events import Event
from portal.domain.support_choices import ChoiceKind
from portal.models.organizations import Organization
from portal.models.support_choices import SupportChoice, SupportTurn
from portal.services import history, months, support_histories

MOST_AT_ONCE = 200


def due(session: Session, *, on: date, organization_ids: Collection[int] | None = None) -> list[int]:
    """The keys of the choices that took effect by the day and of which the feed was not told, the oldest first."""
    noted = select(SupportTurn.choice_id).where(SupportTurn.choice_id == SupportChoice.id)
    query = select(SupportChoice.id).where(~noted.exists(), SupportChoice.entitled_on <= on)
    if organization_ids is not None:
        query = query.where(SupportChoice.organization_id.in_(organization_ids))
    return list(session.scalars(query.order_by(SupportChoice.entitled_on, SupportChoice.id).limit(MOST_AT_ONCE)))


def note(session: Session, choice_id: int, *, at: datetime) -> bool:
    """Tell of a choice that is due, once: as of the first instant of its day. False where it was told before.

    One that another choice replaced meanwhile leaves no trace in the feed.
    """
    choice = session.get_one(SupportChoice, choice_id)
    months.lock(session, choice.organization_id)
    if session.scalar(select(SupportTurn.choice_id).where(SupportTurn.choice_id == choice_id)):
        return False
    session.add(SupportTurn(choice_id=choice_id, noted_at=at))
    organization = session.get_one(Organization, choice.organization_id)
    held = support_histories.of(session, [organization])[organization.id].history().had(choice.entitled_on)
    if held and held.choice == support_histories.as_value(choice) and held.from_on == choice.entitled_on:
        _record(session, organization, choice)
    session.flush()
    return True


def begin_at_once(session: Session, choice: SupportChoice, *, at: datetime) -> None:
    """Note of a choice that takes effect on its own day that the feed was told."""
    if choice.entitled_on <= at.date():
        session.add(SupportTurn(choice_id=choice.id, noted_at=at))
        session.flush()


def _record(session: Session, organization: Organization, choice: SupportChoice) -> None:
    catalogue = catalogues.load(organization.catalogue)
    begun_at = datetime.combine(choice.entitled_on, time(), UTC)
    name = catalogue.support_plans[choice.plan].name if choice.plan else ""
    if choice.plan is None:
        history.record(session, organization, Event.SUPPORT_PLAN_CANCELLED, at=begun_at)
    elif choice.kind is ChoiceKind.TIER:
        history.record(session, organization, Event.SUPPORT_PLAN_ACTIVATED, at=begun_at, detail=name)
    else:
        label = f"{catalogue.title} support plan updated"
        history.record(
            session, organization, Event.SUPPORT_PLAN_UPDATED, at=begun_at, detail=f"It is {name} now", label=label
        )
