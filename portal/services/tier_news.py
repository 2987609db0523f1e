"""Mail about a request for a support tier: to who asked, who manages billing, and the account team (MAIL-24)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.tier_requests import TierState
from portal.models.organizations import Organization, User
from portal.models.support_choices import TierRequest
from portal.services import account_teams, billing_mail, letters, outbox, tier_turns
from portal.services.outbox import Posting

# Of the other states the support page alone tells.
_TOLD = frozenset({TierState.SUBMITTED, TierState.SCHEDULED, TierState.ACTIVE, TierState.REJECTED})


def tell(session: Session, organization: Organization, request: TierRequest, *, at: datetime, base_url: str) -> None:
    """Tell of the state in which the request is now, each person once; a state that nobody is told of sends nothing."""
    asked = tier_turns.find(session, organization, request.hex_id, on=at.date())
    if asked is None or asked.turns[-1].state not in _TOLD:
        return
    state = asked.turns[-1].state
    by = session.get(User, request.asked_by_id) if request.asked_by_id else None
    managers = [reader.email for reader in billing_mail.owners_and_admins(session, organization)]
    team = [member.email for member in account_teams.of(session, organization)]
    to = dict.fromkeys(one.lower() for one in (*([by.email] if by else []), *managers, *team))
    words = catalogues.load(organization.catalogue).words
    letter = letters.write(
        "tier_request",
        organization=organization.name,
        tier=tier_turns.name_of(organization, request),
        word=words.support_plan,
        who=by.name if by else "Somebody of our staff",
        state=state.value,
        start_on=request.start_on,
        expected_from_on=request.expected_from_on,
        expected_to_on=request.expected_to_on,
        active_on=asked.active_on,
        reason=asked.reason or "",
        link=f"{base_url}/orgs/{organization.slug}/support",
    )
    # A mail for each: nobody's address is shown to others (MAIL-23).
    postings = [
        Posting(
            letter=letter,
            to=[address],
            key=f"tier-request {request.hex_id} {state} {hashlib.sha256(address.encode()).hexdigest()[:20]}",
            organization_id=organization.id,
        )
        for address in to
    ]
    outbox.post_all(session, postings, at=at)
