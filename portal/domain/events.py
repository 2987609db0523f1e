"""The events of an organization's activity feed: type names, labels, categories and severities (atlas 12)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import Self


class Category(StrEnum):
    """What an event is about; the value is what people read."""

    BILLING = "Billing"
    ACCESS = "Access"
    SUPPORT = "Support"
    PROJECTS = "Projects"
    OTHERS = "Others"


class EventSeverity(StrEnum):
    """How much an event matters: nothing to do, worth a look, something stops or will."""

    NORMAL = "Normal"
    WARNING = "Warning"
    CRITICAL = "Critical"


class Event(Enum):
    """An event's type name and what the feed shows; its value is the label, which no two events share.

    Names without a documented type are ours.
    """

    category: Category
    severity: EventSeverity

    def __new__(cls, label: str, category: Category, severity: EventSeverity = EventSeverity.NORMAL) -> Self:
        """The label is the value; category and severity stand beside it."""
        event = object.__new__(cls)
        event._value_ = label
        event.category, event.severity = category, severity
        return event

    INVOICE_CLOSED = "Invoice closed", Category.BILLING
    BILLING_CONTACT_CHANGED = "Billing contact was changed", Category.BILLING
    BILLING_CONTACT_CHANGE_ASKED = "Change of the billing contact was asked for", Category.BILLING
    BILLING_CONTACT_CHANGE_DECLINED = "Change of the billing contact was declined", Category.BILLING
    INVOICE_ADDRESS_ADDED = "Invoice address added", Category.BILLING
    INVOICE_ADDRESS_CHANGED = "Invoice address changed", Category.BILLING
    TAX_ID_CHANGED = "Tax id changed", Category.BILLING
    PREPAID_PLAN_ACTIVATED = "Prepaid plan added", Category.BILLING
    ACTIVATION_CODE_ISSUED = "Activation code was issued", Category.BILLING
    ACTIVATION_CODE_VOIDED = "Activation code was taken back", Category.BILLING, EventSeverity.WARNING
    CREDIT_ISSUED = "Credit issued", Category.BILLING
    PROMO_CODE_APPLIED = "Promo Credit issued", Category.BILLING
    CREDIT_START_PULLED_FORWARD = "Credit Start Date pulled forward", Category.BILLING
    CREDIT_START_POSTPONED = "Credit Start Date postponed", Category.BILLING
    CREDIT_END_MODIFIED = "Credit End Date Modified", Category.BILLING
    CREDIT_VOIDED = "Credit was voided", Category.BILLING, EventSeverity.WARNING
    CREDIT_REINSTATED = "Credit was reinstated", Category.BILLING
    SUBSCRIPTION_AMENDED = "Subscription was amended", Category.BILLING
    SUBSCRIPTION_EXTENDED = "Subscription was extended", Category.BILLING
    SUBSCRIPTION_START_MOVED = "Subscription start date was moved", Category.BILLING
    AGREEMENT_UPLOADED = "Agreement was uploaded", Category.BILLING
    SUBSCRIPTION_ENDED = "Subscription was ended early", Category.BILLING, EventSeverity.WARNING
    ORG_BECAME_PAYING = "Organization has become a paying organization", Category.BILLING
    ORG_LINKED = "New organization was linked", Category.BILLING
    LINKED_TO_PAYER = "Organization was linked to a paying organization", Category.BILLING
    UNLINKING_ASKED = "End of a link was asked for", Category.BILLING
    UNLINKING_TAKEN_BACK = "End of a link was taken back", Category.BILLING
    LINK_ENDED = "Link has ended", Category.BILLING
    ACTIVE_INVOICING_PERIOD_INITIATED = "Active Invoicing Period initiated", Category.BILLING
    ACTIVE_INVOICING_PERIOD_STOPPED = "Active Invoicing Period stopped", Category.BILLING
    ORG_CREDIT_CARD_ADDED = "Credit card was added", Category.BILLING
    ORG_CREDIT_CARD_UPDATED = "Credit card information was updated", Category.BILLING
    PAYPAL_ACCOUNT_LINKED = "PayPal account is linked", Category.BILLING
    PAYMENT_METHOD_REMOVED = "Payment method was removed", Category.BILLING, EventSeverity.WARNING
    CHARGE_SUCCEEDED = "Credit card was successfully charged", Category.BILLING
    CHARGE_FAILED = "Credit card charge has failed", Category.BILLING, EventSeverity.WARNING
    PAYPAL_CHARGE_SUCCEEDED = "PayPal account was successfully charged", Category.BILLING
    PAYPAL_CHARGE_FAILED = "PayPal charge has failed", Category.BILLING, EventSeverity.WARNING
    WIRE_TRANSFER_PAYMENT_RECEIVED = "Invoice has been paid by wire transfer", Category.BILLING
    PAYMENT_CANCELLED = "Payment cancelled; its usage is billed by the subscription", Category.BILLING
    ORG_SUSPENDED = (
        "Organization suspended due to unpaid charges over 30 days",
        Category.BILLING,
        EventSeverity.CRITICAL,
    )
    ORG_LOCKED = "Organization locked due to unpaid charges over 60 days", Category.BILLING, EventSeverity.CRITICAL
    ORG_ACTIVATED = "Organization has been reactivated", Category.BILLING
    SUPPORT_PLAN_ACTIVATED = "Support plan activated", Category.SUPPORT
    SUPPORT_PLAN_CANCELLATION_SCHEDULED = "Support plan cancellation scheduled", Category.SUPPORT
    SUPPORT_PLAN_CANCELLED = "Support plan cancelled", Category.SUPPORT, EventSeverity.WARNING
    SUPPORT_PLAN_UPDATED = "Support plan updated", Category.OTHERS
    ACCOUNT_UPGRADED = "Account upgraded", Category.BILLING
    ACCOUNT_DOWNGRADED = "Account downgraded", Category.BILLING
    ACCOUNT_MODIFIED = "Account modified", Category.BILLING
    SUPPORT_TIER_ASKED = "Support tier was asked for", Category.SUPPORT
    SUPPORT_TIER_DECIDED = "Request for a support tier was decided on", Category.SUPPORT
    SUPPORT_TIER_WITHDRAWN = "Request for a support tier was withdrawn", Category.SUPPORT
    MEMBER_INVITED = "Person was invited", Category.ACCESS
    INVITATION_DECLINED = "Invitation was declined", Category.ACCESS
    INVITATION_REVOKED = "Invitation was revoked", Category.ACCESS
    MEMBER_JOINED = "Person joined the organization", Category.ACCESS
    MEMBER_LEFT = "Person left the organization", Category.ACCESS
    MEMBER_REMOVED = "Person was removed from the organization", Category.ACCESS, EventSeverity.WARNING
    MEMBER_ROLES_CHANGED = "Roles of a person were changed", Category.ACCESS
    OWNERSHIP_HANDED_OVER = "Ownership was handed over", Category.ACCESS, EventSeverity.WARNING
    PROJECT_CREATED = "Project was created", Category.PROJECTS
    PROJECT_RENAMED = "Project was renamed", Category.PROJECTS
    PROJECT_DELETED = "Project was deleted", Category.PROJECTS, EventSeverity.WARNING
    PROJECT_MOVED_OUT = "Project was moved to another organization", Category.PROJECTS, EventSeverity.WARNING
    PROJECT_MOVED_IN = "Project was moved here from another organization", Category.PROJECTS
    PROJECT_PUT_INTO_UNIT = "Project was put into another unit", Category.PROJECTS
    UNIT_CREATED = "Unit was created", Category.PROJECTS
    UNIT_RENAMED = "Unit was renamed", Category.PROJECTS
    UNIT_DELETED = "Unit was deleted", Category.PROJECTS
    TEAM_CREATED = "Team was created", Category.ACCESS
    TEAM_RENAMED = "Team was renamed", Category.ACCESS
    TEAM_DELETED = "Team was deleted", Category.ACCESS, EventSeverity.WARNING
    TEAM_MEMBER_ADDED = "Person was added to a team", Category.ACCESS
    TEAM_MEMBER_REMOVED = "Person was removed from a team", Category.ACCESS
    TEAM_ROLE_GIVEN = "Team was given a role in a project", Category.ACCESS
    TEAM_ROLE_TAKEN = "Team lost a role in a project", Category.ACCESS
    ACCOUNT_TEAM_CHANGED = "Account team was changed", Category.SUPPORT
    SUPPORT_BLOCKED = "Support was ended", Category.SUPPORT, EventSeverity.WARNING
    SUPPORT_UNBLOCKED = "Support is given again", Category.SUPPORT
    CASE_CREATED = "Case created", Category.SUPPORT
    STAFF_ENTERED = "Staff entered the organization", Category.ACCESS, EventSeverity.WARNING
    STAFF_LEFT = "Staff left the organization", Category.ACCESS


def events_of(category: Category | None, severity: EventSeverity | None = None) -> Iterable[Event]:
    """The events of this category and severity; None stands for any."""
    return (
        event
        for event in Event
        if (category is None or event.category is category) and (severity is None or event.severity is severity)
    )
