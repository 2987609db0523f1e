"""Which support plan an organization had, has and will have, and from when each is billed: a fold of the choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from portal.domain.periods import ONE_DAY, Month
from portal.domain.retroactive import Gap, RetroactiveBilling
from portal.domain.support_choices import Choice, ChoiceKind, ContractPlan, choices_of_contracts
from portal.domain.support_plans import Obtained, SupportPlan


@dataclass(frozen=True, slots=True)
class Since:
    """From this day on, until the next of its kind, what the choice says holds."""

    from_on: date
    choice: Choice

    @property
    def plan(self) -> str | None:
        """The plan of the choice."""
        return self.choice.plan


@dataclass(frozen=True, slots=True)
class Ended:
    """A plan that was had before: `last_on` is its last day. `by_customer`: it was chosen, and cancelled."""

    plan: str
    last_on: date
    by_customer: bool
    was_trial: bool


@dataclass(frozen=True, slots=True)
class History:
    """Plans by the day from which each is had (`entitled`) and from which each is billed, the earliest first."""

    entitled: tuple[Since, ...] = ()
    billed: tuple[Since, ...] = ()
    choices: tuple[Choice, ...] = ()

    def had(self, on: date) -> Since | None:
        """What is had on the day; None where nothing was ever chosen before."""
        return _at(self.entitled, on)

    def plan(self, on: date) -> str | None:
        """The plan that is had on the day; None for the one that costs nothing."""
        held = self.had(on)
        return held.plan if held else None

    def billing(self, on: date) -> Since | None:
        """Whose price the day is billed at; None where it costs nothing."""
        held = _at(self.billed, on)
        return held if held and held.plan else None

    def scheduled(self, on: date) -> Since | None:
        """The next change of what is had, after the day."""
        return next((one for one in self.entitled if one.from_on > on), None)

    def undoable(self, on: date) -> Since | None:
        """The next change, where the customer chose it by the day and can take it back (M7)."""
        later = self.scheduled(on)
        chosen = (ChoiceKind.CHANGE, ChoiceKind.CANCEL)
        return later if later and later.choice.made_on <= on and later.choice.kind in chosen else None

    def trial_last_on(self, on: date) -> date | None:
        """The last day of the trial that runs on the day; None where none does."""
        held = self.had(on)
        if held is None or held.choice.kind is not ChoiceKind.START_TRIAL or on >= held.choice.billed_on:
            return None
        return held.choice.billed_on - ONE_DAY

    @property
    def tried(self) -> bool:
        """Whether a trial was ever started; there is one for each organization (M1)."""
        return any(choice.kind is ChoiceKind.START_TRIAL for choice in self.choices)

    def has_own_since(self, on: date) -> bool:
        """Whether a plan that the customer chose is had or billed on the day or any later one (M9)."""
        held = [self.had(on), self.billing(on), *(one for one in (*self.entitled, *self.billed) if one.from_on > on)]
        return any(one.plan and _is_own(one.choice) for one in held if one)

    def ended(self, on: date) -> Ended | None:
        """The last plan that was had before, where the day has none."""
        if self.plan(on) is not None:
            return None
        past = [one for one in self.entitled if one.from_on <= on]
        for had, after in reversed(list(pairwise(past))):
            if had.plan is not None and after.plan is None:
                cancelled = after.choice.kind is ChoiceKind.CANCEL
                was_trial = had.choice.kind is ChoiceKind.START_TRIAL and after.from_on < had.choice.billed_on
                # M3: who stops at once had the plan on that day, too.
                at_once = cancelled and after.from_on == after.choice.made_on
                last_on = after.from_on if at_once else after.from_on - ONE_DAY
                return Ended(had.plan, last_on, cancelled and _is_own(had.choice), was_trial)
        return None


def history_of(
    chosen: Iterable[Choice],
    contracts: Sequence[ContractPlan] = (),
    *,
    plans: Mapping[str, SupportPlan],
    retroactive: RetroactiveBilling | None = None,
    known_before: date | None = None,
) -> History:
    """The history that follows from what was chosen, in its order, and from the contracts' plans.

    With `known_before` it is as it stood before that day: what is decided later changes no month that ended (AV-30).
    """
    choices = sorted(
        [*choices_of_contracts(contracts, plans), *chosen],
        key=lambda choice: (choice.made_on, choice.kind is not ChoiceKind.CONTRACT),
    )
    history = History()
    for choice in choices:
        if known_before is None or choice.made_on < known_before:
            history = _after(history, choice, plans, retroactive)
    return history


def first_of_next_month(on: date) -> date:
    """The first day of the month after the day; never the day itself."""
    return Month.of(on).ends_before


def gap_before(
    history: History,
    plan: str,
    *,
    on: date,
    by_contract: bool,
    plans: Mapping[str, SupportPlan],
    rules: RetroactiveBilling | None,
) -> Gap | None:
    """The days that are billed when a paid plan is had again from `on`, after one was cancelled (2.5, M11).

    None where no plan of the customer's own was cancelled before; a gap without days where the new plan is exempt, or
    follows at once.
    """
    ended = history.ended(on)
    if rules is None or ended is None or not ended.by_customer or (ended.was_trial and not rules.after_trials):
        return None
    if plans[ended.plan].obtained is not Obtained.SELF_SERVICE:
        return None
    if rules.exempts(ended.plan, plan, by_contract=by_contract):
        return Gap(on, on)
    return Gap(min(on, max(ended.last_on + ONE_DAY, on - rules.most)), on)


def _after(
    history: History, choice: Choice, plans: Mapping[str, SupportPlan], rules: RetroactiveBilling | None
) -> History:
    if choice.kind is ChoiceKind.CONTRACT:
        taken = _taken(history, choice, plans, rules)
        if taken is None:
            return history
        choice = taken
    return History(
        (*_begun(history.entitled, choice), Since(choice.entitled_on, choice)),
        (*_before(_begun(history.billed, choice), choice.billed_on), Since(choice.billed_on, choice)),
        (*history.choices, choice),
    )


def _taken(
    history: History, choice: Choice, plans: Mapping[str, SupportPlan], rules: RetroactiveBilling | None
) -> Choice | None:
    """A contract's plan takes the place of what is had, unless the customer has a higher one of their own.

    When the contract ends, only its own plan does (M10).
    """
    held = history.had(choice.made_on)
    current = held.plan if held else None
    is_own = held is not None and _is_own(held.choice)
    if choice.plan is None:
        return choice if held and not is_own else None
    if current and is_own and plans[current].rank > plans[choice.plan].rank:
        return None
    gap = gap_before(history, choice.plan, on=choice.made_on, by_contract=True, plans=plans, rules=rules)
    if gap is None:
        return choice
    return Choice(
        kind=choice.kind,
        made_on=choice.made_on,
        plan=choice.plan,
        entitled_on=choice.entitled_on,
        billed_on=gap.first_on,
    )


def _is_own(choice: Choice) -> bool:
    """Whether the customer chose the plan; who cancels a higher one than the contract's falls back to that."""
    return choice.kind not in (ChoiceKind.CONTRACT, ChoiceKind.CANCEL)


def _begun(sinces: Iterable[Since], choice: Choice) -> Iterator[Since]:
    """What had begun when the choice was made: what was scheduled for later is replaced (M7)."""
    return (one for one in sinces if one.from_on <= choice.made_on)


def _before(sinces: Iterable[Since], on: date) -> Iterator[Since]:
    """A price that reaches back takes the place of what was billed since (AV-32)."""
    return (one for one in sinces if one.from_on < on)


def _at(sinces: tuple[Since, ...], on: date) -> Since | None:
    return next((one for one in reversed(sinces) if one.from_on <= on), None)
