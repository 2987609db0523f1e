"""Every event of the feed comes about by a real service, or the rules say with which issue it comes (atlas 12)."""

from __future__ import annotations

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import catalogues
from portal.domain import membership
from portal.domain.delinquency import Standing
from portal.domain.events import Event
from portal.domain.money import USD, Money
from portal.domain.permissions import Grants
from portal.domain.tier_requests import TierState
from portal.gateways.files.folder import FolderStore
from portal.gateways.payments import ChargeAnswer
from portal.models.credit_rows import CreditKind
from portal.models.history import Activity
from portal.services import (
    account_teams,
    activation_codes,
    agreements,
    billing_profiles,
    collecting,
    credit_rows,
    delinquency,
    families,
    finance_requests,
    invitations,
    joining,
    links,
    members,
    organizations,
    pricing_choices,
    project_ends,
    projects,
    role_changes,
    staff_visits,
    support_blocks,
    support_tiers,
    support_turns,
    teams,
    tier_decisions,
    units,
)
from portal.services.amendments import NewEnd, NewStart, NewTerms
from portal.services.credit_changes import CreditEnd, CreditStart, Reinstatement, Voiding
from portal.services.credit_rows import Grant
from portal.services.finance_requests import NewContact
from tests import plans
from tests.builders import an_organization
from tests.codes import sell, seller_to
from tests.customers import a_customer, charge_due, close, go_elastic, midnight, pay_by, payments, take_away_method, use
from tests.linked import a_house
from tests.members import AT, a_member, a_user, mailed_token, sender
from tests.papers import SIGNED
from tests.services import test_amendments, test_credit_changes, test_finance_requests, test_support_tiers
from tests.supported import a_case, a_supported

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from portal.services.amendments import Amendment
    from portal.services.credit_changes import CreditChange

DATABASES = ("sqlite",)
RULES = Path(__file__).parents[2] / "docs/rules/activity.md"
MEMBER = Grants(frozenset({"ORG_MEMBER"}))


def a_month_by_card_and_one_by_transfer(session: Session) -> None:
    customer = a_customer(session, "card", since=date(2023, 11, 1))
    billing_profiles.change(session, customer.group, at=AT, tax_id="IE6388047V")
    billing_profiles.change(session, customer.group, at=AT, city="Cork")
    for number, month in enumerate(("2023-11", "2023-12", "2024-01")):
        use(session, customer, date(2023, 11, 5) + timedelta(days=31 * number), "100")
        close(session, customer, month)
    charge_due(session, customer, date(2024, 2, 1))
    pay_by(session, customer, "card_declines", on=date(2024, 2, 2))
    use(session, customer, date(2024, 2, 5), "100")
    close(session, customer, "2024-02")
    charge_due(session, customer, date(2024, 3, 1))
    failed = payments(session, customer)[-1]
    collecting.record_transfer(session, failed, failed.total_minor, reference="bank", at=midnight(date(2024, 3, 2)))
    take_away_method(session, customer, on=date(2024, 3, 3))


def a_month_by_paypal(session: Session) -> None:
    customer = a_customer(session, "paypal", since=date(2023, 11, 1), method="paypal_ok")
    use(session, customer, date(2023, 11, 5), "1")
    for month in ("2023-11", "2023-12"):
        close(session, customer, month)
    for month, on in (("2024-01", date(2024, 1, 5)), ("2024-02", date(2024, 2, 5))):
        use(session, customer, on, "100")
        close(session, customer, month)
        (due, *_) = collecting.due_for_charge(session, date(2024, 3, 1), organization_id=customer.organization.id)
        charge = collecting.begin_charge(session, due, at=midnight(date(2024, 3, 1)))
        assert charge
        answer = ChargeAnswer(succeeded=month == "2024-02", reference="PP", reason=None)
        collecting.record_answer(session, charge, answer, at=midnight(date(2024, 3, 1)))


def a_subscription_that_comes_and_goes(session: Session) -> None:
    customer = a_customer(session, "elastic")
    use(session, customer, date(2024, 1, 10), "100")
    close(session, customer, "2024-01")
    go_elastic(session, customer, date(2024, 2, 5), months=1)
    use(session, customer, date(2024, 2, 6), "100")
    for month in ("2024-02", "2024-03"):
        close(session, customer, month)


def a_code_is_issued_and_taken_back(session: Session) -> None:
    customer = a_customer(session, "codes")
    code, _ = sell(session, customer)
    by = seller_to(session, customer).by
    activation_codes.void(session, customer.organization, code.hex_id, by=by, reason="Wrong price", at=AT)


def nobody_pays_for_two_months(session: Session) -> None:
    customer = a_customer(session, "late", method=None)
    use(session, customer, date(2024, 1, 10), "100")
    close(session, customer, "2024-01")
    still_open = delinquency.open_payments(session, customer.organization)
    last = Standing.ACTIVE
    for days in (31, 61):
        at = midnight(date(2024, 2, 1) + timedelta(days=days))
        last = delinquency.note_standing(session, customer.organization, still_open, last=last, at=at)
    delinquency.note_standing(session, customer.organization, (), last=last, at=midnight(date(2024, 5, 1)))


