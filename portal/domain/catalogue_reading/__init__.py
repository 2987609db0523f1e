"""Reads a catalogue file into values, and says file, key and what is expected where it is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields

from portal.domain.catalogue import (
    Catalogue,
    ConsultingPackage,
    Contact,
    ContactKind,
    InvoiceScope,
    PlanBinding,
    Region,
    SubscriptionType,
    Words,
)
from portal.domain.catalogue_reading.case_forms import parse_case_form, parse_case_policy
from portal.domain.catalogue_reading.plan_changes import parse_change_rules
from portal.domain.catalogue_reading.pricing_plans import parse_metrics, parse_pricing_plans
from portal.domain.catalogue_reading.projects import parse_project_rules
from portal.domain.catalogue_reading.response_targets import parse_regions, parse_targets
from portal.domain.catalogue_reading.retroactive import parse_retroactive_billing
from portal.domain.catalogue_reading.roles import parse_roles
from portal.domain.catalogue_reading.support_plans import (
    parse_channels,
    parse_severities,
    parse_support_plans,
    parse_without_plan,
)
from portal.domain.catalogue_reading.values import (
    by_key,
    choice,
    dollars,
    names,
    optional_email,
    optional_phone,
    optional_url,
    origin,
)
from portal.domain.methods import Method
from portal.domain.origins import Origin
from portal.domain.plan_changes import Changed
from portal.domain.pricing_plans import PricingPlan
from portal.domain.reading import Reader
from portal.domain.response_targets import BusinessCalendar, ResponseTarget
from portal.domain.support_plans import Obtained, SupportPlan

_FOR_ALL = frozenset({Method.CARD, Method.PAYPAL, Method.UNPAID})
# What settles usage under a contract that is sold; elastic takes over where the others end.
_SETTLING: Mapping[str, frozenset[Method]] = {
    "elastic": frozenset({Method.ELASTIC}),
    "flex_commitment": frozenset({Method.FLEX_COMMITMENT, Method.ELASTIC}),
    "monthly_commitment": frozenset({Method.MONTHLY_COMMITMENT, Method.ELASTIC}),
    "prepaid": frozenset({Method.PREPAID, Method.ELASTIC}),
    "marketplace": frozenset({Method.MARKETPLACE}),
    "gcp_monthly_commitment": frozenset({Method.GCP_COMMITMENT, Method.GCP_ELASTIC}),
}


def parse_catalogue(
    table: object, *, name: str, source: str, calendars: Mapping[str, BusinessCalendar] | None = None
) -> Catalogue:
    """The catalogue in `table`; what is missing, unknown or of a wrong kind is `Malformed` at its place in it.

    `calendars` are those that its response targets may count on.
    """
    with Reader(table, source) as top:
        return _catalogue(top, name, calendars or {})


def _catalogue(top: Reader, name: str, calendars: Mapping[str, BusinessCalendar]) -> Catalogue:
    plans, severities, without_plan = parse_support_plans(top), parse_severities(top), parse_without_plan(top)
    metrics, contacts, regions = parse_metrics(top), _contacts(top), parse_regions(top, calendars)
    pricing_plans = parse_pricing_plans(top, plans, metrics)
    by_region = {calendar for region in regions.values() for calendar in region.calendars}
    targets = parse_targets(top, plans, severities, calendars=(*calendars, *sorted(by_region)))
    changed = {Changed.SUPPORT_PLAN: plans, Changed.PRICING_PLAN: pricing_plans}
    payment_terms_days, payment_terms_origin = _payment_terms(top)
    sold, roles = by_key(top, "subscription_types", _subscription_type), parse_roles(top)
    return Catalogue(
        name=name,
        title=top.text("title"),
        plan_binding=_plan_binding(top, plans, pricing_plans),
        invoice_scope=choice(top, "invoice_scope", InvoiceScope),
        words=_words(top),
        roles=roles,
        projects=parse_project_rules(top, roles),
        closes_months=top.flag("closes_months", default=False),
        links_organizations=_links_organizations(top, sold),
        payment_terms_days=payment_terms_days,
        payment_terms_origin=payment_terms_origin,
        payment_labels=_payment_labels(top, sold),
        support_plans=plans,
        without_plan=without_plan,
        channels=parse_channels(top, plans, severities, without_plan=without_plan, calendars=calendars),
        severities=severities,
        response_targets=targets,
        regions=regions,
        calendars={key: calendars[key] for key in calendars if key in _used(targets, regions)},
        metrics=metrics,
        pricing_plans=pricing_plans,
        change_rules=parse_change_rules(top, changed, contacts),
        retroactive_billing=parse_retroactive_billing(top, plans),
        case_form=parse_case_form(top, plans, severities),
        case_policy=parse_case_policy(top, severities),
        close_reasons=names(top, "close_reasons"),
        contacts=contacts,
        consulting_packages=by_key(top, "consulting_packages", _consulting_package),
        subscription_types=sold,
    )


def _plan_binding(
    top: Reader, plans: Mapping[str, SupportPlan], pricing_plans: Mapping[str, PricingPlan]
) -> PlanBinding:
    binding = choice(top, "plan_binding", PlanBinding)
    if binding is PlanBinding.STANDALONE and pricing_plans:
        raise top.refuse("pricing_plans", 'none are expected where plan_binding is "standalone"')
    bundled = {plan.support_plan for plan in pricing_plans.values()}
    for key, plan in plans.items():
        if (plan.obtained is Obtained.WITH_PRICING_PLAN) != (binding is PlanBinding.BUNDLED):
            raise top.refuse(f"support_plans.{key}.obtained", f"{plan.obtained} does not go with {binding} plans")
        if binding is PlanBinding.BUNDLED and key not in bundled:
            raise top.refuse(f"support_plans.{key}", "a pricing plan that it comes with is expected")
    return binding


def _links_organizations(top: Reader, sold: Collection[str]) -> bool:
    """Linking is a feature of subscriptions, so a vendor without any has none (LINK-1)."""
    links = top.flag("links_organizations", default=False)
    if links and not sold:
        raise top.refuse("links_organizations", "subscription types are expected where organizations can be linked")
    return links


def _words(top: Reader) -> Words:
    with top.table("words") as words:
        return Words(**{field.name: words.text(field.name, longest=80) for field in fields(Words)})


def _payment_terms(top: Reader) -> tuple[int, Origin]:
    with top.table("payment_terms") as terms:
        return terms.integer("days", lowest=0, highest=365), origin(terms)


def _payment_labels(top: Reader, sold: Collection[str]) -> Mapping[str, str]:
    """What can settle usage, here for every customer or under a contract `sold`, has a label; no other word has one."""
    needed = _FOR_ALL.union(*(_SETTLING.get(key, frozenset()) for key in sold))
    with top.table("payment_labels") as labels:
        return {method.value: labels.text(method) for method in Method if method in needed or labels.has(method)}


def _contacts(top: Reader) -> Mapping[ContactKind, Contact]:
    given = top.optional_table("contacts")
    if given is None:
        return {}
    with given as contacts:
        # A kind that nobody knows is left untaken, and refused at its place.
        return {kind: _contact(contacts, kind) for kind in ContactKind if contacts.has(kind)}


def _contact(contacts: Reader, kind: ContactKind) -> Contact:
    with contacts.table(kind) as contact:
        email, url, phone = optional_email(contact), optional_url(contact), optional_phone(contact)
        if email is None and url is None and phone is None:
            raise contact.refuse("email", "an e-mail address here, an address in url or a number in phone is expected")
        return Contact(kind, contact.text("name"), contact.text("text"), email, url, phone, origin(contact))


def _used(targets: tuple[ResponseTarget, ...], regions: Mapping[str, Region]) -> frozenset[str]:
    """The calendars that the targets count on, in any region."""
    named = {target.calendar for target in targets if target.calendar}
    return frozenset(named) | {region.calendars[name] for region in regions.values() for name in region.calendars}


def _consulting_package(package: Reader, key: str) -> ConsultingPackage:
    return ConsultingPackage(
        key=key,
        name=package.text("name"),
        description=package.text("description"),
        units=package.integer("units", lowest=1),
        price=dollars(package, "price"),
        valid_days=package.integer("valid_days", lowest=1),
        origin=origin(package),
    )


def _subscription_type(kind: Reader, key: str) -> SubscriptionType:
    return SubscriptionType(key, kind.text("name"), kind.text("description"), origin(kind))
