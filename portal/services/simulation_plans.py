"""Takes the steps of a scenario that are about plans, as the customer or, where customers do not, as staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AlreadyDone
from portal.domain.periods import Month
from portal.domain.plan_changes import Mode
from portal.domain.scenario_plans import AskForTier, AssignBillingGroup, ChangePricingPlan, ChangeSupportPlan, PlanStep
from portal.domain.support_wishes import ContactNeeded, Wish
from portal.domain.tier_requests import TierState
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, Project
from portal.services import (
    billing_groups,
    billing_profiles,
    pricing_choices,
    support_changes,
    support_tiers,
    tier_decisions,
)
from portal.services.support_tiers import TierWish

_NOON = timedelta(hours=12)
_REASON = "As the scenario says."


def take(session: Session, organization: Organization, step: PlanStep, *, at: datetime) -> None:
    """Do what the step says; what is so already stays so."""
    match step:
        case AssignBillingGroup():
            wanted = Project.organization_id == organization.id, Project.name == step.project
            project = session.scalars(select(Project).where(*wanted)).one()
            billing_groups.assign(session, project, _group(session, organization, step.billing_group, at))
        case ChangePricingPlan():
            _as_whoever_may(
                lambda by_staff: pricing_choices.change(
                    session, organization, step.plan, variant=step.variant, at=at, by=None, reason=_REASON,
                    by_staff=by_staff,
                )
            )  # fmt: skip
        case ChangeSupportPlan():
            _as_whoever_may(
                lambda by_staff: support_changes.make(
                    session, organization, Wish(step.action, step.plan), at=at, by=None, reason=_REASON,
                    by_staff=by_staff,
                )
            )  # fmt: skip
        case AskForTier():
            # Business days are counted where the customer is; at noon it is the day of the step there, too.
            _ask_for_tier(session, organization, step, at + _NOON)


def _ask_for_tier(session: Session, organization: Organization, step: AskForTier, at: datetime) -> None:
    """The tier is set up at the start of the last day on which that is likely; a later start month, on its first."""
    group = _group(session, organization, step.billing_group, at)
    wish = TierWish(step.tier, step.start_month, group.id)
    request = support_tiers.ask(session, organization, wish, at=at, by=None, by_staff=True)
    active_on = None
    if Month.of(request.start_on) == Month.of(at):
        tier_decisions.decide(session, organization, request.hex_id, TierState.IN_SETUP, by=None, at=at)
        active_on = request.expected_to_on
    tier_decisions.decide(
        session, organization, request.hex_id, TierState.SCHEDULED, by=None, at=at, active_on=active_on
    )


def _group(session: Session, organization: Organization, name: str | None, at: datetime) -> BillingGroup:
    if name is None:
        return billing_profiles.own_group(session, organization)
    found = billing_groups.named(session, organization, name)
    return found or billing_groups.create(session, organization, name, at=at)


def _as_whoever_may(change: Callable[[bool], object]) -> None:
    """The customer where the catalogue lets them, else staff; a contact route refuses no step."""
    try:
        change(False)
    except AlreadyDone:
        return
    except ContactNeeded as needed:
        if needed.mode is Mode.FORBIDDEN:
            raise
        change(True)
