"""Plays scenarios through the portal's own services, on a clock that jumps to the next day with something to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.delinquency import LOCKED_FROM_DAYS, SUSPENDED_FROM_DAYS, Standing
from portal.domain.errors import Malformed
from portal.domain.invoicing import PaymentStatus
from portal.domain.periods import ONE_DAY, Month
from portal.domain.scenario_cases import day_of
from portal.domain.scenarios import Available, Scenario
from portal.domain.support_plans import Obtained
from portal.gateways.payments import sandbox
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import (
    billing_profiles,
    closing,
    collecting,
    delinquency,
    issuing,
    organizations,
    outbox,
    simulation_cases,
    simulation_ends,
    simulation_steps,
    usage,
)
from portal.services.delinquency import OpenPayment
from portal.services.simulation_cases import CaseLog
from portal.services.simulation_steps import Account
from portal.services.simulation_usage import UsageFeed

_ON_TERMS = (PaymentStatus.INVOICED, PaymentStatus.PARTIAL_PAID)


def available() -> Available:
    """What a scenario may name."""
    return Available(
        catalogues={name: catalogues.load(name).closes_months for name in catalogues.names()},
        payment_methods=tuple(sandbox.TEST_METHODS),
    )


def play(session: Session, scenario: Scenario, *, slug: str) -> Organization:
    """Make the organization and let its days pass, from the scenario's first to its last.

    What a rule refuses is `Malformed` at the step's place, or at the month that cannot be closed.
    """
    (played,) = play_all(session, {slug: scenario})
    if isinstance(played, Malformed):
        raise played
    return played


def play_all(session: Session, scenarios: Mapping[str, Scenario]) -> Sequence[Organization | Malformed]:
    """`play` several by their slugs, in a database that is thrown away; of a refused one, what refused it.

    Their days pass together, so that one close serves all whose months end on a day.
    """
    begun = [_begin(session, scenario, slug) for slug, scenario in scenarios.items()]
    runs = [one for one in begun if isinstance(one, _Run)]
    while days := [run.day for run in runs if run.day is not None]:
        _live(session, min(days), [run for run in runs if run.day == min(days)])
    usage.post(session, chain.from_iterable(run.feed.take(before=run.scenario.until + ONE_DAY) for run in runs))
    for run in runs:
        simulation_ends.note(session, run.account.organization, run.account.group, until=run.scenario.until)
        outbox.withdraw(session, run.account.organization)
    return [one.refusal or one.account.organization if isinstance(one, _Run) else one for one in begun]


@dataclass(slots=True)
class _Run:
    """A scenario being played: `day` is the next one with something to do, None at the end or after a refusal.

    `still_open` is what was to be paid when it was last looked at.
    """

    session: Session
    scenario: Scenario
    account: Account
    feed: UsageFeed
    cases: CaseLog
    day: date | None
    standing: Standing = Standing.ACTIVE
    refusal: Malformed | None = None
    still_open: Sequence[OpenPayment] = ()

    def refuse(self, refusal: Malformed) -> None:
        """Nothing more is played."""
        self.refusal, self.day = refusal, None

    def begin(self, at: datetime) -> bool:
        """Charge what the close made due, by the method that closed it, and take the day's steps; whether there was
        anything.
        """
        charged = self._charge([payment for payment in self.still_open if payment.closed_on == at.date()], at)
        steps = self.scenario.steps_on(at.date())
        try:
            for step in steps:
                simulation_steps.take(self.session, self.account, step, at=at)
            for case_step in self.scenario.case_steps_on(at.date()):
                with simulation_steps.refused_at(case_step.place):
                    simulation_cases.take(self.session, self.cases, case_step)
        except Malformed as refusal:
            self.refuse(refusal)
        return charged or bool(steps)

    def used_before(self, day: date) -> date:
        """The day up to which usage is posted as `day` begins: where a paid service brings support, it included."""
        plans = catalogues.load(self.account.organization.catalogue).support_plans.values()
        brings_support = any(plan.obtained is Obtained.WITH_PAID_SERVICE for plan in plans)
        return day + ONE_DAY if brings_support else day

    def charge_waiting(self, at: datetime) -> bool:
        """Issue and charge what waited for this day, and try again what was declined; whether there was anything."""
        return self._charge(self.still_open, at)

    def due_by_transfer(self, on: date) -> Sequence[int]:
        """The keys of the payments that the customer pays on this day."""
        return [
            payment.payment_id
            for payment in self.still_open
            if self.scenario.pays_invoices and payment.status in _ON_TERMS and payment.due_on and payment.due_on <= on
        ]

    def end(self, at: datetime) -> None:
        """Note how the organization stands, and find the first day after this one on which anything happens.

        There is none when nothing is left before the end.
        """
        organization = self.account.organization
        self.standing = delinquency.note_standing(
            self.session, organization, self.still_open, last=self.standing, at=at
        )
        days = [step.on for step in self.scenario.steps]
        days.extend(day_of(step) for step in self.scenario.case_steps)
        days.extend((Month.of(at.date()).ends_before, self.scenario.until))
        for payment in self.still_open:
            days.extend(_days_of(payment))
        following = min((one for one in days if one > at.date()), default=None)
        self.day = following if following is not None and following <= self.scenario.until else None

    def _charge(self, payments: Iterable[OpenPayment], at: datetime) -> bool:
        """Charge what is due of these, each with the tax invoice that it may have waited for."""
        due = [
            self.session.get_one(Payment, payment.payment_id)
            for payment in payments
            if payment.is_due_for_charge(at.date())
        ]
        for payment in due:
            issuing.issue_tax_invoice(self.session, payment, at=at)
        simulation_steps.charge(self.session, due, at=at)
        return bool(due)


def _live(session: Session, day: date, runs: Sequence[_Run]) -> None:
    """Everything of one day, of all who have something to do on it, in the day's order.

    Steps begin with their day, so that whatever else it brings (day 31, another try, a transfer) finds them done. What
    was used on the day comes after them, and is posted when the clock moves on.
    """
    at = datetime.combine(day, time(), UTC)
    usage.post(session, chain.from_iterable(run.feed.take(before=run.used_before(day)) for run in runs))
    if day.day == 1:
        _close(session, [run for run in runs if run.scenario.starts_on < day], Month.of(day).preceding(), at)
    _look(session, runs)
    _look(session, [run for run in runs if run.refusal is None and run.begin(at)])
    living = [run for run in runs if run.refusal is None]
    changed = [run for run in living if run.charge_waiting(at) or run.due_by_transfer(day)]
    _transfer(session, list(chain.from_iterable(run.due_by_transfer(day) for run in changed)), at)
    _look(session, changed)
    for run in living:
        run.end(at)


def _look(session: Session, runs: Sequence[_Run]) -> None:
    """Let each of the runs know what is to be paid now."""
    if not runs:
        return
    still_open = delinquency.open_payments_of(session, [run.account.organization.id for run in runs])
    for run in runs:
        run.still_open = still_open.get(run.account.organization.id, ())


def _transfer(session: Session, payment_ids: Collection[int], at: datetime) -> None:
    if payment_ids:
        due = session.scalars(select(Payment).where(Payment.id.in_(payment_ids)).order_by(Payment.id)).all()
        collecting.record_full_transfers(session, due, at=at)


def _close(session: Session, runs: Sequence[_Run], month: Month, at: datetime) -> None:
    of_organization = {run.account.organization.id: run for run in runs}
    for outcome in closing.close_batch(session, list(of_organization), month, at=at):
        if outcome.refusal:
            of_organization[outcome.organization_id].refuse(Malformed(str(month), str(outcome.refusal)))


def _begin(session: Session, scenario: Scenario, slug: str) -> _Run | Malformed:
    try:
        return _made(session, scenario, slug)
    except Malformed as refusal:
        return refusal


def _made(session: Session, scenario: Scenario, slug: str) -> _Run:
    customer = scenario.customer
    at = datetime.combine(scenario.starts_on, time(), UTC)
    organization = organizations.create_organization(
        session, slug, name=customer.name, catalogue=scenario.catalogue, region=customer.region, at=at
    )
    group = billing_profiles.own_group(session, organization)
    with simulation_steps.refused_at("projects"):
        projects = {
            name: organizations.create_project(session, organization, name, at=at).id for name in scenario.projects
        }
    simulation_steps.set_profile(session, group, customer, at=at)
    simulation_steps.set_payment_method(session, group, scenario.payment_method, at=at)
    feed = UsageFeed(organization.id, projects, scenario.usage, scenario.starts_on)
    first_on = scenario.starts_on if scenario.starts_on <= scenario.until else None
    return _Run(session, scenario, Account(organization, group), feed, CaseLog(organization), first_on)


def _days_of(payment: OpenPayment) -> Iterator[date]:
    """The days on which something may happen to an open payment."""
    if payment.collect_on:
        yield payment.collect_on
    if payment.status in _ON_TERMS and payment.due_on:
        yield payment.due_on
    if payment.next_try_on:
        yield payment.next_try_on
    yield from (payment.owed_since + timedelta(days=age) for age in (SUSPENDED_FROM_DAYS, LOCKED_FROM_DAYS))
