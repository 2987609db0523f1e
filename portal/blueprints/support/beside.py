"""What stands beside every change of a plan: how the organization pays, and whom it can ask."""

from __future__ import annotations

from typing import Any

from portal import clock
from portal.services import account_teams, billing_standing, plan_comparison
from portal.web import db
from portal.web.access import current_catalogue, current_organization

CHANGED = "What you were shown has changed since. Look at it again before you confirm."


def paying_context() -> dict[str, Any]:
    """The catalogue, the payment method and billing address on file, the account team, and how prices read."""
    session, organization = db.session(), current_organization()
    return {
        "catalogue": current_catalogue(),
        "paying": billing_standing.standing(session, organization, on=clock.today()),
        "team": account_teams.of(session, organization),
        "price_of": plan_comparison.price_in_words,
    }
