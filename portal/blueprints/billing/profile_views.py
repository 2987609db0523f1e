"""What the pages of the billing profile show: the form, who gets the mail, what is taxed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal import catalogues, clock
from portal.blueprints.billing.profile_forms import ProfileForm, is_email
from portal.domain import addresses, tax_ids, tax_outlook
from portal.domain import billing_mail as rules_of_mail
from portal.domain.permissions import Action, roles_with
from portal.domain.tax_outlook import TaxOutlook
from portal.models.billing_groups import BillingProfile
from portal.services import billing_mail, members, parties
from portal.services.billing_mail import MailReader
from portal.web import db
from portal.web.access import current_catalogue, current_organization, may


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets invoice e-mails: the addresses, and the same in words (atlas 8.4)."""

    addresses: Sequence[str]
    words: Sequence[str]


def form_context(session: Session, form: ProfileForm, saved: BillingProfile | None) -> dict[str, object]:
    """What the page with the form needs; its parts need less."""
    address = form.billing_email.data
    is_whole = not address or is_email(address)
    return {
        "form": form,
        "countries": parties.country_names().values(),
        "id_example": tax_ids.example(form.country_code),
        # While the address is not a whole one, nobody can say who gets the mail.
        "audience": _audience(session, address, only=form.only_billing_email.data) if is_whole else None,
        **_place(form.country_code, form.region.data, form.tax_id.data),
        **_notes(saved),
    }


def facts_context(session: Session, saved: BillingProfile | None) -> dict[str, object]:
    """What the page needs for somebody who may only look."""
    if saved is None:
        return {"profile": None, **_notes(saved)}
    return {
        "profile": saved,
        "audience": _audience(session, saved.billing_email, only=saved.only_billing_email),
        **_place(saved.country, saved.region, saved.tax_id),
        **_notes(saved),
    }


def look_ahead(country: str, region: str | None, tax_id: str | None) -> TaxOutlook:
    """What the address and the id mean for the tax, today."""
    rules = catalogues.load_tax_rules()
    return tax_outlook.look_ahead(rules, country=country, region=region or "", tax_id=tax_id or "", on=clock.today())


def _place(country: str, region: str | None, tax_id: str | None) -> dict[str, object]:
    return {
        "country_name": parties.country_name(country),
        "region_label": addresses.region_label(country),
        "postal_code_label": addresses.postal_code_label(country),
        "asks_for_tax_id": tax_ids.asks_for_id(country),
        "outlook": look_ahead(country, region, tax_id) if country else None,
    }


def _notes(saved: BillingProfile | None) -> dict[str, object]:
    roles = roles_with(current_catalogue().roles, Action.CHANGE_BILLING_SETTINGS)
    return {
        "organization": current_organization(),
        "contact": saved.billing_contact if saved else None,
        "invitable": _invitable(saved.billing_contact) if saved else None,
        "manager_roles": [role.name for role in roles],
    }


def _invitable(contact: str | None) -> str | None:
    """The billing contact who could be invited, for who may do that: one who is no member (atlas 1.1)."""
    if not contact or not may(Action.MANAGE_MEMBERS):
        return None
    return None if members.find_by_address(db.session(), current_organization(), contact) else contact


def _audience(session: Session, address: str | None, *, only: bool) -> Audience:
    readers = billing_mail.owners_and_admins(session, current_organization())
    addresses = rules_of_mail.recipients(address, (one.email for one in readers), only=only)
    return Audience(addresses, _words(addresses, readers, address))


def _words(addresses: Sequence[str], readers: Sequence[MailReader], address: str | None) -> list[str]:
    given = (address or "").casefold()
    others = {one.casefold() for one in addresses} - {given}
    counts = Counter(one.role for one in readers if one.email.casefold() in others)
    people = [f"{count} {role}{'' if count == 1 else 's'}" for role, count in counts.items()]
    return [*([address] if address else []), *people]
