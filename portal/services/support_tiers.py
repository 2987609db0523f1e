"""Tiers that organizations ask for with a start month, and what each will cost (AV-20 to AV-35)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import tier_requests
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.money import Money
from portal.domain.periods import Month
from portal.domain.plan_changes import Change, Changed, Effective, SelfService, rule_for
from portal.domain.prices import Price
from portal.domain.support_charges import fee_of
from portal.domain.support_plans import SupportPlan
from portal.domain.tier_requests import TierState
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, User
from portal.models.support_choices import TierRequest
from portal.services import history, holiday_sets, months, support_costs, support_standing, tier_turns
from portal.services.tier_turns import RequestWithState

_ON_ONE_INVOICE = (
    "The cost of support for all current and future services of the organization goes onto the invoice of the billing"
    " group that you choose."
)
_WHOLE_MONTH = "It is billed for the whole month, from its first day on."


@dataclass(frozen=True, slots=True)
class TierWish:
    """A tier from the first day of a month, whose cost one billing group bears."""

    tier: str
    start_month: Month
    billing_group_id: int


@dataclass(frozen=True, slots=True)
class TierChoice:
    """What can be asked for: tiers above the current one, months, billing groups; or why nothing can (`refusal`)."""

    tiers: Sequence[SupportPlan]
    months: Sequence[Month]
    groups: Sequence[BillingGroup]
    pending: RequestWithState | None
    refusal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPreview:
    """What the tier would cost from when, between which days it is likely set up; or why it cannot be asked for.

    `monthly` is the fee at the spend of the last closed month.
    """

    refusal: str | None = None
    tier: SupportPlan | None = None
    billed_from: date | None = None
    expected: tuple[date, date] | None = None
    price: Price | None = None
    monthly: Money | None = None
    warnings: tuple[str, ...] = ()


def choice_of(session: Session, organization: Organization, *, at: datetime, by_staff: bool = False) -> TierChoice:
    """What the organization can ask for on the day of `at`; for staff to enter, every other tier (AV-21)."""
    terms = _terms(organization)
    if terms is None:
        title = catalogues.load(organization.catalogue).title
        return TierChoice((), (), (), None, f"Support of {title} is not asked for with a start month.")
    pending = tier_turns.pending_of(session, organization, on=at.date())
    current = support_standing.plan_of(session, organization, on=at.date()).plan
    plans = catalogues.load(organization.catalogue).support_plans.values()
    above = [plan for plan in plans if plan != current and (by_staff or (current and plan.rank > current.rank))]
    months_to_choose = tier_requests.start_months(at.date(), months_ahead=terms.months_ahead)
    groups = session.scalars(
        select(BillingGroup).where(BillingGroup.organization_id == organization.id).order_by(BillingGroup.id)
    ).all()
    refusal = None
    if pending:
        refusal = f"A request is {tier_requests.words(pending.state)} already. There is one at a time."
    elif current is None and not by_staff:
        refusal = "Support tiers are for organizations with a paid service."
    elif not above:
        refusal = "You have the highest tier already."
    return TierChoice(above, months_to_choose, groups, pending, refusal)


def preview(session: Session, organization: Organization, wish: TierWish, *, at: datetime) -> TierPreview:
    """What the wish would come to; it never raises what the business refuses."""
    try:
        return _decide(session, organization, wish, at=at)
    except Refusal as refusal:
        return TierPreview(refusal=str(refusal))


def ask(
    session: Session,
    organization: Organization,
    wish: TierWish,
    *,
    at: datetime,
    by: User | None,
    by_staff: bool = False,
) -> TierRequest:
    """Ask for a tier; refused as its preview says. At most one request is pending (AV-23).

    Staff enter what customers do not ask for by themselves: a lower tier, from the next month at the earliest, and one
    before the first paid service.
    """
    months.lock(session, organization)
    decided = _decide(session, organization, wish, at=at, by_staff=by_staff)
    if decided.expected is None or decided.tier is None or decided.billed_from is None:
        raise ValueError("a request that is not refused has its days")
    request = TierRequest(
        organization_id=organization.id,
        tier=wish.tier,
        start_on=decided.billed_from,
        billing_group_id=wish.billing_group_id,
        expected_from_on=decided.expected[0],
        expected_to_on=decided.expected[1],
        asked_by_id=by.id if by else None,
        asked_at=at,
    )
    session.add(request)
    session.flush()
    tier_turns.add(session, request, TierState.SUBMITTED, number=1, at=at, by=by)
    detail = f"{decided.tier.name} from {wish.start_month}"
    history.record(session, organization, Event.SUPPORT_TIER_ASKED, at=at, by=by, detail=detail)
    return request


def withdraw(session: Session, organization: Organization, hex_id: str, *, by: User, at: datetime) -> TierRequest:
    """Take a request back before staff began with it."""
    held = tier_turns.held(session, organization, hex_id)
    tier_requests.check_turn(held.state, TierState.WITHDRAWN)
    tier_turns.add(session, held.request, TierState.WITHDRAWN, number=len(held.turns) + 1, at=at, by=by)
    detail = tier_turns.name_of(organization, held.request)
    history.record(session, organization, Event.SUPPORT_TIER_WITHDRAWN, at=at, by=by, detail=detail)
    return held.request


def _decide(
    session: Session, organization: Organization, wish: TierWish, *, at: datetime, by_staff: bool = False
) -> TierPreview:
    choice = choice_of(session, organization, at=at, by_staff=by_staff)
    if choice.refusal:
        raise Refusal(choice.refusal)
    tier = next((plan for plan in choice.tiers if plan.key == wish.tier), None)
    if tier is None:
        names = ", ".join(plan.name for plan in choice.tiers)
        rule = _rule_hint(organization, wish.tier)
        raise Refusal(rule or f"Choose one of the tiers above yours: {names}.")
    if wish.start_month not in choice.months:
        raise Refusal(f"A tier starts in {' or '.join(str(month) for month in choice.months)}.")
    if wish.billing_group_id not in {group.id for group in choice.groups}:
        raise Refusal("Choose one of the organization's billing groups. It bears the cost of support.")
    current = support_standing.plan_of(session, organization, on=at.date()).plan
    is_lower = current is not None and tier.rank < current.rank
    start = max(wish.start_month, Month.of(at).following()) if is_lower else wish.start_month
    is_current = start == Month.of(at)
    return TierPreview(
        tier=tier,
        billed_from=start.first_on,
        expected=_expected(organization, start, at),
        price=tier.price,
        monthly=fee_of(tier, support_costs.last_spend(session, organization)),
        warnings=(_ON_ONE_INVOICE, _WHOLE_MONTH) if is_current else (_ON_ONE_INVOICE,),
    )


def _expected(organization: Organization, start: Month, at: datetime) -> tuple[date, date]:
    """The first and the last day on which it is likely set up, by the calendar of the customer's region."""
    catalogue, terms = catalogues.load(organization.catalogue), _terms(organization)
    region = catalogue.region(organization.region)
    calendar = catalogue.calendars[next(iter(region.calendars.values()))] if region else None
    holidays = calendar.holiday_set if calendar else None
    days = holiday_sets.holidays_of(holidays) if holidays else frozenset[date]()
    return tier_requests.expected(calendar, days, at, terms.setup_business_days if terms else None, start)


def _terms(organization: Organization) -> SelfService | None:
    """The terms of an upgrade that begins with a chosen month; None where the vendor has no such upgrades."""
    catalogue = catalogues.load(organization.catalogue)
    rule = rule_for(catalogue.change_rules, Changed.SUPPORT_PLAN, Change.UPGRADE, from_plan="", to_plan=None)
    return rule.terms if rule and rule.terms and rule.terms.effective is Effective.CHOSEN_MONTH else None


def _rule_hint(organization: Organization, tier: str) -> str | None:
    """What is said of a lower tier (AV-21)."""
    catalogue = catalogues.load(organization.catalogue)
    if tier not in catalogue.support_plans:
        return f"There is no support tier “{tier}”."
    rule = rule_for(catalogue.change_rules, Changed.SUPPORT_PLAN, Change.DOWNGRADE, from_plan="", to_plan=tier)
    return rule.hint if rule else None
