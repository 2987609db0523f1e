"""What the pages of activation codes show."""

from __future__ import annotations

from typing import Any

from portal import clock
from portal.domain import first_use
from portal.domain.catalogue import ContactKind
from portal.domain.periods import ONE_DAY
from portal.models.activation_codes import ActivationCode
from portal.models.subscriptions import Subscription
from portal.services import activation_codes, billing_profiles, contracts, links, members, months, people, subscriptions
from portal.web import contract_terms, db
from portal.web.access import current_catalogue, current_organization
from portal.web.formatting import long_day


def form_context() -> dict[str, Any]:
    """Whether the vendor has what a code begins, whom to ask about a lost one, and until when nothing is charged."""
    first_used_on = months.first_used_on(db.session(), current_organization())
    day_31 = first_use.day_31(first_used_on) if first_used_on else None
    return {
        "has_types": bool(current_catalogue().subscription_types),
        "vendor": current_catalogue().title,
        "sales": current_catalogue().contacts.get(ContactKind.SALES),
        "first_used_on": first_used_on,
        "free_until": day_31 - ONE_DAY if day_31 and clock.today() < day_31 else None,
    }


def contract_context(code: ActivationCode) -> dict[str, Any]:
    """The terms as they would begin today, from when usage is covered, and what stands in the way."""
    session, organization, today = db.session(), current_organization(), clock.today()
    terms = activation_codes.terms_of(code, applied_on=links.begins_on(session, organization, today))
    representative = people.find_name(session, terms.sales_representative_id)
    contact = members.find_by_address(session, organization, terms.billing_contact or "")
    return {
        "terms": terms,
        "name": current_catalogue().subscription_types[terms.type].name,
        "rows": contract_terms.agreed_rows(terms, current_catalogue(), representative=representative),
        "claims": contract_terms.claim_rows(terms),
        "covers_from": subscriptions.covers_from(session, organization, applied_on=today, starts_on=terms.starts_on),
        "has_address": billing_profiles.own_profile(session, organization) is not None,
        "is_member": contact is not None,
    }


def news_of(subscription: Subscription) -> str:
    """What to say of a contract that has just been activated."""
    name = current_catalogue().subscription_types[subscription.type].name
    covers = contracts.of_subscription(db.session(), subscription).covers
    return f"{name} is activated. It covers usage from {long_day(covers.starts_on).striptags()} on."
