"""Requests for support tiers with their states: reading them, and adding a turn while the organization is held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import tier_requests
from portal.domain.errors import Refusal
from portal.domain.tier_requests import PENDING, TierState
from portal.models.organizations import Organization, User
from portal.models.support_choices import TierRequest, TierRequestTurn
from portal.services import months

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class RequestWithState:
    """A request, all its turns, and where it stands on the day that was asked for."""

    request: TierRequest
    turns: Sequence[TierRequestTurn]
    state: TierState

    @property
    def active_on(self) -> date | None:
        """From which day on the tier is active, where that is decided."""
        return next((turn.active_on for turn in reversed(self.turns) if turn.active_on), None)

    @property
    def reason(self) -> str | None:
        """What the last turn says."""
        return self.turns[-1].reason


def requests_of(session: Session, organization: Organization, *, on: date) -> Sequence[RequestWithState]:
    """All requests of the organization, the newest first."""
    own = select(TierRequest).where(TierRequest.organization_id == organization.id)
    return _with_states(session, own.order_by(TierRequest.id.desc()).limit(MOST_LISTED), on)


def pending_of(session: Session, organization: Organization, *, on: date) -> RequestWithState | None:
    """The request that is under way; there is at most one (AV-23)."""
    return next((one for one in requests_of(session, organization, on=on) if one.state in PENDING), None)


def find(session: Session, organization: Organization, hex_id: str, *, on: date) -> RequestWithState | None:
    """The organization's request with this id; another organization's is absent."""
    own = select(TierRequest).where(TierRequest.organization_id == organization.id, TierRequest.hex_id == hex_id)
    return next(iter(_with_states(session, own, on)), None)


def waiting(session: Session, *, on: date) -> Sequence[tuple[RequestWithState, Organization]]:
    """For staff: the requests of all organizations that are under way, the oldest first."""
    decided = select(TierRequestTurn.id).where(
        TierRequestTurn.tier_request_id == TierRequest.id,
        TierRequestTurn.state.in_([state for state in TierState if state not in PENDING]),
    )
    open_ones = select(TierRequest).where(~decided.exists()).order_by(TierRequest.id).limit(MOST_LISTED)
    found = [one for one in _with_states(session, open_ones, on) if one.state in PENDING]
    ids = {one.request.organization_id for one in found}
    organizations = {one.id: one for one in session.scalars(select(Organization).where(Organization.id.in_(ids)))}
    return [(one, organizations[one.request.organization_id]) for one in found]


def held(session: Session, organization: Organization, hex_id: str) -> RequestWithState:
    """The request while its organization is held, so that two turns come one after the other; refused where absent."""
    months.lock(session, organization)
    found = find(session, organization, hex_id, on=date.min)
    if found is None:
        raise Refusal("There is no such request.")
    return found


def add(
    session: Session,
    request: TierRequest,
    state: TierState,
    *,
    number: int,
    at: datetime,
    by: User | None,
    active_on: date | None = None,
    reason: str | None = None,
) -> None:
    """Add a turn."""
    session.add(
        TierRequestTurn(
            tier_request_id=request.id,
            number=number,
            state=state,
            active_on=active_on,
            reason=reason,
            made_by_id=by.id if by else None,
            made_at=at,
        )
    )
    session.flush()


def name_of(organization: Organization, request: TierRequest) -> str:
    """The tier's name."""
    plan = catalogues.load(organization.catalogue).support_plans.get(request.tier)
    return plan.name if plan else request.tier


def is_free(session: Session, request: TierRequest) -> bool:
    """Whether the tier costs nothing, as the one that comes with the first paid service."""
    organization = session.get_one(Organization, request.organization_id)
    return not catalogues.load(organization.catalogue).support_plans[request.tier].is_paid


def _with_states(session: Session, wanted: Select[TierRequest], on: date) -> Sequence[RequestWithState]:
    requests = session.scalars(wanted).all()
    turns: dict[int, list[TierRequestTurn]] = defaultdict(list)
    ids = [one.id for one in requests]
    if ids:
        found = select(TierRequestTurn).where(TierRequestTurn.tier_request_id.in_(ids))
        for turn in session.scalars(found.order_by(TierRequestTurn.number)):
            turns[turn.tier_request_id].append(turn)
    return [
        RequestWithState(
            one,
            turns[one.id],
            tier_requests.state_on(turns[one.id][-1].state, turns[one.id][-1].active_on, on),
        )
        for one in requests
    ]
