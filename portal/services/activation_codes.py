"""Activation codes as staff see them: issuing one for terms that were sold, taking it back, sending another."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from invoices import fonts
from portal import catalogues
from portal.domain import activation_codes as rules
from portal.domain import contracts, sold_terms
from portal.domain.activation_codes import CodeState
from portal.domain.contracts import Terms
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.mail import is_address
from portal.domain.periods import Days
from portal.domain.permissions import Action, roles_with
from portal.models.activation_codes import ActivationCode
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, User
from portal.services import history, letters, members, outbox, subscriptions

REPLACED = "Sent again as a new code."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who sells to which organization, and how people reach the portal by the links in mails."""

    organization: Organization
    by: User
    base_url: str


def check_sale(session: Session, organization: Organization, group: BillingGroup, terms: Terms, *, on: date) -> None:
    """Refuse to sell what could not be activated if its code were applied on the day `on`, or reaches nobody."""
    catalogue = catalogues.load(organization.catalogue)
    if terms.type not in catalogue.subscription_types:
        raise Refusal(f"{catalogue.title} has no subscription of the type {terms.type}.")
    contracts.check_terms(terms, applied_on=on)
    if not is_address(terms.billing_contact or ""):
        raise Refusal("Enter the e-mail address of the billing contact: the code and the tax invoices go there.")
    if missing := fonts.unprintable(terms.purchase_order or ""):
        raise Refusal(f"The purchase order number cannot be printed on the order form: {' '.join(missing)}")
    subscriptions.check_alone(session, organization, group.id, terms.type, Days(terms.starts_on, terms.ends_before))


def issue(
    session: Session, seller: Seller, group: BillingGroup, terms: Terms, *, starts_on: date | None, at: datetime
) -> ActivationCode:
    """Sell these terms: a code is mailed to the billing contact, and what was sold never changes (CODE-1, CODE-6).

    `starts_on` is an agreed start; without one the contract begins on the day of the application (CODE-5), and the
    start in `terms` only says what was looked at.
    """
    check_sale(session, seller.organization, group, terms, on=at.date())
    return _issue(session, seller, group.id, sold_terms.written(terms), starts_on=starts_on, at=at)


def send_again(session: Session, seller: Seller, hex_id: str, *, at: datetime) -> ActivationCode:
    """Mail a new code for the same terms; the old one can no longer be applied (CODE-7).

    An expired one gets its time anew too.
    """
    old = _found(session, seller.organization, hex_id)
    _check_open(old, on=at.date())
    _void(old, by=seller.by, reason=REPLACED, at=at)
    return _issue(session, seller, old.billing_group_id, old.terms, starts_on=old.starts_on, at=at)


def void(
    session: Session, organization: Organization, hex_id: str, *, by: User, reason: str, at: datetime
) -> ActivationCode:
    """Take a code back before it is applied, for a reason that is kept."""
    code = _found(session, organization, hex_id)
    _check_open(code, on=at.date())
    _void(code, by=by, reason=reason, at=at)
    detail = f"It was mailed to {code.sent_to}."
    history.record(session, organization, Event.ACTIVATION_CODE_VOIDED, at=at, by=by, detail=detail)
    return code


def of_organization(
    session: Session, organization: Organization, *, before: int | None, limit: int
) -> Sequence[ActivationCode]:
    """The codes of the organization, the newest first, from below the one with the key `before` on."""
    query = _told_of(organization).order_by(ActivationCode.id.desc()).limit(limit)
    return session.scalars(query.where(ActivationCode.id < before) if before else query).all()


def find(session: Session, organization: Organization, hex_id: str) -> ActivationCode | None:
    """The code of this organization with this id; another organization's is absent."""
    return session.scalar(_told_of(organization).where(ActivationCode.hex_id == hex_id))


def terms_of(code: ActivationCode, *, applied_on: date) -> Terms:
    """What the code stands for if it is applied on this day."""
    return sold_terms.restored(code.terms, starts_on=rules.begins_on(code.starts_on, applied_on=applied_on))


def _told_of(organization: Organization) -> Select[ActivationCode]:
    """The organization's codes with everybody who did something about them."""
    people = (ActivationCode.issued_by, ActivationCode.redeemed_by, ActivationCode.voided_by)
    query = select(ActivationCode).where(ActivationCode.organization_id == organization.id)
    return query.options(*map(joinedload, people))


def _issue(
    session: Session,
    seller: Seller,
    billing_group_id: int,
    terms: dict[str, object],
    *,
    starts_on: date | None,
    at: datetime,
) -> ActivationCode:
    spelled = rules.spelled(secrets.randbits(rules.BITS))
    code = ActivationCode(
        organization_id=seller.organization.id,
        billing_group_id=billing_group_id,
        code_hash=rules.digest(spelled),
        terms=terms,
        starts_on=starts_on,
        sent_to=terms["billing_contact"],
        issued_at=at,
        issued_by_id=seller.by.id,
        expires_on=rules.expires_on(at.date(), starts_on),
    )
    session.add(code)
    session.flush()
    detail = f"It was mailed to {code.sent_to} and is good until {code.expires_on}."
    history.record(session, seller.organization, Event.ACTIVATION_CODE_ISSUED, at=at, by=seller.by, detail=detail)
    _mail(session, seller, code, spelled, at=at)
    return code


def _mail(session: Session, seller: Seller, code: ActivationCode, spelled: str, *, at: datetime) -> None:
    organization = seller.organization
    catalogue = catalogues.load(organization.catalogue)
    contact = members.find_by_address(session, organization, code.sent_to)
    letter = letters.write(
        "activation_code",
        organization=organization.name,
        subscription=catalogue.subscription_types[code.terms["type"]].name,
        code=spelled,
        starts_on=code.starts_on,
        expires_on=code.expires_on,
        roles=" or ".join(role.name for role in roles_with(catalogue.roles, Action.APPLY_ACTIVATION_CODE)),
        link=f"{seller.base_url}/orgs/{organization.slug}/billing/apply-code",
        is_member=contact is not None,
        by=seller.by.name,
    )
    outbox.post(
        session, letter, to=[code.sent_to], key=f"activation-code-{code.hex_id}", at=at, organization=organization
    )


def _found(session: Session, organization: Organization, hex_id: str) -> ActivationCode:
    """The code, held until the transaction ends: who takes it back and who applies it come one after the other."""
    query = select(ActivationCode).where(
        ActivationCode.organization_id == organization.id, ActivationCode.hex_id == hex_id
    )
    held = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if held is None:
        raise Overtaken("There is no such activation code.")
    return held


def _check_open(code: ActivationCode, *, on: date) -> None:
    state = code.state(on)
    if state is CodeState.REDEEMED:
        raise Overtaken("This code was applied already. Amend or end its subscription instead.")
    if state is CodeState.VOID:
        raise Overtaken("This code was taken back already.")


def _void(code: ActivationCode, *, by: User, reason: str, at: datetime) -> None:
    code.voided_at, code.voided_by_id, code.void_reason = at, by.id, reason
