"""What becomes of a wish to change the support plan: the decision table M1 to M11 (atlas 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.periods import ONE_DAY
from portal.domain.plan_changes import Change, Changed, ChangeRule, Effective, Mode, SelfService, rule_for
from portal.domain.retroactive import Gap, RetroactiveBilling
from portal.domain.support_choices import Choice, ChoiceKind
from portal.domain.support_history import History, first_of_next_month, gap_before
from portal.domain.support_plans import Obtained, SupportPlan


class WishKind(StrEnum):
    """What somebody asks for."""

    START_TRIAL = "start_trial"
    CHANGE = "change"
    CANCEL = "cancel"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Wish:
    """`plan` is that of a trial or a change; to change to the plan without cost is to cancel."""

    kind: WishKind
    plan: str | None = None


class ContactNeeded(Refusal):
    """Nothing that customers do by themselves: `mode` says who does it for them (M8, AV-21)."""

    def __init__(self, words: str, mode: Mode) -> None:
        self.mode = mode
        super().__init__(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a wish is decided on, on the day `on`.

    `in_family` says that the organization pays for others or is paid for. `with_contract` is the plan of a contract
    that covers the day.
    """

    on: date
    history: History
    plans: Mapping[str, SupportPlan]
    rules: Sequence[ChangeRule]
    retroactive: RetroactiveBilling | None = None
    in_family: bool = False
    with_contract: str | None = None
    by_staff: bool = False

    @property
    def base(self) -> str | None:
        """The plan that everybody has without paying for it, where there is one."""
        free = (Obtained.ALWAYS, Obtained.WITH_PAID_SERVICE)
        return next((plan.key for plan in self.plans.values() if plan.obtained in free), None)

    @property
    def current(self) -> str | None:
        """The plan that is had and paid for; None on the one without cost."""
        return self.history.plan(self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The choice that the wish becomes, the plan it leaves (None: without cost), and the gap that is billed (M11)."""

    choice: Choice
    leaves: str | None
    gap: Gap | None = None

    @property
    def kept_until(self) -> date | None:
        """The last day of the plan that is left, where it is kept for a while."""
        return self.choice.entitled_on - ONE_DAY if self.choice.entitled_on > self.choice.made_on else None

    @property
    def is_cancellation(self) -> bool:
        """Whether no paid plan follows."""
        return self.choice.plan is None


def decide(wish: Wish, now: Situation) -> Decision:
    """What the wish becomes; refused where it cannot be, `AlreadyDone` where it is so already."""
    if now.in_family:
        raise Refusal("Linked organizations share the support plan of the one that pays. It comes with a subscription.")
    match wish.kind:
        case WishKind.START_TRIAL:
            return _trial(_known(wish, now), now)
        case WishKind.UNDO:
            return _undo(now)
        case WishKind.CANCEL:
            return _cancel(now)
        case WishKind.CHANGE:
            plan = _known(wish, now)
            return _cancel(now) if plan.key == now.base else _change(plan, now)


def _known(wish: Wish, now: Situation) -> SupportPlan:
    plan = now.plans.get(wish.plan or "")
    if plan is None:
        raise Refusal(f"There is no support plan “{wish.plan}”.")
    return plan


def _trial(plan: SupportPlan, now: Situation) -> Decision:
    """M1, M2: free for its days from today on, and then billed by itself."""
    if plan.trial_days is None:
        raise Refusal(f"{plan.name} has no free trial.")
    if now.history.tried:
        raise Refusal("The free trial was used already. There is one for each organization.")
    if now.current is not None:
        raise Refusal(f"You have {now.plans[now.current].name}. A free trial starts where there is no paid plan.")
    billed_on = now.on + timedelta(days=plan.trial_days)
    return Decision(choice=_choice(ChoiceKind.START_TRIAL, plan.key, now, now.on, billed_on), leaves=None)


def _change(plan: SupportPlan, now: Situation) -> Decision:
    current = now.current
    if current == plan.key:
        if now.history.undoable(now.on):
            return _undo(now)
        raise AlreadyDone(f"You have {plan.name} already.")
    is_upgrade = current is None or plan.rank > now.plans[current].rank
    if not is_upgrade and now.with_contract:
        _refuse_below_contract(plan, now)
    terms = _terms(Change.UPGRADE if is_upgrade else Change.DOWNGRADE, plan.key, now)
    if terms and terms.effective is Effective.CHOSEN_MONTH:
        raise Refusal(f"{plan.name} begins with a month of your choice. Ask for it with its start month.")
    gap = gap_before(now.history, plan.key, on=now.on, by_contract=False, plans=now.plans, rules=now.retroactive)
    if gap is not None:
        # M11: there is no free stretch for who comes back.
        return Decision(choice=_choice(ChoiceKind.CHANGE, plan.key, now, now.on, gap.first_on), leaves=None, gap=gap)
    entitled_on, billed_on = _begins(terms, now.on)
    return Decision(choice=_choice(ChoiceKind.CHANGE, plan.key, now, entitled_on, billed_on), leaves=current)


def _cancel(now: Situation) -> Decision:
    """M3, M6, M7b: a trial stops at once, a plan at the end of the month."""
    if now.current is None:
        base = now.plans.get(now.base or "")
        raise Refusal(f"You have {base.name}, which costs nothing." if base else "There is no paid plan to cancel.")
    if now.with_contract == now.current:
        _refuse_below_contract(None, now)
    in_trial = now.history.trial_last_on(now.on) is not None
    terms = _terms(Change.CANCEL_IN_TRIAL if in_trial else Change.CANCEL, now.base, now)
    entitled_on, billed_on = _begins(terms, now.on)
    scheduled = now.history.undoable(now.on)
    if scheduled and scheduled.plan == now.with_contract and scheduled.from_on == entitled_on:
        raise AlreadyDone("The cancellation is scheduled already.")
    choice = _choice(ChoiceKind.CANCEL, now.with_contract, now, entitled_on, billed_on)
    return Decision(choice=choice, leaves=now.current)


def _undo(now: Situation) -> Decision:
    """M7: what was scheduled is taken back, and the plan goes on."""
    if now.history.undoable(now.on) is None or now.current is None:
        raise AlreadyDone("No change of the plan is scheduled.")
    billed = now.history.billing(now.on)
    goes_on = billed is not None and billed.plan == now.current
    # M7b: who upgraded this month pays the new price from the next one on, as before.
    billed_on = now.on if goes_on else first_of_next_month(now.on)
    return Decision(choice=_choice(ChoiceKind.UNDO, now.current, now, now.on, billed_on), leaves=now.current)


def _terms(change: Change, to_plan: str | None, now: Situation) -> SelfService | None:
    """The terms of the change; None where staff make one that nobody makes by themselves, and no other rule says when.

    For staff the rule for all plans says when, where the one for these says that they are to be asked.
    """
    from_plan = now.current or now.base or ""
    rule = rule_for(now.rules, Changed.SUPPORT_PLAN, change, from_plan=from_plan, to_plan=to_plan)
    if rule is None or rule.mode is Mode.FORBIDDEN:
        raise ContactNeeded((rule and rule.hint) or "This plan cannot be changed here.", Mode.FORBIDDEN)
    if rule.mode is Mode.SELF_SERVICE:
        return rule.terms
    if not now.by_staff:
        raise ContactNeeded(rule.hint or "Ask us to change this plan.", rule.mode)
    general = [one for one in now.rules if one.from_plan is None and one.to_plan is None and one.terms]
    found = rule_for(general, Changed.SUPPORT_PLAN, change, from_plan=from_plan, to_plan=to_plan)
    return found.terms if found else None


def _begins(terms: SelfService | None, on: date) -> tuple[date, date]:
    """From which day the support, and from which the price."""
    if terms is None:
        return first_of_next_month(on), first_of_next_month(on)
    return _day(terms.entitled, on), _day(terms.effective, on)


def _day(effective: Effective, on: date) -> date:
    """AMB-20: the end of a month and the first of the next are the same instant."""
    later = (Effective.FIRST_OF_NEXT_MONTH, Effective.END_OF_MONTH)
    return first_of_next_month(on) if effective in later else on


def _choice(kind: ChoiceKind, plan: str | None, now: Situation, entitled_on: date, billed_on: date) -> Choice:
    held = now.history.had(now.on)
    group = held.choice.billing_group_id if held and held.plan else None
    return Choice(
        kind=kind,
        made_on=now.on,
        plan=plan,
        entitled_on=entitled_on,
        billed_on=billed_on,
        billing_group_id=group,
    )


def _refuse_below_contract(plan: SupportPlan | None, now: Situation) -> None:
    """A contract's plan is held until the contract ends (M10)."""
    agreed = now.plans[now.with_contract or ""]
    if plan is None or plan.rank <= agreed.rank:
        raise ContactNeeded(f"{agreed.name} comes with your subscription. Contact Sales.", Mode.CONTACT_SALES)
