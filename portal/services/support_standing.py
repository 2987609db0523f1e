"""Which support plan is in force for an organization: the one answer, for one or for many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.catalogue import PlanBinding
from portal.domain.support_choices import ChoiceKind
from portal.domain.support_history import History
from portal.domain.support_plans import Obtained, SupportPlan
from portal.models.links import Link
from portal.models.organizations import Organization
from portal.services import months, pricing_choices, support_histories


class PlanSource(StrEnum):
    """Where the plan in force comes from."""

    ALWAYS = "always"
    CHOICE = "choice"
    TRIAL = "trial"
    CONTRACT = "contract"
    PAYER = "payer"  # of the organization that pays for this one
    PRICING_PLAN = "pricing_plan"


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan in force (None where the vendor gives none), and its variant where the plan has some."""

    plan: SupportPlan | None
    variant: str | None = None
    source: PlanSource = PlanSource.ALWAYS


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The plan that follows from a day on; None where it is none at all."""

    plan: SupportPlan | None
    from_on: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """The plan in force and what is known to follow: the trial's last day, plans still to try, a scheduled change.

    `can_undo` says whether the change can be taken back.
    """

    standing: Standing
    trial_last_on: date | None = None
    can_try: frozenset[str] = frozenset()
    scheduled: Scheduled | None = None
    can_undo: bool = False


def plan_of(session: Session, organization: Organization, *, on: date) -> Standing:
    """The plan in force on the day; linked organizations have the plan of the one that pays (LINK-7)."""
    return plans_of(session, [organization], on=on)[organization.id]


def plans_of(session: Session, organizations: Collection[Organization], *, on: date) -> Mapping[int, Standing]:
    """`plan_of` for each of the organizations by their keys, in a fixed number of queries."""
    bundled = [one for one in organizations if _is_bundled(one)]
    pricing = pricing_choices.plans_in_force(session, bundled, on=on) if bundled else {}
    standings: dict[int, Standing] = {}
    for one in bundled:
        held = pricing[one.id]
        plans = catalogues.load(one.catalogue).support_plans
        plan = plans[held.plan.support_plan] if held.plan else None
        standings[one.id] = Standing(plan, held.variant, PlanSource.PRICING_PLAN)
    alone = [one for one in organizations if not _is_bundled(one)]
    return {**standings, **_standalone(session, alone, on)} if alone else standings


def outlook_of(session: Session, organization: Organization, *, on: date) -> Outlook:
    """The plan in force on the day, and what is known to follow."""
    standing = plan_of(session, organization, on=on)
    if _is_bundled(organization) or standing.source is PlanSource.PAYER:
        return Outlook(standing)
    history = support_histories.of(session, [organization])[organization.id].history()
    plans = catalogues.load(organization.catalogue).support_plans
    later = history.scheduled(on)
    can_try = (
        frozenset(plan.key for plan in plans.values() if plan.trial_days)
        if history.plan(on) is None and not history.tried
        else frozenset()
    )
    return Outlook(
        standing,
        history.trial_last_on(on),
        can_try,
        Scheduled(plans[later.plan] if later.plan else base_plan(plans), later.from_on) if later else None,
        can_undo=history.undoable(on) is not None,
    )


def base_plan(plans: Mapping[str, SupportPlan]) -> SupportPlan | None:
    """The plan that costs nothing and is had without choosing it, where the vendor has one."""
    free = (Obtained.ALWAYS, Obtained.WITH_PAID_SERVICE)
    return next((plan for plan in plans.values() if plan.obtained in free), None)


def payers_of(session: Session, organizations: Collection[Organization]) -> Mapping[int, Organization]:
    """Who pays for each of the organizations that is linked."""
    linking = [one.id for one in organizations if catalogues.load(one.catalogue).links_organizations]
    if not linking:
        return {}
    found = session.execute(
        select(Link.linked_id, Organization)
        .join(Organization, Organization.id == Link.payer_id)
        .where(Link.linked_id.in_(linking), Link.ended_at.is_(None))
    )
    return {linked_id: payer for linked_id, payer in found.all()}  # noqa: C416 - rows are no pairs to a checker


def _is_bundled(organization: Organization) -> bool:
    return catalogues.load(organization.catalogue).plan_binding is PlanBinding.BUNDLED


def _standalone(session: Session, organizations: Collection[Organization], on: date) -> Mapping[int, Standing]:
    payers = payers_of(session, organizations)
    deciding = {one.id: one for one in (payers.get(own.id, own) for own in organizations)}
    chosen = support_histories.of(session, list(deciding.values()))
    needing_use = [one.id for one in organizations if _comes_with_use(one)]
    used = months.first_used_of(session, needing_use) if needing_use else {}
    return {
        own.id: _standing(own, payers.get(own.id), chosen[payers.get(own.id, own).id].history(), used.get(own.id), on)
        for own in organizations
    }


def _standing(
    own: Organization, payer: Organization | None, history: History, first_used_on: date | None, on: date
) -> Standing:
    plans = catalogues.load(own.catalogue).support_plans
    held = history.had(on)
    if held and held.plan:
        source = PlanSource.TRIAL if history.trial_last_on(on) else _SOURCES.get(held.choice.kind, PlanSource.CHOICE)
        return Standing(plans[held.plan], source=PlanSource.PAYER if payer else source)
    base = base_plan(plans)
    if base and base.obtained is Obtained.WITH_PAID_SERVICE and (first_used_on is None or first_used_on > on):
        # AV-2: who uses free services only has no tier.
        base = None
    return Standing(base, source=PlanSource.PAYER if payer else PlanSource.ALWAYS)


_SOURCES = {ChoiceKind.CONTRACT: PlanSource.CONTRACT, ChoiceKind.CANCEL: PlanSource.CONTRACT}


def _comes_with_use(organization: Organization) -> bool:
    base = base_plan(catalogues.load(organization.catalogue).support_plans)
    return base is not None and base.obtained is Obtained.WITH_PAID_SERVICE
