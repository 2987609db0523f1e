"""Asking for support tiers with a start month, and what staff decide (AV-20 to AV-35)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.periods import Month
from portal.domain.tier_requests import TierState
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization
from portal.models.support_choices import SupportChoice
from portal.services import organizations, support_tiers, support_turns, tier_decisions, tier_turns, usage
from portal.services.support_tiers import TierWish
from portal.services.usage import NewUsage
from tests.builders import an_organization
from tests.customers import midnight
from tests.members import a_user
from tests.plans import ask_for, day, plan, told

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def with_service(
    session: Session, slug: str = "acme", *, region: str | None = None, used: str = "2024-01-10"
) -> Organization:
    """An organization whose first paid usage is of this day."""
    organization = an_organization(session, slug, catalogue="aiven")
    organization.region = region
    project = organizations.create_project(session, organization, "shop", at=midnight(day(used)))
    row = NewUsage(
        organization_id=organization.id,
        project_id=project.id,
        service="PostgreSQL",
        sku="business-4",
        provider=None,
        used_on=day(used),
        posted_on=day(used),
        quantity_nano=10**9,
        unit="USD",
        unit_price_pico=10**12,
        external_id="first",
    )
    usage.post(session, [row])
    return organization


def decide(session: Session, organization: Organization, on: str, state: TierState, **changes) -> None:
    (newest, *_) = tier_turns.requests_of(session, organization, on=day(on))
    at = midnight(day(on))
    tier_decisions.decide(session, organization, newest.request.hex_id, state, by=None, at=at, **changes)


def state(session: Session, organization: Organization, on: str) -> TierState:
    return tier_turns.requests_of(session, organization, on=day(on))[0].state


def test_a_tier_is_set_up_and_billed_from_the_first_of_the_month(session: Session) -> None:
    """AV-30: two dates that differ."""
    organization = with_service(session)
    assert plan(session, organization, "2024-04-17") == "basic"
    ask_for(session, organization, "2024-04-17", "priority", "2024-04")
    decide(session, organization, "2024-04-17", TierState.IN_SETUP)
    assert plan(session, organization, "2024-04-17") == "basic"
    decide(session, organization, "2024-04-19", TierState.ACTIVE)
    kept = session.scalars(select(SupportChoice)).one()
    assert (kept.entitled_on, kept.billed_on) == (day("2024-04-19"), day("2024-04-01"))
    assert (plan(session, organization, "2024-04-18"), plan(session, organization, "2024-04-19")) == (
        "basic", "priority",
    )  # fmt: skip
    assert told(session, organization) == [
        ("2024-04-17", "Support tier was asked for. Priority from 2024-04"),
        ("2024-04-17", "Request for a support tier was decided on. Priority: in setup"),
        ("2024-04-19", "Support plan activated. Priority"),
    ]


def test_a_later_start_waits_for_its_first_day(session: Session) -> None:
    organization = with_service(session)
    ask_for(session, organization, "2024-04-17", "business", "2024-06")
    decide(session, organization, "2024-04-18", TierState.SCHEDULED)
    assert (state(session, organization, "2024-05-31"), state(session, organization, "2024-06-01")) == (
        TierState.SCHEDULED, TierState.ACTIVE,
    )  # fmt: skip
    assert (plan(session, organization, "2024-05-31"), plan(session, organization, "2024-06-01")) == (
        "basic", "business",
    )  # fmt: skip
    (choice_id,) = support_turns.due(session, on=day("2024-06-01"))
    support_turns.note(session, choice_id, at=midnight(day("2024-06-02")))
    assert told(session, organization)[-1] == ("2024-06-01", "Support plan activated. Business")


def test_one_request_at_a_time(session: Session) -> None:
    """AV-23."""
    organization = with_service(session)
    ask_for(session, organization, "2024-04-17", "priority", "2024-06")
    with pytest.raises(Refusal, match="submitted already"):
        ask_for(session, organization, "2024-04-18", "business", "2024-06")
    decide(session, organization, "2024-04-18", TierState.SCHEDULED)
    with pytest.raises(Refusal, match="scheduled already"):
        ask_for(session, organization, "2024-05-31", "business", "2024-06")
    ask_for(session, organization, "2024-06-01", "business", "2024-06")


def test_what_is_withdrawn_or_turned_down_leaves_no_plan(session: Session) -> None:
    organization = with_service(session)
    by = a_user(session, "Ada")
    request = ask_for(session, organization, "2024-04-17", "priority", "2024-04")
    support_tiers.withdraw(session, organization, request.hex_id, by=by, at=midnight(day("2024-04-17")))
    with pytest.raises(Refusal, match="withdrawn cannot become in setup"):
        decide(session, organization, "2024-04-18", TierState.IN_SETUP)
    ask_for(session, organization, "2024-04-18", "priority", "2024-04")
    with pytest.raises(Refusal, match="Say why"):
        decide(session, organization, "2024-04-18", TierState.REJECTED)
    decide(session, organization, "2024-04-18", TierState.REJECTED, reason="No contract yet.")
    assert told(session, organization)[-1][1].endswith("Priority: rejected. No contract yet.")
    assert session.scalar(select(func.count()).select_from(SupportChoice)) == 0


def test_what_staff_took_up_is_not_withdrawn(session: Session) -> None:
    organization = with_service(session)
    request = ask_for(session, organization, "2024-04-17", "priority", "2024-04")
    decide(session, organization, "2024-04-18", TierState.IN_SETUP)
    by, at = a_user(session, "Ada"), midnight(day("2024-04-18"))
    with pytest.raises(Refusal, match="in setup cannot become withdrawn"):
        support_tiers.withdraw(session, organization, request.hex_id, by=by, at=at)
    with pytest.raises(AlreadyDone):
        decide(session, organization, "2024-04-18", TierState.IN_SETUP)


def test_a_tier_does_not_begin_before_it_is_decided(session: Session) -> None:
    organization = with_service(session)
    ask_for(session, organization, "2024-04-17", "priority", "2024-04")
    with pytest.raises(Refusal, match="2024-04-18 or later"):
        decide(session, organization, "2024-04-18", TierState.SCHEDULED, active_on=day("2024-04-17"))
    decide(session, organization, "2024-04-18", TierState.SCHEDULED, active_on=day("2024-04-22"))
    assert (plan(session, organization, "2024-04-21"), plan(session, organization, "2024-04-22")) == (
        "basic", "priority",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("region", "at", "expected"),
    [
        pytest.param("cet", datetime(2024, 4, 12, 15, tzinfo=UTC), ("2024-04-15", "2024-04-16"), id="over a weekend"),
        pytest.param("est", datetime(2024, 8, 30, 15, tzinfo=UTC), ("2024-09-03", "2024-09-04"), id="over Labor Day"),
        pytest.param("aest", datetime(2024, 4, 11, 15, tzinfo=UTC), ("2024-04-15", "2024-04-16"), id="Friday there"),
    ],
)
def test_the_expected_days_are_business_days_where_the_customer_is(
    session: Session, region: str, at: datetime, expected: tuple[str, str]
) -> None:
    organization = with_service(session, region=region)
    choice = support_tiers.choice_of(session, organization, at=at)
    found = support_tiers.preview(
        session, organization, TierWish("priority", choice.months[0], choice.groups[0].id), at=at
    )
    assert found.expected == tuple(map(day, expected))


def test_the_preview_says_what_is_billed_and_where(session: Session) -> None:
    organization, at = with_service(session), midnight(day("2024-04-17"))
    choice = support_tiers.choice_of(session, organization, at=at)
    assert [tier.key for tier in choice.tiers] == ["priority", "business", "enterprise"]
    assert choice.months == [Month(2024, 4), Month(2024, 5), Month(2024, 6)]
    now, later = (
        support_tiers.preview(session, organization, TierWish("priority", month, choice.groups[0].id), at=at)
        for month in choice.months[:2]
    )
    assert (now.billed_from, len(now.warnings), str(now.monthly)) == (day("2024-04-01"), 2, "500.00")
    assert (later.billed_from, later.expected, len(later.warnings)) == (
        day("2024-05-01"), (day("2024-05-01"), day("2024-05-01")), 1,
    )  # fmt: skip


def test_what_cannot_be_asked_for_is_said(session: Session) -> None:
    organization, at = with_service(session), midnight(day("2024-04-17"))
    group = support_tiers.choice_of(session, organization, at=at).groups[0].id
    other = an_organization(session, "other", catalogue="aiven")
    foreign = session.scalars(select(BillingGroup.id).where(BillingGroup.organization_id == other.id)).one()
    assert _refusal(session, organization, "priority", "2024-07", group).startswith("A tier starts in 2024-04")
    assert _refusal(session, organization, "priority", "2024-03", group).startswith("A tier starts in 2024-04")
    assert "billing groups" in _refusal(session, organization, "priority", "2024-04", foreign)
    assert "contact your account team" in _refusal(session, organization, "basic", "2024-04", group)
    assert "no support tier" in _refusal(session, organization, "gold", "2024-04", group)
    assert "paid service" in _refusal(session, other, "priority", "2024-04", foreign)
    assert "not asked for" in _refusal(session, an_organization(session, "third"), "pro", "2024-04", group)


def _refusal(session: Session, organization: Organization, tier: str, month: str, group: int) -> str:
    wanted = TierWish(tier, Month.parse(month), group)
    return support_tiers.preview(session, organization, wanted, at=midnight(day("2024-04-17"))).refusal or ""


def test_staff_see_what_waits_the_oldest_first(session: Session) -> None:
    organization = with_service(session)
    ask_for(session, organization, "2024-04-17", "priority", "2024-04")
    ((waiting, whose),) = tier_turns.waiting(session, on=day("2024-04-17"))
    assert (waiting.state, whose.id) == (TierState.SUBMITTED, organization.id)
    decide(session, organization, "2024-04-18", TierState.SCHEDULED, active_on=day("2024-04-19"))
    assert tier_turns.waiting(session, on=day("2024-04-19")) == []
