"""Changes the support plan: trials, upgrades, cancellations and their undoing, and what each will cost (atlas 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.money import Money
from portal.domain.periods import ONE_DAY, Month
from portal.domain.plan_changes import Mode
from portal.domain.prices import FlatFee
from portal.domain.support_charges import fee_of
from portal.domain.support_choices import ChoiceKind
from portal.domain.support_plans import SupportPlan
from portal.domain.support_wishes import ContactNeeded, Decision, Situation, Wish, decide
from portal.models.links import Link
from portal.models.organizations import Organization, User
from portal.models.support_choices import SupportChoice
from portal.services import history, months, support_costs, support_histories, support_turns
from portal.services.support_costs import RetroactiveMonth
from portal.services.support_histories import Chosen
from portal.services.support_standing import base_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a change comes to: plans (None: none at all), first day of the support and first day at the new price.

    `billed_on` is None where nothing is billed. `kept_until` is the last day of the plan that is left, and
    `billed_until` whose price is paid up to then: none or a smaller plan's, where it was only just chosen (M7b).
    `is_billed_already` says that this is the price by which the day of the change is billed anyhow (M7).
    `first_invoice` is the month whose invoice first bears the new price, `first_amount` what it will be, or the least
    (`first_is_least`) of a percentage. `monthly` is a whole month, of a percentage at the usage of the last closed one.
    """

    from_plan: SupportPlan | None
    to_plan: SupportPlan | None
    entitled_on: date
    billed_on: date | None
    trial_last_on: date | None = None
    kept_until: date | None = None
    billed_until: SupportPlan | None = None
    is_billed_already: bool = False
    retroactive: tuple[RetroactiveMonth, ...] = ()
    retroactive_total: Money | None = None
    first_invoice: Month | None = None
    first_amount: Money | None = None
    first_is_least: bool = False
    monthly: Money | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The terms of a change, or why it cannot be made: in words, and who makes it where customers do not."""

    terms: Terms | None = None
    refusal: str | None = None
    contact: Mode | None = None


def preview(session: Session, organization: Organization, wish: Wish, *, on: date, by_staff: bool = False) -> Preview:
    """What the wish would come to on the day, and cost from when; it never raises what the business refuses."""
    chosen = support_histories.of(session, [organization])[organization.id]
    try:
        decision = decide(wish, _situation(session, chosen, on, by_staff=by_staff))
    except ContactNeeded as needed:
        return Preview(refusal=str(needed), contact=needed.mode)
    except Refusal as refusal:
        return Preview(refusal=str(refusal))
    return Preview(_terms(session, chosen, decision))


def make(
    session: Session,
    organization: Organization,
    wish: Wish,
    *,
    at: datetime,
    by: User | None,
    reason: str | None = None,
    by_staff: bool = False,
) -> SupportChoice:
    """Make the change; refused as its preview says. Staff make changes that customers do not, and say why.

    What decides is read while the organization is held, so that two wishes at once are decided one after the other.
    """
    if by_staff and not (reason or "").strip():
        raise Refusal("Say why the plan is changed.")
    months.lock(session, organization)
    chosen = support_histories.of(session, [organization])[organization.id]
    decision = decide(wish, _situation(session, chosen, at.date(), by_staff=by_staff))
    choice = SupportChoice(
        organization_id=organization.id,
        kind=decision.choice.kind,
        plan=decision.choice.plan,
        entitled_on=decision.choice.entitled_on,
        billed_on=decision.choice.billed_on,
        billing_group_id=decision.choice.billing_group_id,
        reason=reason,
        by_staff=by_staff,
        made_by_id=by.id if by else None,
        made_at=at,
    )
    session.add(choice)
    session.flush()
    support_turns.begin_at_once(session, choice, at=at)
    _record(session, chosen, decision, by=by, at=at)
    return choice


def is_in_family(session: Session, organization: Organization) -> bool:
    """Whether it pays for other organizations, or another one pays for it (M9)."""
    of_it = or_(Link.payer_id == organization.id, Link.linked_id == organization.id)
    return session.scalar(select(Link.id).where(of_it, Link.ended_at.is_(None)).limit(1)) is not None


def _situation(session: Session, chosen: Chosen, on: date, *, by_staff: bool) -> Situation:
    catalogue = catalogues.load(chosen.organization.catalogue)
    return Situation(
        on=on,
        history=chosen.history(),
        plans=catalogue.support_plans,
        rules=catalogue.change_rules,
        retroactive=catalogue.retroactive_billing,
        in_family=catalogue.links_organizations and is_in_family(session, chosen.organization),
        with_contract=chosen.with_contract(on),
        by_staff=by_staff,
    )


def _terms(session: Session, chosen: Chosen, decision: Decision) -> Terms:
    catalogue = catalogues.load(chosen.organization.catalogue)
    choice, plans = decision.choice, catalogue.support_plans
    base = base_plan(plans)
    to_plan = plans[choice.plan] if choice.plan else base
    spend = support_costs.last_spend(session, chosen.organization)
    monthly = fee_of(to_plan, spend) if to_plan and choice.plan else None
    retroactive = support_costs.retroactive(session, chosen, decision) if decision.gap else ()
    is_trial = choice.kind is ChoiceKind.START_TRIAL
    return Terms(
        from_plan=plans[decision.leaves] if decision.leaves else base,
        to_plan=to_plan,
        entitled_on=choice.entitled_on,
        billed_on=choice.billed_on if monthly else None,
        trial_last_on=choice.billed_on - ONE_DAY if is_trial else None,
        kept_until=decision.kept_until,
        billed_until=_billed_until(chosen, decision, plans),
        is_billed_already=_is_billed_already(chosen, decision),
        retroactive=retroactive,
        retroactive_total=Money.total((one.amount for one in retroactive), spend.currency) if decision.gap else None,
        first_invoice=Month.of(max(choice.billed_on, choice.made_on)) if monthly else None,
        first_amount=support_costs.first_amount(chosen, decision) if monthly else None,
        first_is_least=to_plan is not None and not isinstance(to_plan.price, FlatFee),
        monthly=monthly,
        warnings=tuple(_warnings(catalogue, decision, retroactive)),
    )


def _billed_until(chosen: Chosen, decision: Decision, plans: Mapping[str, SupportPlan]) -> SupportPlan | None:
    held = chosen.history().billing(decision.kept_until) if decision.kept_until else None
    return plans[held.plan] if held and held.plan else None


def _is_billed_already(chosen: Chosen, decision: Decision) -> bool:
    choice = decision.choice
    held = chosen.history().billing(choice.made_on)
    return held is not None and held.plan == choice.plan and choice.billed_on <= choice.made_on


def _warnings(catalogue: Catalogue, decision: Decision, retroactive: tuple[RetroactiveMonth, ...]) -> list[str]:
    choice, found = decision.choice, list[str]()
    if retroactive:
        found.append("You had a paid plan before. The days since it ended are billed, too.")
    if choice.kind is ChoiceKind.START_TRIAL:
        found.append(
            f"Unless you cancel by {choice.billed_on - ONE_DAY}, the plan is billed from {choice.billed_on} on."
        )
    if decision.is_cancellation and decision.kept_until is None:
        found.append("Your plan ends at once.")
    if decision.is_cancellation and catalogue.retroactive_billing:
        most = catalogue.retroactive_billing.most_days
        found.append(f"If you take a paid plan again later, up to {most} days without one are billed as well.")
    return found


def _record(session: Session, chosen: Chosen, decision: Decision, *, by: User | None, at: datetime) -> None:
    catalogue = catalogues.load(chosen.organization.catalogue)
    plans, choice = catalogue.support_plans, decision.choice
    to_plan = plans[choice.plan].name if choice.plan else ""
    label = None
    if decision.is_cancellation and decision.kept_until:
        event, detail = (
            Event.SUPPORT_PLAN_CANCELLATION_SCHEDULED,
            f"{plans[decision.leaves or ''].name} until {decision.kept_until}",
        )
    elif decision.is_cancellation:
        event, detail = Event.SUPPORT_PLAN_CANCELLED, plans[decision.leaves or ""].name
    elif decision.leaves is None:
        event, detail = Event.SUPPORT_PLAN_ACTIVATED, f"{to_plan}, billed from {choice.billed_on}"
    else:
        event, label = Event.SUPPORT_PLAN_UPDATED, f"{catalogue.title} support plan updated"
        detail = f"{plans[decision.leaves].name} → {to_plan} from {choice.entitled_on}, billed from {choice.billed_on}"
        if choice.kind is ChoiceKind.UNDO:
            detail = f"{to_plan} goes on"
    history.record(session, chosen.organization, event, at=at, by=by, detail=detail, label=label)