def people_come_and_go(session: Session) -> None:
    acme = an_organization(session, "people")
    owner = a_member(session, acme, "Olga", "ORG_OWNER").user
    names = ("ann", "ben", "cleo", "dora")
    asked = invitations.invite(session, sender(acme, owner), [f"{n}@new.example" for n in names], offer=MEMBER, at=AT)
    invitations.revoke(session, sender(acme, owner), asked[0].hex_id, at=AT)
    joining.decline(session, mailed_token(session, "ben@new.example"), by=None, at=AT)
    cleo, dora = (
        joining.accept(
            session,
            mailed_token(session, f"{n.lower()}@new.example"),
            by=a_user(session, n, domain="new.example"),
            at=AT,
        )
        for n in ("Cleo", "Dora")
    )
    seen, wanted = membership.mark(members.own_grants(cleo)), Grants(frozenset({"ORG_READ_ONLY"}))
    role_changes.change(session, acme, cleo.id, wanted, seen=seen, by=owner, at=AT)
    role_changes.remove(session, acme, cleo.id, by=owner, at=AT)
    role_changes.hand_over(session, acme, dora.id, becomes="ORG_MEMBER", by=owner, at=AT)
    role_changes.leave(session, acme, by=owner, at=AT)


def projects_and_teams_come_and_go(session: Session) -> None:
    catalogue = next(name for name in catalogues.names() if catalogues.load(name).projects.may_move)
    here, there = (
        an_organization(session, "here", catalogue=catalogue),
        an_organization(session, "there", catalogue=catalogue),
    )
    roles = catalogues.load(catalogue).roles
    (all_powerful,) = (key for key, role in roles.organization.items() if role.must_remain)
    owner = a_member(session, here, "Boss", all_powerful).user
    organizations.add_member(session, there, owner, roles=roles, at=AT, organization_roles=[all_powerful])
    unit = units.create(session, here, "Research", by=owner, at=AT)
    units.rename(session, here, unit, "Lab", by=owner, at=AT)
    shop, lab = (projects.create(session, here, name, by=owner, at=AT) for name in ("shop", "lab"))
    projects.rename(session, shop, "store", by=owner, at=AT)
    units.put(session, shop, unit, by=owner, at=AT)
    units.put(session, shop, None, by=owner, at=AT)
    units.remove(session, here, unit, by=owner, at=AT)
    team = teams.create(session, here, "Night shift", by=owner, at=AT)
    teams.rename(session, here, team, "Day shift", by=owner, at=AT)
    member = teams.add_person(session, here, team, owner.email, by=owner, at=AT)
    teams.give_role(session, team, shop, next(iter(roles.project)), by=owner, at=AT)
    teams.take_role(session, team, shop, next(iter(roles.project)), by=owner, at=AT)
    teams.remove_person(session, here, team, member.id, by=owner, at=AT)
    teams.remove(session, here, team, by=owner, at=AT)
    project_ends.move(session, lab, there, by=owner, at=AT)
    project_ends.remove(session, shop, by=owner, at=AT)


def staff_come_and_go(session: Session) -> None:
    acme, agent = an_organization(session, "visited"), a_user(session, "Agent", domain="portal.example")
    staff_visits.enter(session, acme, by=agent, reason="asked for by phone", at=AT)
    staff_visits.leave(session, acme, by=agent, at=AT)


def one_pays_for_another_for_a_while(session: Session) -> None:
    house = a_house(session)
    (payer, other), by = (house.payer.organization, house.other.organization), house.user
    links.link(session, payer, [other.hex_id], by=by, at=AT)
    (one,) = families.linked_to(session, payer)
    links.ask_to_unlink(session, other, one.link.hex_id, by=by, at=AT)
    links.take_back(session, payer, one.link.hex_id, by=by, at=AT)
    links.ask_to_unlink(session, other, one.link.hex_id, by=by, at=AT)
    close(session, house.payer, "2024-01")


def staff_change_a_contract(session: Session) -> None:
    customer = a_customer(session, "amended")
    contract = test_amendments.a_contract(session, customer, on=date(2024, 3, 1))
    changes: list[Amendment] = [
        NewStart(date(2024, 2, 20)), NewTerms({"pay_now_allowed": True}), NewEnd(date(2025, 3, 31)),
        NewEnd(date(2024, 9, 30)),
    ]  # fmt: skip
    for change in changes:
        contract = test_amendments.amend(session, customer, contract, change, on=date(2024, 2, 10))
    with tempfile.TemporaryDirectory() as folder:
        by = test_amendments.sales(session)
        agreements.upload(session, FolderStore(Path(folder)), contract, name="a.pdf", content=SIGNED, at=AT, by=by)


