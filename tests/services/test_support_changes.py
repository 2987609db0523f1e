"""Changing support plans in the database: what is kept, previewed, told, and decided one after the other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.database import writing
from portal.domain.errors import Refusal
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.plan_changes import Mode
from portal.domain.support_wishes import Wish, WishKind
from portal.models.links import Link
from portal.models.organizations import Organization
from portal.models.support_choices import SupportChoice, SupportTurn
from portal.services import links, pricing_choices, support_changes, support_standing, support_turns
from portal.services.support_standing import PlanSource
from tests.builders import an_organization
from tests.contracts import activate, terms
from tests.customers import a_customer, close, midnight, use
from tests.linked import a_house
from tests.plans import day, plan, told, wish

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


def usd(text: str) -> Money:
    return Money.of(text, USD)


def preview(session: Session, organization: Organization, on: str, kind: str, plan: str | None = None, **changes):
    return support_changes.preview(session, organization, Wish(WishKind(kind), plan), on=day(on), **changes)


def note_all(session: Session, on: str) -> None:
    for choice_id in support_turns.due(session, on=day(on)):
        assert support_turns.note(session, choice_id, at=midnight(day(on)))


def test_a_trial_is_had_and_told(session: Session) -> None:
    organization = an_organization(session)
    wish(session, organization, "2024-05-14", "start_trial", "developer")
    outlook = support_standing.outlook_of(session, organization, on=day("2024-05-20"))
    assert outlook.standing.plan
    assert (outlook.standing.plan.key, outlook.standing.source) == ("developer", PlanSource.TRIAL)
    assert (outlook.trial_last_on, outlook.can_try, outlook.scheduled) == (day("2024-06-12"), frozenset(), None)
    after = support_standing.plan_of(session, organization, on=day("2024-06-13"))
    assert after.source is PlanSource.CHOICE
    assert told(session, organization) == [("2024-05-14", "Support plan activated. Developer, billed from 2024-06-13")]


def test_a_scheduled_cancellation_is_told_twice_and_can_be_taken_back(session: Session) -> None:
    organization = an_organization(session)
    wish(session, organization, "2024-03-10", "change", "developer")
    wish(session, organization, "2024-04-10", "cancel")
    outlook = support_standing.outlook_of(session, organization, on=day("2024-04-20"))
    assert outlook.scheduled
    assert outlook.scheduled.plan
    assert (outlook.scheduled.plan.key, outlook.scheduled.from_on, outlook.can_undo) == (
        "basic", day("2024-05-01"), True,
    )  # fmt: skip
    assert support_turns.due(session, on=day("2024-04-30")) == []
    note_all(session, "2024-05-02")
    assert support_turns.due(session, on=day("2024-05-02")) == []
    assert [text for _, text in told(session, organization)] == [
        "Support plan activated. Developer, billed from 2024-04-01",
        "Support plan cancellation scheduled. Developer until 2024-04-30",
        "Support plan cancelled",
    ]
    assert told(session, organization)[-1][0] == "2024-05-01"
    assert (plan(session, organization, "2024-04-30"), plan(session, organization, "2024-05-01")) == (
        "developer", "basic",
    )  # fmt: skip


def test_what_was_replaced_is_not_told(session: Session) -> None:
    organization = an_organization(session)
    wish(session, organization, "2024-03-10", "change", "pro")
    wish(session, organization, "2024-04-10", "change", "developer")
    wish(session, organization, "2024-04-20", "undo")
    note_all(session, "2024-05-02")
    assert [text for _, text in told(session, organization)][1:] == [
        "Atlas support plan updated. Pro → Developer from 2024-05-01, billed from 2024-05-01",
        "Atlas support plan updated. Pro goes on",
    ]
    assert session.scalar(select(func.count()).select_from(SupportTurn)) == 3


def test_a_turn_is_told_once(session: Session) -> None:
    organization = an_organization(session)
    wish(session, organization, "2024-03-10", "change", "pro")
    wish(session, organization, "2024-04-10", "change", "developer")
    (choice_id,) = support_turns.due(session, on=day("2024-05-01"))
    assert support_turns.note(session, choice_id, at=midnight(day("2024-05-01")))
    assert not support_turns.note(session, choice_id, at=midnight(day("2024-05-01")))
    assert told(session, organization)[-1] == ("2024-05-01", "Atlas support plan updated. It is Developer now")


def test_the_preview_says_what_an_upgrade_costs_and_from_when(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 10), "12345.60")
    close(session, customer, "2024-01")
    found = preview(session, customer.organization, "2024-02-15", "change", "pro").terms
    assert found
    assert (found.entitled_on, found.billed_on, found.first_invoice) == (
        day("2024-02-15"), day("2024-03-01"), Month(2024, 3),
    )  # fmt: skip
    assert (found.monthly, found.first_amount, found.first_is_least) == (usd("1234.56"), usd("799.00"), True)
    assert (found.retroactive_total, found.is_billed_already) == (None, False)
    assert session.scalar(select(func.count()).select_from(SupportChoice)) == 0


def test_the_preview_of_a_trial_says_when_it_is_billed(session: Session) -> None:
    found = preview(session, an_organization(session), "2024-05-14", "start_trial", "developer").terms
    assert found
    assert (found.trial_last_on, found.billed_on, found.monthly, found.first_amount, found.first_is_least) == (
        day("2024-06-12"), day("2024-06-13"), usd("60.00"), usd("36.00"), False,
    )  # fmt: skip
    assert "Unless you cancel by 2024-06-12" in found.warnings[0]


def test_the_preview_of_coming_back_says_what_the_gap_costs(session: Session) -> None:
    """R1."""
    organization = an_organization(session)
    wish(session, organization, "2024-02-10", "change", "developer")
    wish(session, organization, "2024-03-10", "cancel")
    found = preview(session, organization, "2024-05-20", "change", "developer").terms
    assert found
    assert [(one.days, one.amount) for one in found.retroactive] == [(30, usd("60.00")), (19, usd("36.77"))]
    assert (found.retroactive_total, found.first_amount) == (usd("96.77"), usd("120.00"))


def test_the_gap_of_a_percentage_is_billed_by_the_usage_of_its_days(session: Session) -> None:
    customer = a_customer(session)
    wish(session, customer.organization, "2024-01-10", "change", "pro")
    wish(session, customer.organization, "2024-02-10", "cancel")
    use(session, customer, date(2024, 3, 10), "10000")
    use(session, customer, date(2024, 4, 2), "1000")
    use(session, customer, date(2024, 4, 10), "1000")
    found = preview(session, customer.organization, "2024-04-07", "change", "pro").terms
    assert found
    assert [one.amount for one in found.retroactive] == [usd("1000.00"), usd("159.80")]


def test_the_preview_of_a_cancellation_says_until_when_it_is_kept(session: Session) -> None:
    organization = an_organization(session)
    wish(session, organization, "2024-02-10", "change", "developer")
    found = preview(session, organization, "2024-03-10", "cancel").terms
    assert found
    assert found.to_plan
    assert (found.kept_until, found.to_plan.key, found.billed_on, found.monthly) == (
        day("2024-03-31"), "basic", None, None,
    )  # fmt: skip
    assert "up to 90 days" in found.warnings[0]


def test_the_preview_names_whom_to_ask(session: Session) -> None:
    """M8."""
    organization = an_organization(session)
    found = preview(session, organization, "2024-03-10", "change", "enterprise")
    assert (found.contact, found.terms) == (Mode.CONTACT_SALES, None)
    terms_for_staff = preview(session, organization, "2024-03-10", "change", "enterprise", by_staff=True).terms
    assert terms_for_staff
    assert terms_for_staff.billed_on is None


def test_staff_say_why(session: Session) -> None:
    organization = an_organization(session)
    asked = Wish(WishKind.CHANGE, "enterprise")
    with pytest.raises(Refusal, match="Say why"):
        support_changes.make(session, organization, asked, at=midnight(day("2024-03-10")), by=None, by_staff=True)
    wish(session, organization, "2024-03-10", "change", "enterprise", by_staff=True)
    kept = session.scalars(select(SupportChoice)).one()
    assert (kept.reason, kept.by_staff) == ("As agreed", True)


def test_a_contracts_plan_is_had_while_it_runs(session: Session) -> None:
    """M10."""
    customer = a_customer(session)
    activate(session, customer, terms("elastic", None, starts_on=day("2024-02-01"), months=3, support_plan="pro"))
    organization = customer.organization
    assert support_standing.plan_of(session, organization, on=day("2024-04-30")).source is PlanSource.CONTRACT
    assert [plan(session, organization, on) for on in ("2024-01-31", "2024-02-01", "2024-05-01")] == [
        "basic", "pro", "basic",
    ]  # fmt: skip


def test_a_family_shares_its_payers_plan(session: Session) -> None:
    """M9, LINK-7."""
    house = a_house(session)
    activate(session, house.payer, terms("elastic", None, starts_on=day("2024-01-05"), support_plan="pro"))
    organizations = [house.payer.organization, house.other.organization]
    links.link(session, organizations[0], [organizations[1].hex_id], by=house.user, at=midnight(day("2024-01-15")))
    standings = support_standing.plans_of(session, organizations, on=day("2024-01-20"))
    assert [(one.plan and one.plan.key, one.source) for one in standings.values()] == [
        ("pro", PlanSource.CONTRACT), ("pro", PlanSource.PAYER),
    ]  # fmt: skip
    for one in organizations:
        with pytest.raises(Refusal, match="Linked organizations share"):
            wish(session, one, "2024-01-20", "change", "pro")


def test_who_has_a_plan_of_their_own_is_not_linked(session: Session) -> None:
    """M9 the other way round: first it has to end."""
    house = a_house(session)
    wish(session, house.other.organization, "2024-01-10", "change", "developer")
    wish(session, house.other.organization, "2024-01-12", "cancel")
    chosen = [house.other.organization.hex_id]
    for on in ("2024-01-15", "2024-01-31"):
        with pytest.raises(Refusal, match="a support plan of its own"):
            links.link(session, house.payer.organization, chosen, by=house.user, at=midnight(day(on)))
    links.link(session, house.payer.organization, chosen, by=house.user, at=midnight(day("2024-02-01")))
    assert session.scalar(select(func.count()).select_from(Link)) == 1


def test_no_tier_without_a_paid_service(session: Session) -> None:
    """AV-2: the first usage that costs something brings Basic."""
    organization = an_organization(session, catalogue="aiven")
    assert plan(session, organization, "2024-01-10") is None


def test_support_comes_with_the_pricing_plan(session: Session) -> None:
    """NE-1, NE-46: at the same instant, and who chose none has the plan without a fee."""
    organization = an_organization(session, catalogue="neon")
    assert plan(session, organization, "2024-09-01") == "community"
    change(session, organization, "2024-09-11", "scale")
    assert (plan(session, organization, "2024-09-10"), plan(session, organization, "2024-09-11")) == (
        "community", "standard",
    )  # fmt: skip
    change(session, organization, "2024-09-12", "launch")
    with pytest.raises(Refusal, match="You have Launch already"):
        change(session, organization, "2024-09-12", "launch")


def test_an_enterprise_has_the_variant_of_its_contract(session: Session) -> None:
    """NE-42, V-AMB-25."""
    organization = an_organization(session, catalogue="neon")
    found = pricing_choices.preview(session, organization, "enterprise", on=day("2024-09-01"))
    assert (found.contact, found.to_plan) == (Mode.CONTACT_SALES, None)
    change(session, organization, "2024-09-01", "enterprise", variant="gold", by_staff=True, reason="Contract")
    held = support_standing.plan_of(session, organization, on=day("2024-09-01"))
    assert held.plan
    assert (held.plan.key, held.variant) == ("enterprise", "gold")
    for plan_wanted, variant in (("business", None), ("enterprise", "standard")):
        left = pricing_choices.preview(session, organization, plan_wanted, on=day("2024-09-02"), variant=variant)
        assert left.contact is Mode.CONTACT_SALES
    with pytest.raises(Refusal, match="has no variants"):
        change(session, organization, "2024-09-03", "business", variant="gold", by_staff=True, reason="Contract")


def change(session: Session, organization: Organization, on: str, plan: str, **changes) -> None:
    pricing_choices.change(session, organization, plan, at=midnight(day(on)), by=None, **changes)


def test_two_wishes_at_once_are_decided_one_after_the_other(engine: Engine) -> None:
    """The trial is had once, however many ask for it in the same moment."""
    with writing(engine)() as session:
        organization_id = an_organization(session).id
        session.commit()
    together = threading.Barrier(2)

    def start(_: int) -> bool:
        with writing(engine)() as session:
            organization = session.get_one(Organization, organization_id)
            session.rollback()
            together.wait()
            try:
                wish(session, organization, "2024-05-14", "start_trial", "developer")
            except Refusal:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(start, range(2))) == [False, True]
    with writing(engine)() as session:
        assert session.scalar(select(func.count()).select_from(SupportChoice)) == 1
