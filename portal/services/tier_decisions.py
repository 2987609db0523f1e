"""What staff decide about requests for support tiers; where a tier begins, the row that the invoices follow."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain import tier_requests
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.support_choices import ChoiceKind
from portal.domain.tier_requests import TierState
from portal.models.organizations import Organization, User
from portal.models.support_choices import SupportChoice, TierRequest
from portal.services import history, support_turns, tier_turns


def decide(
    session: Session,
    organization: Organization,
    hex_id: str,
    state: TierState,
    *,
    by: User | None,
    at: datetime,
    reason: str | None = None,
    active_on: date | None = None,
) -> TierRequest:
    """Staff take a request up, set the day of the tier (`scheduled`), say that it is set up, or turn it down.

    Billing goes from the first of the start month whichever day it is set up (AV-30); the support from `active_on`,
    by default the first day of the start month, or today once that has begun.
    """
    if state is TierState.REJECTED and not (reason or "").strip():
        raise Refusal("Say why the request is turned down.")
    if state is TierState.WITHDRAWN:
        raise Refusal("The customer takes a request back.")
    held = tier_turns.held(session, organization, hex_id)
    request, today = held.request, at.date()
    tier_requests.check_turn(held.state, state)
    begins = state in (TierState.SCHEDULED, TierState.ACTIVE)
    if begins:
        active_on = today if state is TierState.ACTIVE else active_on or max(today, request.start_on)
        if active_on < max(today, request.start_on):
            raise Refusal(f"The tier begins on {max(today, request.start_on)} or later.")
        _choose(session, request, active_on, by=by, at=at, reason=reason)
    number = len(held.turns) + 1
    tier_turns.add(
        session, request, state, number=number, at=at, by=by, active_on=active_on if begins else None, reason=reason
    )
    _record(session, organization, request, state, active_on if begins else None, by=by, at=at, reason=reason)
    return request


def _choose(
    session: Session, request: TierRequest, active_on: date, *, by: User | None, at: datetime, reason: str | None
) -> None:
    """What the invoices follow, one row for a request that begins."""
    choice = SupportChoice(
        organization_id=request.organization_id,
        kind=ChoiceKind.TIER,
        plan=None if tier_turns.is_free(session, request) else request.tier,
        entitled_on=active_on,
        billed_on=request.start_on,
        billing_group_id=request.billing_group_id,
        tier_request_id=request.id,
        reason=reason,
        by_staff=True,
        made_by_id=by.id if by else None,
        made_at=at,
    )
    session.add(choice)
    session.flush()
    support_turns.begin_at_once(session, choice, at=at)


def _record(
    session: Session,
    organization: Organization,
    request: TierRequest,
    state: TierState,
    active_on: date | None,
    *,
    by: User | None,
    at: datetime,
    reason: str | None,
) -> None:
    name = tier_turns.name_of(organization, request)
    if active_on is not None and active_on <= at.date():
        history.record(session, organization, Event.SUPPORT_PLAN_ACTIVATED, at=at, by=by, detail=name)
        return
    said = f"{name}: {tier_requests.words(state)}" + (f" for {active_on}" if active_on else "")
    detail = f"{said}. {reason}" if reason and state is TierState.REJECTED else said
    history.record(session, organization, Event.SUPPORT_TIER_DECIDED, at=at, by=by, detail=detail)
