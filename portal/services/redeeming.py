"""Activation codes as customers see them: what one stands for, and applying it, once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.domain.activation_codes import digest
from portal.domain.errors import Refusal
from portal.domain.throttles import CODE_PERSON
from portal.models.activation_codes import ActivationCode
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization, User
from portal.models.subscriptions import Subscription
from portal.services import activation_codes, links, subscriptions

NOT_TAKEN = (
    "This code cannot be applied here. Compare it with the mail. "
    f"After {CODE_PERSON.attempts} wrong codes in an hour a right one is not taken either: try again an hour later."
)


def find(session: Session, organization: Organization, text: str, *, on: date) -> ActivationCode:
    """The code that was typed. What is unknown, used, expired, taken back or another organization's is all the same:

    one statement finds nothing, whatever the reason, and one answer is given (CODE-8).
    """
    return _taken(session, organization, ActivationCode.code_hash == digest(text), on=on)


def find_again(session: Session, organization: Organization, hex_id: str, *, on: date) -> ActivationCode:
    """The code that was found before, as it is now."""
    return _taken(session, organization, ActivationCode.hex_id == hex_id, on=on)


def redeem(session: Session, organization: Organization, hex_id: str, *, by: User, at: datetime) -> Subscription:
    """Begin the contract behind a code that was found; of two at once one is refused (CODE-9)."""
    is_it = ActivationCode.hex_id == hex_id
    # Who waited here for another one reads the row anew, and it is no longer one that can be applied.
    code = session.scalar(_applicable(organization, is_it, on=at.date()).with_for_update())
    if code is None:
        raise Refusal(NOT_TAKEN)
    group = session.get_one(BillingGroup, code.billing_group_id)
    terms = activation_codes.terms_of(code, applied_on=links.begins_on(session, organization, at.date()))
    subscription = subscriptions.activate(session, organization, group, terms, at=at, by=by)
    code.redeemed_at, code.redeemed_by_id, code.subscription_id = at, by.id, subscription.id
    session.flush()
    return subscription


def _taken(session: Session, organization: Organization, is_it: ColumnElement[bool], *, on: date) -> ActivationCode:
    code = session.scalar(_applicable(organization, is_it, on=on))
    if code is None:
        raise Refusal(NOT_TAKEN)
    return code


def _applicable(organization: Organization, is_it: ColumnElement[bool], *, on: date) -> Select[ActivationCode]:
    return select(ActivationCode).where(
        is_it,
        ActivationCode.organization_id == organization.id,
        ActivationCode.redeemed_at.is_(None),
        ActivationCode.voided_at.is_(None),
        ActivationCode.expires_on >= on,
    )
