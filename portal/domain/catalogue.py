"""What a vendor sells and by which rules, as values; a catalogue file is one vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.case_forms import CasePolicy, FormField
from portal.domain.money import Money
from portal.domain.origins import Origin
from portal.domain.permissions import Roles
from portal.domain.plan_changes import ChangeRule
from portal.domain.pricing_plans import Metric, PricingPlan
from portal.domain.projects import ProjectRules
from portal.domain.response_targets import BusinessCalendar, ResponseTarget
from portal.domain.retroactive import RetroactiveBilling
from portal.domain.support_plans import Channel, Severity, SupportPlan, WithoutPlan


class PlanBinding(StrEnum):
    """Whether support plans are bought, or come with pricing plans."""

    STANDALONE = "standalone"
    BUNDLED = "bundled"


class InvoiceScope(StrEnum):
    """Who holds invoices: the organization, or each of its billing groups (UM-1)."""

    ORGANIZATION = "organization"
    BILLING_GROUP = "billing_group"


class ContactKind(StrEnum):
    """Whom or what a contact route leads to."""

    SALES = "sales"
    CUSTOM_SUPPORT = "custom_support"
    CUSTOM_SLA = "custom_sla"
    OTHER_SERVICES = "other_services"
    ACCOUNT_TEAM = "account_team"
    PHONE = "phone"  # for plans with a channel of this kind alone
    SUPPORT_EMAIL = "support_email"
    PUBLIC_SLA = "public_sla"
    SUPPORT_DETAILS = "support_details"
    COMMUNITY = "community"
    STATUS_PAGE = "status_page"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach somebody outside the portal, by e-mail, at an address of the web or by phone."""

    kind: ContactKind
    name: str
    text: str
    email: str | None
    url: str | None
    phone: str | None
    origin: Origin

    @property
    def link(self) -> str:
        """Where a link to it leads."""
        if self.email:
            return f"mailto:{self.email}"
        return self.url or f"tel:{(self.phone or '').replace(' ', '')}"


@dataclass(frozen=True, slots=True)
class Region:
    """Where a customer works: which calendar each name in the response targets means there."""

    key: str
    name: str
    is_default: bool
    calendars: Mapping[str, str]
    origin: Origin


@dataclass(frozen=True, slots=True)
class ConsultingPackage:
    """Units of Flex Consulting at one price; they lapse `valid_days` after purchase."""

    key: str
    name: str
    description: str
    units: int
    price: Money
    valid_days: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class SubscriptionType:
    """A kind of subscription, in words for the customer."""

    key: str
    name: str
    description: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Words:
    """What this vendor's customers call things, and what its buttons and pages are called."""

    case: str
    cases: str
    other_usage: str  # usage that belongs to no cloud provider
    support_plan: str
    support_plans: str
    current_plan: str
    change_plan: str
    choose_plan: str
    confirm_plan: str
    support_center: str  # the way from the support page to the cases
    my_cases: str
    new_case: str
    case_form: str
    submit_case: str
    reply: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One vendor's roles, plans, prices and terms. Sections that the vendor does not have are empty.

    `closes_months` says whether its customers' months are invoiced here, `links_organizations` whether one organization
    can pay for others. `calendars` are those that its response
    targets count on.
    """

    name: str
    title: str
    plan_binding: PlanBinding
    invoice_scope: InvoiceScope
    words: Words
    roles: Roles
    projects: ProjectRules
    closes_months: bool
    links_organizations: bool
    payment_terms_days: int
    payment_terms_origin: Origin
    payment_labels: Mapping[str, str]
    support_plans: Mapping[str, SupportPlan]
    without_plan: WithoutPlan | None
    channels: Mapping[str, Channel]
    severities: Mapping[str, Severity]
    response_targets: tuple[ResponseTarget, ...]
    regions: Mapping[str, Region]
    calendars: Mapping[str, BusinessCalendar]
    metrics: Mapping[str, Metric]
    pricing_plans: Mapping[str, PricingPlan]
    change_rules: tuple[ChangeRule, ...]
    retroactive_billing: RetroactiveBilling | None
    case_form: Mapping[str, FormField]
    case_policy: CasePolicy
    close_reasons: Mapping[str, str]
    contacts: Mapping[ContactKind, Contact]
    consulting_packages: Mapping[str, ConsultingPackage]
    subscription_types: Mapping[str, SubscriptionType]

    def target(self, plan: str, severity: str, *, variant: str | None = None) -> ResponseTarget | None:
        """When a case of this plan and severity should first be answered; None where nothing is said (SL-2)."""
        return next(
            (
                target
                for target in self.response_targets
                if target.plan == plan and target.variant == variant and severity in target.severities
            ),
            None,
        )

    def calendar(self, target: ResponseTarget, *, region: str | None = None) -> BusinessCalendar | None:
        """The calendar that `target` counts on for customers of `region` (None: the default), if any."""
        if target.calendar is None:
            return None
        here = self.region(region)
        return self.calendars[here.calendars.get(target.calendar, target.calendar) if here else target.calendar]

    def region(self, key: str | None) -> Region | None:
        """The region of this key, or the default one; None where the vendor has none."""
        default = next((region for region in self.regions.values() if region.is_default), None)
        return self.regions.get(key, default) if key is not None else default
