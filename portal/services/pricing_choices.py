"""Pricing plans that organizations have: support comes with them, and changes at the same instant (NE-1, NE-46)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.catalogue import Catalogue, PlanBinding
from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.events import Event
from portal.domain.plan_changes import Change, Changed, Mode, rule_for
from portal.domain.prices import Free
from portal.domain.pricing_plans import PricingPlan
from portal.domain.support_plans import SupportPlan
from portal.domain.support_wishes import ContactNeeded
from portal.models.organizations import Organization, User
from portal.models.support_choices import PricingChoice
from portal.services import history, months


@dataclass(frozen=True, slots=True)
class PricingStanding:
    """The pricing plan in force (None where the vendor has none), and the variant of its support."""

    plan: PricingPlan | None
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingPreview:
    """What a change would do, or why it cannot be made here: words, and whom to ask."""

    from_plan: PricingPlan | None = None
    to_plan: PricingPlan | None = None
    support_from: SupportPlan | None = None
    support_to: SupportPlan | None = None
    variant: str | None = None
    effective_on: date | None = None
    warnings: tuple[str, ...] = ()
    refusal: str | None = None
    contact: Mode | None = None


def plan_in_force(session: Session, organization: Organization, *, on: date) -> PricingStanding:
    """The pricing plan on the day: the newest that was chosen by then, else the one without a fee."""
    return plans_in_force(session, [organization], on=on)[organization.id]


def plans_in_force(
    session: Session, organizations: Collection[Organization], *, on: date
) -> Mapping[int, PricingStanding]:
    """`plan_in_force` for each of the organizations by their keys, in one query."""
    ids = [one.id for one in organizations]
    newest = (
        select(func.max(PricingChoice.id))
        .where(PricingChoice.organization_id.in_(ids), PricingChoice.from_on <= on)
        .group_by(PricingChoice.organization_id)
    )
    chosen = {
        row.organization_id: row for row in session.scalars(select(PricingChoice).where(PricingChoice.id.in_(newest)))
    }
    return {one.id: _standing(one, chosen.get(one.id)) for one in organizations}


def preview(
    session: Session,
    organization: Organization,
    plan: str,
    *,
    on: date,
    variant: str | None = None,
    by_staff: bool = False,
) -> PricingPreview:
    """What changing to `plan` on the day would do; never raises what it refuses."""
    try:
        return _decide(session, organization, plan, on=on, variant=variant, by_staff=by_staff)
    except ContactNeeded as needed:
        return PricingPreview(refusal=str(needed), contact=needed.mode)
    except Refusal as refusal:
        return PricingPreview(refusal=str(refusal))


def change(
    session: Session,
    organization: Organization,
    plan: str,
    *,
    at: datetime,
    by: User | None,
    variant: str | None = None,
    reason: str | None = None,
    by_staff: bool = False,
) -> PricingChoice:
    """Change the pricing plan at once, and the support plan with it (NE-44, NE-46); `reason` is for staff to give.

    A smaller plan needs what exceeds it removed first (NE-41); that is checked from when metrics are metered.
    """
    if by_staff and not (reason or "").strip():
        raise Refusal("Say why the plan is changed.")
    months.lock(session, organization)
    decided = _decide(session, organization, plan, on=at.date(), variant=variant, by_staff=by_staff)
    choice = PricingChoice(
        organization_id=organization.id,
        plan=plan,
        variant=decided.variant,
        from_on=at.date(),
        reason=reason,
        by_staff=by_staff,
        made_by_id=by.id if by else None,
        made_at=at,
    )
    session.add(choice)
    session.flush()
    _record(session, organization, decided, at=at, by=by)
    return choice


def _record(
    session: Session, organization: Organization, decided: PricingPreview, *, at: datetime, by: User | None
) -> None:
    before, after, support = decided.from_plan, decided.to_plan, decided.support_to
    if before is None or after is None or support is None:
        raise ValueError("a change that is not refused has its plans")
    event = Event.ACCOUNT_UPGRADED if after.rank > before.rank else Event.ACCOUNT_DOWNGRADED
    variant = f" {support.variants[decided.variant]}" if decided.variant else ""
    detail = f"{before.name} → {after.name}, support {support.name}{variant}"
    history.record(
        session,
        organization,
        Event.ACCOUNT_MODIFIED if before == after else event,
        at=at,
        by=by,
        detail=detail,
    )


def _decide(
    session: Session, organization: Organization, plan: str, *, on: date, variant: str | None, by_staff: bool
) -> PricingPreview:
    catalogue = catalogues.load(organization.catalogue)
    if catalogue.plan_binding is not PlanBinding.BUNDLED:
        raise Refusal(f"{catalogue.title} has no pricing plans.")
    wanted = catalogue.pricing_plans.get(plan)
    if wanted is None:
        raise Refusal(f"There is no pricing plan “{plan}”.")
    held = plan_in_force(session, organization, on=on)
    support = catalogue.support_plans[wanted.support_plan]
    agreed = _variant(support, variant, held if held.plan == wanted else None)
    if held.plan == wanted and held.variant == agreed:
        raise AlreadyDone(f"You have {wanted.name} already.")
    before = held.plan or wanted
    if before != wanted:
        _check_mode(catalogue, before, wanted, by_staff=by_staff)
    elif not by_staff:
        raise ContactNeeded(f"The variant of {support.name} stands in the contract.", Mode.CONTACT_SALES)
    return PricingPreview(
        from_plan=held.plan,
        to_plan=wanted,
        support_from=catalogue.support_plans[held.plan.support_plan] if held.plan else None,
        support_to=support,
        variant=agreed,
        effective_on=on,
        warnings=_warnings(catalogue, before, wanted),
    )


def _check_mode(catalogue: Catalogue, before: PricingPlan, wanted: PricingPlan, *, by_staff: bool) -> None:
    """Refuse what customers do not do by themselves; staff do it for them (NE-42)."""
    kind = Change.UPGRADE if wanted.rank > before.rank else Change.DOWNGRADE
    rule = rule_for(catalogue.change_rules, Changed.PRICING_PLAN, kind, from_plan=before.key, to_plan=wanted.key)
    if rule is None or rule.mode is Mode.FORBIDDEN:
        raise ContactNeeded((rule and rule.hint) or "This plan cannot be changed here.", Mode.FORBIDDEN)
    if rule.mode is not Mode.SELF_SERVICE and not by_staff:
        raise ContactNeeded(rule.hint or "Ask us to change this plan.", rule.mode)


def _warnings(catalogue: Catalogue, before: PricingPlan, wanted: PricingPlan) -> tuple[str, ...]:
    kind = Change.UPGRADE if wanted.rank > before.rank else Change.DOWNGRADE
    rule = rule_for(catalogue.change_rules, Changed.PRICING_PLAN, kind, from_plan=before.key, to_plan=wanted.key)
    return (rule.hint,) if rule and rule.hint and rule.mode is Mode.SELF_SERVICE else ()


def _variant(support: SupportPlan, variant: str | None, held: PricingStanding | None) -> str | None:
    """The variant that was named, else the one that is held, else the first; none where the plan has none."""
    if not support.variants:
        if variant is not None:
            raise Refusal(f"{support.name} has no variants.")
        return None
    if variant is None:
        return held.variant if held else next(iter(support.variants))
    if variant not in support.variants:
        raise Refusal(f"One of {', '.join(support.variants.values())} is expected.")
    return variant


def _standing(organization: Organization, chosen: PricingChoice | None) -> PricingStanding:
    plans = catalogues.load(organization.catalogue).pricing_plans
    if chosen and chosen.plan in plans:
        return PricingStanding(plans[chosen.plan], chosen.variant)
    free = [plan for plan in plans.values() if isinstance(plan.price, Free)]
    return PricingStanding(min(free, key=lambda plan: plan.rank, default=None))