def staff_change_credits(session: Session) -> None:
    customer = a_customer(session, "credited")
    row = test_credit_changes.credits_of(session, customer, date(2024, 3, 1))
    days = date(2024, 3, 5), date(2024, 2, 20)
    changes: list[CreditChange] = [*map(CreditStart, days), CreditEnd(date(2024, 6, 30)), Voiding(), Reinstatement()]
    for change in changes:
        row = test_credit_changes.make(session, customer, row, change, on=date(2024, 2, 10))
    paid = Grant(kind=CreditKind.PREPAID, total=Money.of("60", USD), days=row.days)
    credit_rows.grant(session, customer.organization, customer.group, paid, at=AT)


def finance_is_asked_for_another_contact(session: Session) -> None:
    customer = a_customer(session, "asking")
    fay = test_finance_requests.person(session, "Fay")
    finance_requests.carry_out(session, test_finance_requests.ask(session, customer), at=AT, by=fay)
    declined = test_finance_requests.ask(session, customer, NewContact(name="Dan", email="dan@acme.example", phone=""))
    finance_requests.decline(session, declined, reason="Not known to us.", at=AT, by=fay)


def staff_keep_the_account_team_and_end_support(session: Session) -> None:
    acme, agent = an_organization(session, "looked-after"), a_user(session, "Ida", domain="portal.example")
    ida = account_teams.add(session, acme, name="Ida", works_as="Sales", email="ida@portal.example", by=agent, at=AT)
    account_teams.remove(session, acme, ida, by=agent, at=AT)
    block = support_blocks.block(session, acme, "Rude to the staff.", by=agent, at=AT)
    support_blocks.lift(session, acme, block, because="They apologised.", by=agent, at=AT)


def a_case_is_opened(session: Session) -> None:
    a_case(session, a_supported(session, "with-cases"))


def support_plans_come_and_go(session: Session) -> None:
    acme = an_organization(session, "choosing")
    plans.wish(session, acme, "2024-01-10", "change", "developer")
    plans.wish(session, acme, "2024-02-10", "change", "pro")
    plans.wish(session, acme, "2024-03-10", "cancel")
    for choice_id in support_turns.due(session, on=date(2024, 4, 1)):
        support_turns.note(session, choice_id, at=midnight(date(2024, 4, 1)))


def a_tier_is_asked_for(session: Session) -> None:
    borealis = test_support_tiers.with_service(session)
    ada = a_user(session, "Ada", domain="borealis.example")
    first = plans.ask_for(session, borealis, "2024-04-17", "priority", "2024-04")
    support_tiers.withdraw(session, borealis, first.hex_id, by=ada, at=midnight(date(2024, 4, 17)))
    second = plans.ask_for(session, borealis, "2024-04-17", "priority", "2024-04")
    tier_decisions.decide(session, borealis, second.hex_id, TierState.IN_SETUP, by=ada, at=midnight(date(2024, 4, 18)))


def a_pricing_plan_goes_up_and_down(session: Session) -> None:
    cobalt = an_organization(session, "cobalt", catalogue="neon")
    for plan, variant in (("enterprise", "standard"), ("enterprise", "gold"), ("scale", None)):
        pricing_choices.change(session, cobalt, plan, variant=variant, at=AT, by=None, by_staff=True, reason="Contract")


STORIES: list[Callable[[Session], None]] = [
    a_month_by_card_and_one_by_transfer,
    a_month_by_paypal,
    a_subscription_that_comes_and_goes,
    a_code_is_issued_and_taken_back,
    nobody_pays_for_two_months,
    people_come_and_go,
    projects_and_teams_come_and_go,
    staff_come_and_go,
    one_pays_for_another_for_a_while,
    staff_change_a_contract,
    staff_change_credits,
    finance_is_asked_for_another_contact,
    staff_keep_the_account_team_and_end_support,
    a_case_is_opened,
    support_plans_come_and_go,
    a_tier_is_asked_for,
    a_pricing_plan_goes_up_and_down,
]


def test_every_event_comes_about_or_is_said_to_come(session: Session) -> None:
    for story in STORIES:
        story(session)
        session.flush()
    written = set(session.scalars(select(Activity.type).distinct()))
    to_come = {name for name, words in described().items() if "comes with issue" in words}
    assert {event.name for event in Event} - written - to_come == set()
    assert written & to_come == set(), "what comes about is no longer to come"


def test_the_rules_describe_every_event() -> None:
    assert {event.name for event in Event} <= set(described())


@pytest.mark.parametrize("event", Event)
def test_an_events_label_begins_a_sentence(event: Event) -> None:
    assert re.fullmatch(r"[A-Z].*[a-z0-9]", event.value)


def described() -> dict[str, str]:
    """Type names in the first cells of the table of events, with the last cell of their row."""
    found: dict[str, str] = {}
    for line in RULES.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`([A-Z_]+)`", cells[0]):
            found[name] = cells[-1]
    return found
