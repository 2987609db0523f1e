"""Which support plan is in force for an organization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.support_plans import Obtained, SupportPlan
from portal.models.organizations import Organization
from portal.services import contracts


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan in force (None where the vendor gives none), and its variant where the plan has some."""

    plan: SupportPlan | None
    variant: str | None = None


def plan_of(session: Session, organization: Organization, *, on: date) -> Standing:
    """The plan in force on the day: that of a contract, else the one that everybody has."""
    plans = catalogues.load(organization.catalogue).support_plans
    for contract in contracts.of_organization(session, organization):
        if contract.terms.support_plan and on in contract.term:
            return Standing(plans[contract.terms.support_plan])
    return Standing(next((plan for plan in plans.values() if plan.obtained is Obtained.ALWAYS), None))
