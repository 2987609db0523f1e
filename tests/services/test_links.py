"""Linking organizations and ending it: who may, what hinders it, and when it counts (atlas 13.6)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.database import writing
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import CreditKind
from portal.models.history import Activity
from portal.models.links import Link
from portal.models.organizations import Organization, User
from portal.services import amendments, contracts, credit_rows, links, redeeming
from portal.services.amendments import NewStart
from portal.services.credit_rows import Grant
from tests.builders import an_organization
from tests.codes import sell
from tests.contracts import activate, terms
from tests.customers import (
    START,
    Customer,
    a_customer,
    close,
    go_elastic,
    midnight,
    pay_by,
    payments,
    take_away_method,
    use,
)
from tests.linked import House, a_house, commit_to, manage
from tests.members import a_user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

ON = date(2024, 1, 15)


def link(session: Session, house: House, *customers: Customer, on: date = ON) -> None:
    chosen = [one.organization.hex_id for one in customers or (house.other,)]
    links.link(session, house.payer.organization, chosen, by=house.user, at=midnight(on))


def leave(session: Session, house: House, on: date = ON) -> Link:
    return links.ask_to_unlink(session, house.other.organization, _only(session).hex_id, by=house.user, at=midnight(on))


def stay(session: Session, house: House, on: date = ON) -> Link:
    return links.take_back(session, house.payer.organization, _only(session).hex_id, by=house.user, at=midnight(on))


def test_the_payer_pays_from_the_running_month_on(session: Session) -> None:
    house = a_house(session)
    use(session, house.other, date(2024, 1, 2), "200")
    link(session, house)
    close(session, house.payer, "2024-01")
    assert payments(session, house.other) == []
    assert [(one.usage_cents, one.billed_cents) for one in payments(session, house.payer)] == [(20_000, 79_900)]


def test_a_month_that_had_ended_is_each_ones_own(session: Session) -> None:
    house = a_house(session)
    use(session, house.other, date(2024, 1, 2), "200")
    link(session, house, on=date(2024, 2, 1))
    close(session, house.payer, "2024-01", on=date(2024, 2, 2))
    close(session, house.other, "2024-01", on=date(2024, 2, 2))
    assert [one.usage_cents for one in payments(session, house.other)] == [20_000]
    use(session, house.other, date(2024, 2, 2), "300")
    close(session, house.payer, "2024-02")
    assert [one.usage_cents for one in payments(session, house.payer)] == [0, 30_000]


def test_both_feeds_tell_of_it(session: Session) -> None:
    house = a_house(session)
    third = a_customer(session, "gamma", method=None)
    manage(session, house.user, third)
    link(session, house)
    link(session, house, third)
    assert told(session, house.payer) == ["ORG_BECAME_PAYING", "ORG_LINKED", "ORG_LINKED"]
    assert told(session, third) == ["LINKED_TO_PAYER"]


def _unsettled(session: Session, customer: Customer) -> None:
    take_away_method(session, customer, on=START)
    use(session, customer, date(2023, 12, 5), "10")
    close(session, customer, "2023-12", on=date(2024, 1, 2))


def _waits_for_day_31(session: Session, customer: Customer) -> None:
    use(session, customer, date(2023, 12, 20), "10")
    close(session, customer, "2023-12", on=date(2024, 1, 2))


def _granted(session: Session, customer: Customer) -> None:
    wanted = Grant(kind=CreditKind.PROMOTIONAL, total=Money(100, USD), days=Days(START, date(2024, 3, 1)))
    credit_rows.grant(session, customer.organization, customer.group, wanted, at=midnight(START))


def _with_group(session: Session, customer: Customer) -> None:
    session.add(BillingGroup(organization_id=customer.organization.id, name="Lab", created_at=midnight(START)))
    session.flush()


def _pays_for_another(session: Session, customer: Customer) -> None:
    _bound(session, payer=customer, linked=a_customer(session, "delta"))


def _is_paid_for(session: Session, customer: Customer) -> None:
    _bound(session, payer=a_customer(session, "delta"), linked=customer)


def _ended_this_month(session: Session, customer: Customer) -> None:
    go_elastic(session, customer, date(2023, 12, 10), months=1)


def _later(session: Session, customer: Customer) -> None:
    go_elastic(session, customer, START, starts_on=date(2024, 6, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_is_paid_for, "Beta is linked already"),
        (_pays_for_another, "Beta pays for others itself"),
        (_later, "Beta has a subscription of its own"),
        (_ended_this_month, "Beta has a subscription of its own"),
        (_granted, "Beta has credits of its own left"),
        (_with_group, "Beta has billing groups"),
        (_unsettled, "Beta has payments that are open"),
        (_waits_for_day_31, "Beta has payments that are open"),
    ],
)
def test_what_hinders_that_one_is_linked(
    session: Session, change: Callable[[Session, Customer], None], reason: str
) -> None:
    house = a_house(session, since=date(2023, 12, 1))
    change(session, house.other)
    (candidate,) = _candidates(session, house)
    assert candidate.hindrance is not None
    assert reason in candidate.hindrance
    with pytest.raises(Refusal, match=reason):
        link(session, house)


def _overdue(session: Session, customer: Customer) -> None:
    close(session, customer, "2023-12", on=date(2024, 1, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_is_paid_for, "Alpha is paid for by another organization"),
        (_with_group, "Alpha has billing groups"),
        (_overdue, "Alpha has payments that are open"),
    ],
)
def test_what_hinders_that_one_pays(session: Session, change: Callable[[Session, Customer], None], reason: str) -> None:
    house, on = a_house(session, since=date(2023, 12, 1)), date(2024, 2, 15)
    assert links.hinders(session, house.payer.organization, on=on) is None
    change(session, house.payer)
    assert reason in str(links.hinders(session, house.payer.organization, on=on))
    with pytest.raises(Refusal, match=reason):
        link(session, house, on=on)


def test_who_pays_for_others_has_a_subscription_that_covers_the_day(session: Session) -> None:
    house = a_house(session)
    assert links.hinders(session, house.payer.organization, on=ON) is None
    assert "no subscription that covers today" in str(
        links.hinders(session, house.payer.organization, on=date(2025, 2, 1))
    )
    assert "no subscription that covers today" in str(links.hinders(session, house.other.organization, on=ON))


def test_one_has_to_manage_the_billing_of_both(session: Session) -> None:
    house = a_house(session)
    third = a_customer(session, "gamma")
    manage(session, house.user, third, role="ORG_BILLING_READ_ONLY")
    by_id = {one.organization.id: one for one in _candidates(session, house)}
    assert by_id[third.organization.id].hindrance == "You do not manage the billing of Gamma."
    with pytest.raises(Refusal, match="You do not manage the billing of Gamma"):
        link(session, house, third)
    viewer = a_user(session, "Vera")
    manage(session, viewer, house.payer, role="ORG_BILLING_READ_ONLY")
    manage(session, viewer, house.other)
    with pytest.raises(Refusal, match="You do not manage the billing of Alpha"):
        links.link(session, house.payer.organization, [house.other.organization.hex_id], by=viewer, at=midnight(ON))


def test_of_several_all_are_linked_or_none(session: Session) -> None:
    house = a_house(session)
    third = a_customer(session, "gamma")
    manage(session, house.user, third)
    _granted(session, third)
    with pytest.raises(Refusal, match="Gamma has credits"):
        link(session, house, house.other, third)
    assert session.scalar(select(func.count()).select_from(Link)) == 0


def test_an_organization_that_one_is_not_in_cannot_be_chosen(session: Session) -> None:
    house = a_house(session)
    with pytest.raises(Overtaken):
        link(session, house, a_customer(session, "gamma"))
    with pytest.raises(Overtaken):
        links.link(session, house.payer.organization, [], by=house.user, at=midnight(ON))


def test_other_vendors_do_not_link(session: Session) -> None:
    aiven = an_organization(session, "aiven", catalogue="aiven")
    assert links.hinders(session, aiven, on=ON) == "Aiven does not link organizations."
    with pytest.raises(Refusal, match="does not link organizations"):
        links.link(session, aiven, [], by=a_user(session, "Bea"), at=midnight(ON))


def test_it_leaves_when_the_next_month_is_closed(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    leave(session, house)
    use(session, house.other, date(2024, 1, 20), "200")
    use(session, house.other, date(2024, 2, 1), "5")
    close(session, house.payer, "2024-01")
    assert _only(session).ended_at == midnight(date(2024, 2, 1))
    close(session, house.other, "2024-02")
    assert [one.usage_cents for one in payments(session, house.other)] == [500]
    assert told(session, house.other) == ["LINKED_TO_PAYER", "UNLINKING_ASKED", "LINK_ENDED"]
    assert told(session, house.payer)[-2:] == ["UNLINKING_ASKED", "LINK_ENDED"]


def test_a_month_before_the_link_does_not_end_it(session: Session) -> None:
    """January of the family is closed late, when another one was linked in February already, and is to leave."""
    house = a_house(session)
    link(session, house)
    third = a_customer(session, "gamma")
    manage(session, house.user, third)
    february = date(2024, 2, 2)
    link(session, house, third, on=february)
    (late,) = session.scalars(select(Link).where(Link.linked_id == third.organization.id))
    links.ask_to_unlink(session, third.organization, late.hex_id, by=house.user, at=midnight(february))
    assert str(links.first_own_month(session, late)) == "2024-03"
    for customer in (house.payer, third):
        close(session, customer, "2024-01", on=february)
    assert late.ended_at is None
    close(session, house.payer, "2024-02")
    assert late.ended_at == midnight(date(2024, 3, 1))


def test_until_then_it_can_be_taken_back(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    leave(session, house)
    leave(session, house)
    stay(session, house)
    stay(session, house)
    close(session, house.payer, "2024-01")
    assert _only(session).ended_at is None
    assert told(session, house.other) == ["LINKED_TO_PAYER", "UNLINKING_ASKED", "UNLINKING_TAKEN_BACK"]


def test_who_leaves_needs_something_to_pay_by(session: Session) -> None:
    house = a_house(session, other_pays_by=None)
    link(session, house)
    with pytest.raises(Refusal, match="Beta needs a payment method, or an activation code"):
        leave(session, house)
    pay_by(session, house.other, "card_ok", on=ON)
    assert leave(session, house).unlink_asked_at == midnight(ON)


def test_who_leaves_by_a_code_has_its_contract_from_the_first_own_day_on(session: Session) -> None:
    house = a_house(session, other_pays_by=None)
    link(session, house)
    code, _ = sell(session, house.other, on=ON)
    with pytest.raises(Refusal, match=r"Beta is paid for by Alpha\. A subscription of its own begins after that link"):
        redeeming.redeem(session, house.other.organization, code.hex_id, by=house.user, at=midnight(ON))
    leave(session, house)
    redeeming.redeem(session, house.other.organization, code.hex_id, by=house.user, at=midnight(ON))
    with pytest.raises(Refusal, match="has a subscription of its own by now"):
        stay(session, house)
    close(session, house.payer, "2024-01")
    use(session, house.other, date(2024, 2, 2), "400")
    close(session, house.other, "2024-02")
    assert [(one.usage_cents, one.billed_cents) for one in payments(session, house.other)] == [(40_000, 100_000)]


def test_a_contract_of_who_leaves_cannot_begin_before(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    leave(session, house)
    with pytest.raises(Refusal, match="Begin on 2024-02-01 or later"):
        commit_to(session, house.other, 1_200_00, on=ON)


def test_a_contract_of_who_leaves_is_not_pulled_forward_into_the_link(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    leave(session, house)
    agreed = terms(starts_on=date(2024, 2, 1))
    contract = contracts.of_subscription(session, activate(session, house.other, agreed, on=ON))
    amendments.preview(session, house.other.organization, contract, NewStart(date(2024, 2, 2)), on=ON)
    with pytest.raises(Refusal, match="Beta is paid for by Alpha until the link ends"):
        amendments.preview(session, house.other.organization, contract, NewStart(date(2024, 1, 20)), on=ON)


def test_who_is_paid_for_gets_credits_only_for_the_time_after_it(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    wanted = Grant(kind=CreditKind.PROMOTIONAL, total=Money.of("100", USD), days=Days(ON, date(2025, 1, 1)))
    with pytest.raises(Refusal, match="Grant them to the one that pays"):
        credit_rows.grant(session, house.other.organization, house.other.group, wanted, at=midnight(ON))
    leave(session, house)
    credit_rows.grant(session, house.other.organization, house.other.group, wanted, at=midnight(ON))
    use(session, house.other, date(2024, 2, 1), "5")
    for month in ("2024-01", "2024-02"):
        close(session, house.other, month)
    assert [(one.method, one.usage_cents) for one in payments(session, house.other)] == [("promotional", 500)]


def test_what_has_ended_can_be_linked_again_and_not_be_ended_again(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    leave(session, house)
    ended = _only(session).hex_id
    close(session, house.payer, "2024-01")
    with pytest.raises(Overtaken, match="has ended already"):
        links.take_back(session, house.payer.organization, ended, by=house.user, at=midnight(date(2024, 2, 2)))
    link(session, house, on=date(2024, 2, 2))
    assert session.scalar(select(func.count()).select_from(Link)) == 2


def test_another_organizations_link_is_not_found(session: Session) -> None:
    house = a_house(session)
    link(session, house)
    stranger = a_customer(session, "gamma")
    assert links.find(session, stranger.organization, _only(session).hex_id) is None


def test_of_two_who_link_the_same_organization_at_once_one_is_told_so(engine: Engine) -> None:
    with writing(engine)() as session:
        house = a_house(session)
        rival = a_customer(session, "gamma")
        go_elastic(session, rival, START)
        manage(session, house.user, rival)
        session.commit()
    start = threading.Barrier(2)

    def work(payer: Customer) -> str:
        start.wait()
        with writing(engine)() as session:
            own = session.get_one(Organization, payer.organization.id)
            by = session.get_one(User, house.user.id)
            try:
                links.link(session, own, [house.other.organization.hex_id], by=by, at=midnight(ON))
            except Refusal as refusal:
                return str(refusal)
            session.commit()
            return "linked"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, (house.payer, rival))) == ["Beta is linked already.", "linked"]


def _candidates(session: Session, house: House) -> Sequence[links.Candidate]:
    return links.choice_of(session, house.payer.organization, by=house.user, on=ON).candidates


def _bound(session: Session, *, payer: Customer, linked: Customer) -> None:
    session.add(Link(payer_id=payer.organization.id, linked_id=linked.organization.id, linked_at=midnight(START)))
    session.flush()


def _only(session: Session) -> Link:
    return session.scalars(select(Link)).one()


def told(session: Session, customer: Customer) -> list[str]:
    """The events of links in the customer's feed, in their order."""
    names = [
        event.name
        for event in (
            Event.ORG_BECAME_PAYING, Event.ORG_LINKED, Event.LINKED_TO_PAYER, Event.UNLINKING_ASKED,
            Event.UNLINKING_TAKEN_BACK, Event.LINK_ENDED,
        )
    ]  # fmt: skip
    query = select(Activity.type).where(Activity.organization_id == customer.organization.id, Activity.type.in_(names))
    return list(session.scalars(query.order_by(Activity.id)))
