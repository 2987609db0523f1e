"""Plays a scenario through the portal's own services, on a clock that jumps to the next day with something to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import invoicing, settlement
from portal.domain.delinquency import LOCKED_FROM_DAYS, SUSPENDED_FROM_DAYS
from portal.domain.invoicing import PaymentStatus
from portal.domain.periods import ONE_DAY, Month
from portal.domain.scenarios import Available, Scenario
from portal.gateways.payments import sandbox
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import (
    billing_profiles,
    closing,
    collecting,
    delinquency,
    elastic,
    issuing,
    organizations,
    outbox,
    rating,
    settling,
    simulation_steps,
    statuses,
)
from portal.services.delinquency import OpenPayment
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
    run = _begin(session, scenario, slug)
    day: date | None = scenario.starts_on
    while day is not None and day <= scenario.until:
        still_open = run.live(day)
        day = run.next_day(day, still_open)
    run.feed.post(session, before=scenario.until + ONE_DAY)
    run.note_open_month()
    outbox.withdraw(session, run.account.organization)
    return run.account.organization


@dataclass(frozen=True, slots=True)
class _Run:
    """A scenario being played."""

    session: Session
    scenario: Scenario
    account: Account
    feed: UsageFeed

    def live(self, day: date) -> Sequence[OpenPayment]:
        """Everything of one day, in its order; returns what is still to be paid at its end.

        The month is closed before the day's steps, and what that makes due is charged by the method that closed it.
        Steps begin with their day, so that whatever else the day brings (day 31, another try) finds them done. What
        was used on the day comes after them, and is posted when the clock moves on.
        """
        at = datetime.combine(day, time(), UTC)
        self.feed.post(self.session, before=day)
        if day.day == 1 and day > self.scenario.starts_on:
            self._close(Month.of(day).preceding(), at)
        for step in self.scenario.steps_on(day):
            simulation_steps.take(self.session, self.account, step, at=at)
        still_open = self._open()
        if self._collect(still_open, at):
            still_open = self._open()
        delinquency.note_standing(self.session, self.account.organization, still_open, at=at)
        return still_open

    def next_day(self, day: date, still_open: Iterable[OpenPayment]) -> date | None:
        """The first day after `day` on which anything happens; None when nothing is left before the end."""
        days = [step.on for step in self.scenario.steps]
        days.extend((Month.of(day).ends_before, self.scenario.until))
        for payment in still_open:
            days.extend(_days_of(payment))
        return min((one for one in days if one > day), default=None)

    def note_open_month(self) -> None:
        """Note whether elastic billing began or stopped in the month that runs on the last day (4.5)."""
        organization, group, until = self.account.organization, self.account.group, self.scenario.until
        month = Month.of(until)
        rated = rating.rated_lines(self.session, [organization.id], month, until=until + ONE_DAY)
        sources = settling.sources(self.session, group.id, month)
        parts = settlement.settle(sources, invoicing.owed(rated.get(group.id, ())))
        last = elastic.last_turns(self.session, [organization.id]).get(organization.id)
        elastic.note_turns(self.session, organization.id, month, sources=sources, parts=parts, last=last, until=until)

    def _close(self, month: Month, at: datetime) -> None:
        with simulation_steps.refused_at(str(month)):
            invoices = closing.close_month(self.session, self.account.organization, month, at=at)
        if invoices:
            self._charge([payment for payment in self._open() if payment.closed_on == at.date()], at)

    def _collect(self, still_open: Iterable[OpenPayment], at: datetime) -> bool:
        """Issue and charge what waited for this day, pay what is due by transfer; whether there was anything."""
        day = at.date()
        charged = self._charge(still_open, at)
        paid = [
            payment
            for payment in still_open
            if self.scenario.pays_invoices and payment.status in _ON_TERMS and payment.due_on and payment.due_on <= day
        ]
        for one in paid:
            self._transfer(one.payment_id, at)
        return charged or bool(paid)

    def _charge(self, still_open: Iterable[OpenPayment], at: datetime) -> bool:
        """Charge what is due of these, each with the tax invoice that it may have waited for."""
        due = [
            self.session.get_one(Payment, payment.payment_id)
            for payment in still_open
            if payment.is_due_for_charge(at.date())
        ]
        for payment in due:
            issuing.issue_tax_invoice(self.session, payment, at=at)
        simulation_steps.charge(self.session, due, at=at)
        return bool(due)

    def _open(self) -> Sequence[OpenPayment]:
        return delinquency.open_payments(self.session, self.account.organization)

    def _transfer(self, payment_id: int, at: datetime) -> None:
        payment = self.session.get_one(Payment, payment_id)
        amount = statuses.due_minor(self.session, payment)
        reference = f"transfer {payment.hex_id}"
        collecting.record_transfer(self.session, payment, amount, reference=reference, at=at)


def _begin(session: Session, scenario: Scenario, slug: str) -> _Run:
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
    return _Run(session, scenario, Account(organization, group), feed)


def _days_of(payment: OpenPayment) -> Iterator[date]:
    """The days on which something may happen to an open payment."""
    if payment.collect_on:
        yield payment.collect_on
    if payment.status in _ON_TERMS and payment.due_on:
        yield payment.due_on
    if payment.next_try_on:
        yield payment.next_try_on
    yield from (payment.owed_since + timedelta(days=age) for age in (SUSPENDED_FROM_DAYS, LOCKED_FROM_DAYS))
