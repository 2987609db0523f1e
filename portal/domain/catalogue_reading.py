"""Reads a catalogue file into values, and says file, key and what is expected where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from portal.domain.catalogue import (
    Catalogue,
    ConsultingPackage,
    FirstResponse,
    FlatFee,
    Free,
    Obtained,
    OnRequest,
    Origin,
    PercentOfUsage,
    Price,
    Severity,
    SubscriptionType,
    SupportPlan,
    Words,
)
from portal.domain.money import USD, Money
from portal.domain.permissions import Action, OrganizationRole, ProjectRole, Roles
from portal.domain.reading import Reader
from portal.domain.settlement import Method

T = TypeVar("T")

# Two versions of the vendor's support page disagree on who may raise a case (AMB-1, atlas 1.4).
SUPPORT_RULES = ("2024", "legacy")
_FOR_ALL = frozenset({Method.CARD, Method.PAYPAL, Method.UNPAID})


def parse_catalogue(table: object, *, name: str, source: str) -> Catalogue:
    """The catalogue in `table`; what is missing, unknown or of a wrong kind is `Malformed` at its place in it."""
    with Reader(table, source) as top:
        support_rules = top.optional_text("support_rules", one_of=SUPPORT_RULES)
        support_plans = _by_key(top, "support_plans", _support_plan)
        severities = _by_key(top, "severities", _severity)
        return Catalogue(
            name=name,
            title=top.text("title"),
            words=_words(top),
            roles=_roles(top, support_rules),
            closes_months=top.flag("closes_months", default=False),
            payment_terms_days=_payment_terms(top),
            payment_labels=_payment_labels(top),
            support_plans=support_plans,
            severities=severities,
            first_response=_first_response(top, support_plans, severities),
            consulting_packages=_by_key(top, "consulting_packages", _consulting_package),
            subscription_types=_by_key(top, "subscription_types", _subscription_type),
        )


def _words(top: Reader) -> Words:
    with top.table("words") as words:
        return Words(case=words.text("case"), cases=words.text("cases"), other_usage=words.text("other_usage"))


def _roles(top: Reader, support_rules: str | None) -> Roles:
    return Roles(
        organization={key: _organization_role(role, key, support_rules) for key, role in top.named_tables("roles")},
        project={key: _project_role(role, key, support_rules) for key, role in top.named_tables("project_roles")},
    )


def _organization_role(role: Reader, key: str, support_rules: str | None) -> OrganizationRole:
    name, description = role.text("name"), role.text("description")
    organization, all_projects = _actions(role, "organization", False), _actions(role, "all_projects", True)
    for extra in _rules_in_force(role, support_rules):
        organization |= _actions(extra, "organization", False)
        all_projects |= _actions(extra, "all_projects", True)
    return OrganizationRole(key, name, description, organization, all_projects)


def _project_role(role: Reader, key: str, support_rules: str | None) -> ProjectRole:
    name, description = role.text("name"), role.text("description")
    own_project = _actions(role, "own_project", True)
    for extra in _rules_in_force(role, support_rules):
        own_project |= _actions(extra, "own_project", True)
    return ProjectRole(key, name, description, own_project)


def _rules_in_force(role: Reader, support_rules: str | None) -> Iterator[Reader]:
    """What the role grants besides under the rules in force; what it would grant under others is read past."""
    extra = role.optional_table("support_rules")
    if extra is None:
        return
    for rules in tuple(extra.keys()):
        if rules not in SUPPORT_RULES:
            raise extra.refuse(rules, f"one of {', '.join(SUPPORT_RULES)} is expected")
        with extra.table(rules) as granted:
            if rules == support_rules:
                yield granted
            else:
                _actions(granted, "organization", False)
                _actions(granted, "all_projects", True)
                _actions(granted, "own_project", True)


def _actions(role: Reader, key: str, in_project: bool) -> frozenset[Action]:
    allowed = [action.value for action in Action if action.in_project == in_project]
    return frozenset(Action(name) for name in role.texts(key, default=(), one_of=allowed))


def _payment_terms(top: Reader) -> int:
    with top.table("payment_terms") as terms:
        _origin(terms)
        return terms.integer("days", lowest=0, highest=365)


def _payment_labels(top: Reader) -> Mapping[str, str]:
    """What can settle every customer's usage has a label, and nothing has one that settles no usage."""
    with top.table("payment_labels") as labels:
        return {method.value: labels.text(method) for method in Method if method in _FOR_ALL or labels.has(method)}


def _support_plan(plan: Reader, key: str) -> SupportPlan:
    return SupportPlan(
        key=key,
        name=plan.text("name"),
        description=plan.text("description"),
        rank=plan.integer("rank", highest=100),
        obtained=Obtained(plan.text("obtained", one_of=[kind.value for kind in Obtained])),
        opens_cases=plan.flag("opens_cases"),
        price=_price(plan),
        trial_days=plan.integer("trial_days", lowest=1, highest=365) if plan.has("trial_days") else None,
        origin=_origin(plan),
    )


def _price(plan: Reader) -> Price:
    with plan.table("price") as price:
        match price.text("kind", one_of=("free", "flat_fee", "percent_of_usage", "on_request")):
            case "flat_fee":
                return FlatFee(_dollars(price, "per_month"))
            case "percent_of_usage":
                return PercentOfUsage(price.decimal("percent"), _dollars(price, "at_least_per_month"))
            case "on_request":
                return OnRequest()
            case _:
                return Free()


def _severity(severity: Reader, key: str) -> Severity:
    return Severity(
        key, severity.text("name"), severity.text("description"), severity.integer("rank", lowest=1, highest=9)
    )


def _first_response(
    top: Reader, plans: Mapping[str, SupportPlan], severities: Mapping[str, Severity]
) -> Mapping[str, FirstResponse]:
    targets: dict[str, FirstResponse] = {}
    for target in top.tables("first_response", required=False):
        plan = target.text("plan", one_of=plans)
        if plan in targets:
            raise target.refuse("plan", f"the targets of {plan} stand twice")
        target.text("clock", one_of=("elapsed",))
        kind = target.text("kind", one_of=("target", "expectation"))
        with target.table("minutes") as minutes:
            by_severity = {key: minutes.integer(key, lowest=1) for key in severities}
        targets[plan] = FirstResponse(plan, by_severity, kind == "target", _origin(target))
    return targets


def _consulting_package(package: Reader, key: str) -> ConsultingPackage:
    return ConsultingPackage(
        key=key,
        name=package.text("name"),
        description=package.text("description"),
        units=package.integer("units", lowest=1),
        price=_dollars(package, "price"),
        valid_days=package.integer("valid_days", lowest=1),
        origin=_origin(package),
    )


def _subscription_type(kind: Reader, key: str) -> SubscriptionType:
    return SubscriptionType(key, kind.text("name"), kind.text("description"))


def _by_key(top: Reader, section: str, parse: Callable[[Reader, str], T]) -> Mapping[str, T]:
    if not top.has(section):
        return {}
    return {key: parse(table, key) for key, table in top.named_tables(section)}


def _dollars(table: Reader, key: str) -> Money:
    return Money.of(table.decimal(key, places=2), USD)


def _origin(table: Reader) -> Origin:
    return Origin(table.text("origin", one_of=[origin.value for origin in Origin]))
