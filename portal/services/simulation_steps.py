"""Takes the steps of a scenario through the services that people's clicks go through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pycountry
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import addresses, tax_ids
from portal.domain.addresses import Address
from portal.domain.errors import Malformed, Refusal
from portal.domain.scenarios import (
    ActivateSubscription,
    Customer,
    GrantCredit,
    RetryPayments,
    SetAddress,
    SetPaymentMethod,
    SetTaxId,
    Step,
)
from portal.gateways.payments import sandbox
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import CreditKind
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import (
    billing_groups,
    billing_profiles,
    collecting,
    credit_rows,
    payment_methods,
    simulation_plans,
    subscriptions,
)
from portal.services.credit_rows import Grant

_GATEWAY = sandbox.SandboxGateway()


@dataclass(frozen=True, slots=True)
class Account:
    """The organization of a scenario and its billing group without a name."""

    organization: Organization
    group: BillingGroup

    def groups(self, session: Session) -> Sequence[BillingGroup]:
        """All its billing groups: who moves, or pays in another way, does so for all of them."""
        return billing_groups.of_organization(session, self.organization)


@contextmanager
def refused_at(place: str) -> Iterator[None]:
    """A refusal inside is reported as that of `place`."""
    try:
        yield
    except Malformed:
        raise
    except Refusal as refusal:
        raise Malformed(place, str(refusal)) from None


def take(session: Session, account: Account, step: Step, *, at: datetime) -> None:
    """Do what the step says; what a rule refuses is `Malformed` at the step's place."""
    with refused_at(step.place):
        match step:
            case SetAddress() | SetTaxId() | SetPaymentMethod() | RetryPayments():
                for group in account.groups(session):
                    _bill(session, group, step, at=at)
            case ActivateSubscription():
                _activate(session, account, step, at=at)
            case GrantCredit():
                wanted = Grant(kind=CreditKind(step.kind), total=step.total, days=step.days, priority=step.priority)
                credit_rows.grant(session, account.organization, account.group, wanted, at=at)
            case _:
                simulation_plans.take(session, account.organization, step, at=at)


def _bill(
    session: Session,
    group: BillingGroup,
    step: SetAddress | SetTaxId | SetPaymentMethod | RetryPayments,
    *,
    at: datetime,
) -> None:
    """Do what changes how a billing group is billed."""
    match step:
        case SetAddress():
            address = _known(step.address, f"{step.place}.address")
            billing_profiles.change(session, group, at=at, **_columns(address))
        case SetTaxId():
            set_tax_id(session, group, step.tax_id, at=at)
        case SetPaymentMethod():
            set_payment_method(session, group, step.method, at=at)
            pay_failed(session, group, at=at)
        case RetryPayments():
            pay_failed(session, group, at=at)


def set_profile(session: Session, group: BillingGroup, customer: Customer, *, at: datetime) -> None:
    """The customer's first billing profile; refused where its country or province is not known."""
    address = _known(customer.address, "organization.address")
    tax_id = _kept(address.country, customer.tax_id)
    billing_profiles.change(
        session,
        group,
        at=at,
        company=customer.name,
        billing_contact=customer.billing_contact,
        tax_id=tax_id,
        **_columns(address),
    )


def set_tax_id(session: Session, group: BillingGroup, tax_id: str | None, *, at: datetime) -> None:
    """Keep another tax id. One that is not valid is kept as it is and lifts no tax."""
    profile = billing_profiles.current(session, group.id)
    country = profile.country if profile else ""
    billing_profiles.change(session, group, at=at, tax_id=_kept(country, tax_id))


def set_payment_method(session: Session, group: BillingGroup, name: str | None, *, at: datetime) -> None:
    """Put a test method on file, or leave the group without one."""
    if name is None:
        payment_methods.remove(session, group, at=at)
        return
    method = sandbox.TEST_METHODS[name]
    payment_methods.put_on_file(
        session, group, kind=method.kind, label=method.label, gateway=sandbox.NAME, token=name, at=at
    )


def pay_failed(session: Session, group: BillingGroup, *, at: datetime) -> None:
    """Charge everything that failed or stands unpaid to the method on file (10)."""
    charge(session, collecting.open_for_retry(session, group.id, at.date()), at=at)


def charge(session: Session, payments: Iterable[Payment], *, at: datetime) -> None:
    """Ask the sandbox gateway for each payment; it moves no money, so that it may be asked inside the transaction."""
    for payment in payments:
        attempt = collecting.begin_charge(session, payment, at=at)
        if attempt:
            answer = _GATEWAY.charge(collecting.request_of(session, attempt))
            collecting.record_answer(session, attempt, answer, at=at)


def _activate(session: Session, account: Account, step: ActivateSubscription, *, at: datetime) -> None:
    if step.support_plan:
        plans = catalogues.load(account.organization.catalogue).support_plans
        plan = plans.get(step.support_plan)
        if plan is None:
            raise Malformed(f"{step.place}.support_plan", f"one of {', '.join(plans)} is expected")
    # The contract names the contact whom the file names.
    profile = billing_profiles.current(session, account.group.id)
    terms = replace(step.terms, billing_contact=profile.billing_contact if profile else None)
    subscriptions.activate(session, account.organization, account.group, terms, at=at)


def _known(address: Address, place: str) -> Address:
    """The address in the form that is kept; refused where taxes cannot be told from it."""
    rules = catalogues.load_tax_rules()
    tidy = addresses.tidied(address, subdivisions=rules.subdivisions)
    if not pycountry.countries.get(alpha_2=tidy.country):
        raise Malformed(f"{place}.country", f"“{address.country}” is not the two-letter code of a country")
    with refused_at(f"{place}.region"):
        rules.places(tidy.country, tidy.region)
    return tidy


def _kept(country: str, tax_id: str | None) -> str | None:
    known = tax_ids.recognise(country, tax_id)
    return known.number if known else tax_id


def _columns(address: Address) -> dict[str, Any]:
    return {
        "line1": address.line1,
        "line2": address.line2 or None,
        "city": address.city,
        "region": address.region or None,
        "postal_code": address.postal_code,
        "country": address.country,
    }
