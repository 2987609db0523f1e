"""The three vendors' values, against the tables of docs/rules/support.md and docs/rules/catalogues.md."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from portal import catalogues
from portal.domain.case_forms import ReplyVisibility, Required, Widget
from portal.domain.catalogue import ContactKind, InvoiceScope, PlanBinding
from portal.domain.methods import Method
from portal.domain.money import Money
from portal.domain.origins import Origin
from portal.domain.plan_changes import Change, ChangeBilling, Changed, Effective, Mode, rule_for
from portal.domain.prices import FlatFee, Free, Included, OnRequest, PercentOfUsage
from portal.domain.pricing_plans import Counted, OnExceed, PerUnit, Steps
from portal.domain.response_targets import Opening, Via, zone_of
from portal.domain.support_plans import Availability, Obtained

ATLAS, AIVEN, NEON = (catalogues.load(name) for name in ("atlas", "aiven", "neon"))
SIGNS = {
    Availability.INCLUDED: "●",
    Availability.NOT_INCLUDED: "–",
    Availability.CASE_BY_CASE: "*",
    Availability.BLANK: " ",
}


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def promised(catalogue, plan, variant=None):
    """The targets of a plan by severity: amount, unit, clock, calendar, comparison, kind."""
    found = {key: catalogue.target(plan, key, variant=variant) for key in catalogue.severities}
    return {
        key: target and (target.amount, target.unit, target.clock, target.calendar, target.comparison, target.kind)
        for key, target in found.items()
    }


def target(catalogue, plan, severity):
    return catalogue.target(plan, severity)


def calendar(catalogue, plan, severity, region=None):
    return catalogue.calendar(catalogue.target(plan, severity), region=region)


def cells(catalogue):
    """Each channel's cells in the plans' order, the cell of having no plan before them."""
    rows = {}
    for key, channel in catalogue.channels.items():
        row = [channel.without_plan] if channel.without_plan else []
        rows[key] = "".join(SIGNS[cell.availability] for cell in [*row, *channel.plans.values()])
    return rows


def rule(catalogue, changed, change, from_plan, to_plan=None):
    return rule_for(catalogue.change_rules, changed, change, from_plan=from_plan, to_plan=to_plan)


def test_support_plans_are_bought_or_come_with_pricing_plans():
    bindings = [(one.plan_binding, one.invoice_scope) for one in (ATLAS, AIVEN, NEON)]
    assert bindings == [
        (PlanBinding.STANDALONE, InvoiceScope.ORGANIZATION),
        (PlanBinding.STANDALONE, InvoiceScope.BILLING_GROUP),
        (PlanBinding.BUNDLED, InvoiceScope.ORGANIZATION),
    ]


def test_the_support_plans_of_atlas_have_the_agreed_prices():
    plans = ATLAS.support_plans
    assert {key: plan.price for key, plan in plans.items()} == {
        "basic": Free(),
        "developer": FlatFee(usd("60.00")),
        "pro": PercentOfUsage(Decimal(10), usd("799.00")),
        "enterprise": OnRequest(),
    }
    assert [plan.trial_days for plan in plans.values()] == [None, 30, None, None]
    assert [plan.obtained.value for plan in plans.values()] == ["always", "self_service", "self_service", "contact"]
    assert [plan.key for plan in plans.values() if not plan.opens_cases] == ["basic"]


def test_the_tiers_of_aiven_cost_a_percentage_with_a_minimum():
    plans = AIVEN.support_plans
    assert {key: (plan.price, plan.price_origin.value) for key, plan in plans.items()} == {
        "basic": (Free(), "source"),
        "priority": (PercentOfUsage(Decimal("4.5"), usd("500.00")), "source"),
        "business": (PercentOfUsage(Decimal(7), usd("1500.00")), "demo"),  # V-AMB-1
        "enterprise": (PercentOfUsage(Decimal(12), usd("5000.00")), "demo"),
    }
    assert [plan.rank for plan in plans.values()] == [0, 1, 2, 3]
    assert plans["basic"].obtained is Obtained.WITH_PAID_SERVICE  # AV-1
    assert AIVEN.without_plan is not None  # AV-2
    assert [plan.key for plan in plans.values() if plan.notifies_account_team] == ["priority", "business", "enterprise"]
    assert [plan.is_paid for plan in plans.values()] == [False, True, True, True]


def test_support_of_neon_comes_with_the_pricing_plan():  # NE-1
    assert {key: (plan.price, plan.support_plan) for key, plan in NEON.pricing_plans.items()} == {
        "free": (Free(), "community"),
        "launch": (FlatFee(usd("19.00")), "standard"),
        "scale": (FlatFee(usd("69.00")), "standard"),
        "business": (FlatFee(usd("700.00")), "priority"),
        "enterprise": (FlatFee(usd("5000.00")), "enterprise"),
    }
    assert {plan.price for plan in NEON.support_plans.values()} == {Free(), Included()}
    assert {plan.obtained for plan in NEON.support_plans.values()} == {Obtained.WITH_PRICING_PLAN}
    assert list(NEON.support_plans["enterprise"].variants) == ["standard", "gold"]
    assert NEON.pricing_plans["enterprise"].price_origin is Origin.DEMO
    assert NEON.pricing_plans["enterprise"].obtained is Obtained.CONTACT
    assert [plan.is_paid for plan in NEON.pricing_plans.values()] == [False, True, True, True, True]  # NE-14


@pytest.mark.parametrize(
    ("plan", "storage", "compute", "projects"),
    [
        ("free", ("0.5", None), ("191.9", None), ("1", None)),
        ("launch", ("10", Steps(Decimal(2), usd("3.50"), True)), ("300", PerUnit(Decimal("0.16"))), ("100", None)),
        ("scale", ("50", Steps(Decimal(10), usd("15.00"), True)), ("750", PerUnit(Decimal("0.16"))),
         ("1000", Steps(Decimal(500), usd("50.00"), True))),
        ("business", ("500", Steps(Decimal(10), usd("5.00"), True)), ("1000", PerUnit(Decimal("0.16"))),
         ("5000", Steps(Decimal(5000), usd("50.00"), True))),
    ],
)  # fmt: skip
def test_a_pricing_plan_includes_what_was_agreed(plan, storage, compute, projects):
    allowances = NEON.pricing_plans[plan].allowances
    found = [(allowance.included, allowance.overage) for allowance in allowances.values()]
    assert found == [(Decimal(included), overage) for included, overage in (storage, compute, projects)]


def test_what_the_enterprise_plan_includes_stands_in_the_contract():
    assert not NEON.pricing_plans["enterprise"].allowances


def test_free_compute_is_suspended_and_never_billed():
    assert NEON.pricing_plans["free"].allowances["compute_hours"].on_exceed is OnExceed.SUSPEND
    assert NEON.pricing_plans["launch"].allowances["projects"].on_exceed is OnExceed.REFUSE


def test_hours_add_up_and_levels_have_a_peak():
    counted = {key: metric.counted for key, metric in NEON.metrics.items()}
    assert counted == {"storage_gib": Counted.PEAK, "compute_hours": Counted.SUM, "projects": Counted.PEAK}


def test_only_business_has_an_uptime_sla_by_itself():
    found = {key: plan.uptime_percent for key, plan in NEON.pricing_plans.items() if plan.uptime_percent}
    assert found == {"business": Decimal("99.95")}


def test_the_first_response_targets_of_atlas_are_the_agreed_ones():
    def elapsed(amount, unit):
        return amount, unit, "elapsed", None, "le", "target"

    eight = elapsed(8, "hour")
    assert promised(ATLAS, "basic") == dict.fromkeys("1234")
    assert promised(ATLAS, "developer") == dict.fromkeys("1234", eight)
    assert promised(ATLAS, "pro") == {"1": elapsed(2, "hour"), "2": elapsed(4, "hour"), "3": eight, "4": eight}
    two = elapsed(2, "hour")
    assert promised(ATLAS, "enterprise") == {"1": elapsed(15, "minute"), "2": elapsed(1, "hour"), "3": two, "4": two}
    assert {one.origin for one in ATLAS.response_targets} == {Origin.DEMO}


def test_the_first_response_targets_of_aiven_are_the_agreed_ones():
    within_days = (12, "hour", "business", "business_days", "le", "target")
    assert promised(AIVEN, "basic") == dict.fromkeys(
        ("critical", "high", "low"), (1, "business_day", "business", "business_hours", "le", "best_effort")
    )
    assert promised(AIVEN, "priority") == dict.fromkeys(("critical", "high", "low"), within_days)
    assert promised(AIVEN, "business") == {
        "critical": (15, "minute", "business", "business_hours", "le", "target"),
        "high": (1, "hour", "business", "business_hours", "le", "target"),
        "low": within_days,
    }
    assert promised(AIVEN, "enterprise") == {
        "critical": (15, "minute", "elapsed", None, "le", "target"),
        "high": (1, "hour", "elapsed", None, "le", "target"),
        "low": (12, "hour", "elapsed", None, "le", "target"),
    }
    assert target(AIVEN, "basic", "low").day_counting == "close_of_nth_day"
    assert not target(AIVEN, "basic", "low").is_promise


def test_the_first_response_targets_of_neon_are_the_agreed_ones():  # NE-4
    expectation = (3, "business_day", "business", "neon_doc", "le", "expectation")
    days = (3, "day", "business", "neon_doc", "lt", "target")
    assert promised(NEON, "community") == dict.fromkeys("1234")
    assert promised(NEON, "standard") == promised(NEON, "priority") == dict.fromkeys("1234", expectation)
    assert promised(NEON, "enterprise", "standard") == {
        "1": (2, "hour", "business", "neon_doc", "lt", "target"),
        "2": (2, "day", "business", "neon_doc", "lt", "target"),
        "3": days,
        "4": days,
    }
    assert promised(NEON, "enterprise", "gold") == {
        "1": (1, "hour", "elapsed", None, "lt", "target"),
        "2": (1, "day", "elapsed", None, "lt", "target"),
        "3": days,
        "4": days,
    }
    assert {one.only_via for one in NEON.response_targets} == {Via.PORTAL}  # NE-5
    assert {one.plan for one in NEON.response_targets if one.is_promise} == {"enterprise"}


def test_the_channels_are_the_agreed_ones():
    assert cells(ATLAS) == {
        "chat": "●●●●", "resources": "●●●●", "cases": "–●●●", "knowledge_base": "–●●●", "phone": "––●●",
        "escalation_manager": "––●●", "university": "––●●", "customer_success": "–––●",
    }  # fmt: skip
    assert cells(AIVEN) == {
        "forum": "●●●●●", "ticket": "–●●●●", "email": "–●●●●", "phone": "–––●●", "account_manager": "––––●",
        "account_team": "––●●●", "business_review": "–––*●", "recovery_planning": "–––*●", "recovery_test": "––––●",
        "custom_sla": "––***",
    }  # fmt: skip
    assert cells(NEON) == {
        "discord": "●●●●", "ai_chat": "●●●●", "ticket": "–●●●", "prioritized_ticket": "––●●", "video": "––**",
        "sla": "–– ●",
    }  # fmt: skip


def test_phone_is_for_critical_tickets_only():
    business = AIVEN.channels["phone"].plans["business"]
    assert (business.severities, business.note) == (("critical",), "Critical only")


def test_discord_is_no_official_channel():
    assert [channel.key for channel in NEON.channels.values() if not channel.is_official] == ["discord"]


def test_severities_go_from_the_worst():
    for catalogue, keys in [(ATLAS, "1 2 3 4"), (AIVEN, "critical high low"), (NEON, "1 2 3 4")]:
        severities = sorted(catalogue.severities.values(), key=lambda severity: severity.rank)
        assert [severity.key for severity in severities] == keys.split()
    assert [key for key, severity in NEON.severities.items() if severity.requires_impact] == ["1"]


def test_the_region_decides_which_calendar_counts():  # V-AMB-10
    found = [calendar(AIVEN, "business", "high", region).zone for region in (None, "cet", "aest", "est")]
    assert found == ["Europe/Berlin", "Europe/Berlin", "Australia/Sydney", "America/New_York"]
    assert calendar(AIVEN, "priority", "low", "est").nominal_day_minutes == 1440
    assert calendar(AIVEN, "enterprise", "low", "est") is None
    assert calendar(NEON, "standard", "1").key == "neon_doc"


@pytest.mark.parametrize(
    ("key", "opening", "minutes", "holidays"),
    [
        ("demo_9_17", Opening(540, 1020), 480, None),
        ("neon_doc", Opening(360, 1080), 720, ("US", None)),
        ("neon_sla", Opening(360, 840), 480, ("US", None)),
        ("aiven_cet", Opening(480, 1080), 600, ("DE", None)),
        ("aiven_aest", Opening(480, 1080), 600, ("AU", "NSW")),
        ("aiven_est", Opening(480, 1080), 600, ("US", None)),
        ("aiven_24x5_cet", Opening(0, 1440), 1440, ("DE", None)),
    ],
)
def test_the_calendars_are_the_agreed_ones(key, opening, minutes, holidays):  # SL-11
    hours = catalogues.load_calendars()[key]
    assert hours.openings == dict.fromkeys(range(5), (opening,))
    assert hours.nominal_day_minutes == minutes == opening.minutes
    found = hours.holiday_set
    assert (found and (found.country, found.subdivision)) == holidays


def test_a_zone_is_a_citys_or_a_fixed_offset():
    assert zone_of("UTC-08:00").utcoffset(None) == timedelta(hours=-8)
    assert zone_of("UTC+05:30").utcoffset(None) == timedelta(hours=5, minutes=30)
    assert zone_of("UTC") is UTC
    assert catalogues.load_calendars()["aiven_cet"].time_zone == ZoneInfo("Europe/Berlin")


def test_changes_of_the_support_plan_of_atlas():
    plan = Changed.SUPPORT_PLAN
    upgrade = rule(ATLAS, plan, Change.UPGRADE, "basic", "pro").terms
    assert (upgrade.effective, upgrade.entitled) == (Effective.FIRST_OF_NEXT_MONTH, Effective.IMMEDIATE)  # M4
    downgrade = rule(ATLAS, plan, Change.DOWNGRADE, "pro", "developer").terms
    assert (downgrade.effective, downgrade.entitled) == (Effective.FIRST_OF_NEXT_MONTH,) * 2  # M5
    assert rule(ATLAS, plan, Change.CANCEL, "pro").terms.effective is Effective.END_OF_MONTH  # M6
    trial = rule(ATLAS, plan, Change.CANCEL_IN_TRIAL, "developer").terms
    assert (trial.effective, trial.billing) == (Effective.IMMEDIATE, ChangeBilling.STOP_NOW)  # M3
    to_enterprise = rule(ATLAS, plan, Change.UPGRADE, "pro", "enterprise")
    assert (to_enterprise.mode, to_enterprise.terms) == (Mode.CONTACT_SALES, None)  # M8
    assert rule(ATLAS, plan, Change.CANCEL, "enterprise").mode is Mode.CONTACT_SALES


def test_changes_of_the_tier_of_aiven():
    upgrade = rule(AIVEN, Changed.SUPPORT_PLAN, Change.UPGRADE, "basic", "business").terms
    assert (upgrade.effective, upgrade.billing) == (Effective.CHOSEN_MONTH, ChangeBilling.WHOLE_MONTH)  # AV-30
    assert (upgrade.months_ahead, upgrade.setup_business_days) == (2, (1, 2))  # V-AMB-4
    assert upgrade.entitled is Effective.AFTER_SETUP
    for change in (Change.DOWNGRADE, Change.CANCEL):
        assert rule(AIVEN, Changed.SUPPORT_PLAN, change, "business").mode is Mode.CONTACT_ACCOUNT_TEAM  # AV-21


def test_changes_of_the_pricing_plan_of_neon():
    plan = Changed.PRICING_PLAN
    upgrade = rule(NEON, plan, Change.UPGRADE, "launch", "scale").terms
    assert (upgrade.effective, upgrade.billing) == (Effective.IMMEDIATE, ChangeBilling.PRORATE_DAYS)  # NE-45
    assert rule(NEON, plan, Change.DOWNGRADE, "scale", "launch").terms.effective is Effective.AFTER_LIMITS_MET
    assert rule(NEON, plan, Change.DOWNGRADE, "enterprise", "launch").mode is Mode.CONTACT_SALES  # NE-42
    assert rule(NEON, plan, Change.UPGRADE, "business", "enterprise").mode is Mode.CONTACT_SALES
    assert rule(NEON, Changed.SUPPORT_PLAN, Change.UPGRADE, "standard").mode is Mode.FORBIDDEN  # NE-40
    assert rule(NEON, plan, Change.CANCEL, "scale") is None


def test_the_form_of_aiven_asks_in_the_agreed_order():
    fields = {key: field.required for key, field in AIVEN.case_form.items()}
    yes, no = Required.YES, Required.NO
    assert list(fields.items()) == [
        ("cc", no), ("subject", yes), ("severity", yes), ("projects", no), ("product", yes), ("reason", yes),
        ("description", yes), ("files", no),
    ]  # fmt: skip
    assert AIVEN.case_form["subject"].max_length == 255
    assert AIVEN.case_form["description"].max_length == 32_000
    assert (AIVEN.case_form["cc"].most, AIVEN.case_form["files"].most) == (48, 5)
    assert AIVEN.case_form["files"].most_bytes == 10 * 1024 * 1024
    assert list(AIVEN.case_form["reason"].options) == ["incident", "question", "billing", "account", "feature_request"]
    assert AIVEN.case_form["product"].widget is Widget.SELECT


def test_the_business_impact_is_asked_for_the_worst_severity_alone():
    impact = NEON.case_form["business_impact"]
    assert impact.is_required({"severity": "1"})
    assert not impact.is_required({"severity": "2"})
    assert not impact.is_required({})
    assert impact.min_length == 30
    assert not NEON.case_form["severity"].is_required({})
    assert NEON.case_form["subject"].is_required({})
    assert NEON.case_form["video"].plans == ("priority", "enterprise")


def test_how_tickets_are_handled():
    assert NEON.case_policy.severity_when_missing == "3"  # V-AMB-24
    assert AIVEN.case_policy.severity_when_missing is None
    assert NEON.case_policy.staff_explain_severity  # NE-20
    assert NEON.case_policy.incidents_first  # NE-13
    for catalogue in (ATLAS, AIVEN, NEON):
        assert not catalogue.case_policy.external_may_add_cc  # CC-7
        assert catalogue.case_policy.external_reply_visibility is ReplyVisibility.STAFF_ONLY  # CC-6
        assert (catalogue.case_policy.autoclose_days, catalogue.case_policy.origins["autoclose_days"]) == (
            7,
            Origin.DEMO,
        )
    assert list(NEON.close_reasons) == [
        "resolved", "workaround", "fix_in_release", "answered", "out_of_scope", "duplicate",
    ]  # fmt: skip


def test_the_vendors_own_words():
    assert (ATLAS.words.case, AIVEN.words.case, NEON.words.case) == ("support case", "ticket", "ticket")
    assert ATLAS.words.new_case == "Create New Case"
    assert (AIVEN.words.change_plan, AIVEN.words.my_cases) == ("Upgrade to Enterprise", "My tickets")
    assert (AIVEN.words.current_plan, AIVEN.words.reply) == ("Current support tier", "Add to conversation")
    assert (NEON.words.case_form, NEON.words.change_plan) == ("Create Support Ticket", "Change plan")


def test_there_is_somebody_to_contact():
    assert NEON.contacts[ContactKind.SUPPORT_EMAIL].email == "support@neon.tech"  # NE-12
    assert ContactKind.ACCOUNT_TEAM in AIVEN.contacts
    assert AIVEN.contacts[ContactKind.CUSTOM_SLA].link == "mailto:sales@aiven.io"  # AV-5
    assert AIVEN.contacts[ContactKind.OTHER_SERVICES].link == "mailto:sales@aiven.io"  # AV-4
    assert AIVEN.contacts[ContactKind.PUBLIC_SLA].link == "https://aiven.io/sla"
    assert AIVEN.contacts[ContactKind.PHONE].link == "tel:+442079460143"
    assert NEON.contacts[ContactKind.CUSTOM_SUPPORT].link == "https://neon.tech/contact-sales"
    assert all(ContactKind.SALES in catalogue.contacts for catalogue in (ATLAS, AIVEN, NEON))


def test_the_consulting_packages_are_the_agreed_ones():
    packages = ATLAS.consulting_packages.values()
    assert [(package.key, package.units, package.price, package.valid_days) for package in packages] == [
        ("accelerate", 8, usd("2800.00"), 365),
        ("scale", 20, usd("6600.00"), 365),
        ("transform", 50, usd("15500.00"), 365),
    ]
    assert {package.origin for package in packages} == {Origin.DEMO}


def test_what_nobody_publishes_is_marked_as_demo():
    assert [plan.key for plan in ATLAS.support_plans.values() if plan.price_origin is Origin.DEMO] == [
        "developer",
        "pro",
    ]
    assert AIVEN.channels["business_review"].plans["business"].origin is Origin.DEMO
    assert AIVEN.channels["recovery_test"].plans["enterprise"].origin is Origin.SOURCE


@pytest.mark.parametrize(("name", "days"), [("atlas", 30), ("aiven", 10), ("neon", 30)])
def test_the_payment_terms_are_the_agreed_ones(name, days):
    assert catalogues.load(name).payment_terms_days == days


def test_every_way_to_settle_has_its_name():
    assert set(ATLAS.payment_labels) == {method.value for method in Method}


def test_every_subscription_type_is_described():
    assert set(ATLAS.subscription_types) == {
        "elastic", "flex_commitment", "monthly_commitment", "prepaid", "marketplace", "gcp_monthly_commitment",
    }  # fmt: skip
