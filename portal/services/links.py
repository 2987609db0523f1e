"""Linked organizations: one begins to pay for others, and ends it (atlas 13.6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import Date, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import linking
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.periods import Days, Month
from portal.domain.permissions import Action, allows
from portal.models.activation_codes import ActivationCode
from portal.models.base import BigKey
from portal.models.links import Link
from portal.models.organizations import Organization, User
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.services import (
    billing_profiles,
    contracts,
    families,
    history,
    link_applicants,
    months,
    organizations,
    settling,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organization of the person's that could be linked, and what hinders it: words, or None."""

    organization: Organization
    hindrance: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom an organization could link, and what hinders it to link anybody: words, or None."""

    candidates: Sequence[Candidate]
    hindrance: str | None


def is_offered(session: Session, organization: Organization, *, on: date) -> bool:
    """Whether linking is anything to the organization: it has a subscription on the day `on`, or is in a family."""
    if not catalogues.load(organization.catalogue).links_organizations:
        return False
    return bool(session.scalar(_offered(), {"organization": organization.id, "on": on}))


def hinders(session: Session, payer: Organization, *, on: date) -> str | None:
    """Why the organization cannot link any other on the day `on`, in words for the customer; None where it can."""
    return _unsold(payer) or linking.hinders_payer(link_applicants.of(session, [payer.id], on=on)[payer.id], more=1)


def choice_of(session: Session, payer: Organization, *, by: User, on: date) -> Choice:
    """The person's other organizations by name, each with what hinders that `payer` pays for it from the day `on`."""
    manages = where_allowed(session, by, Action.LINK_ORGANIZATIONS)
    others = [one for one in organizations.organizations_of(session, by.id) if one.id != payer.id]
    applicants = link_applicants.of(session, [payer.id, *(one.id for one in others)], on=on)
    paying = applicants[payer.id]
    candidates = [
        Candidate(one, _hindrance(one, manages) or linking.hinders_linking(applicants[one.id], paying))
        for one in others
    ]
    return Choice(candidates, _unsold(payer) or linking.hinders_payer(paying, more=1))


def link(
    session: Session, payer: Organization, chosen: Collection[str], *, by: User, at: datetime
) -> Sequence[Organization]:
    """Let `payer` pay for the organizations with these ids, from the running month on; all of them, or none (LINK-2).

    What decides is read while all of them are held, in the order of their keys as everybody does.
    """
    unsold = _unsold(payer)
    if unsold:
        raise Refusal(unsold)
    wanted = [one for one in organizations.organizations_of(session, by.id) if one.hex_id in set(chosen)]
    if not wanted or len(wanted) != len(set(chosen)):
        raise Overtaken("Choose the organizations again: you are not in all of those that were chosen.")
    months.lock_all(session, [payer.id, *(one.id for one in wanted)])
    _check(session, payer, wanted, by=by, on=at.date())
    is_first = not families.linked_to(session, payer)
    if is_first:
        history.record(session, payer, Event.ORG_BECAME_PAYING, at=at, by=by)
    for one in wanted:
        session.add(Link(payer_id=payer.id, linked_id=one.id, linked_at=at, linked_by_id=by.id))
        history.record(session, payer, Event.ORG_LINKED, at=at, by=by, detail=one.name)
        history.record(session, one, Event.LINKED_TO_PAYER, at=at, by=by, detail=payer.name)
    session.flush()
    return wanted


def where_allowed(session: Session, by: User, action: Action) -> frozenset[int]:
    """The keys of the person's organizations whose roles permit them `action`."""
    return frozenset(
        one.organization_id
        for one in organizations.memberships_of(session, by.id)
        if allows(catalogues.load(one.organization.catalogue).roles, organizations.grants_of(one), action)
    )


def find(session: Session, organization: Organization, hex_id: str) -> Link | None:
    """The open link with this id that the organization is part of, as payer or as the one that is paid for."""
    own = (Link.payer_id == organization.id) | (Link.linked_id == organization.id)
    return session.scalar(select(Link).where(Link.hex_id == hex_id, own, Link.ended_at.is_(None)))


def first_own_month(session: Session, link: Link) -> Month:
    """The first month that is settled without the payer if the link is ended now: the one after the next close."""
    due = months.next_to_close_of(session, [link.payer_id, link.linked_id])
    return max(*due.values(), Month.of(link.linked_at)).following()


def begins_on(session: Session, organization: Organization, on: date) -> date:
    """The first day, `on` or later, that a new contract of the organization can settle: after its link (LINK-6)."""
    held = families.link_of(session, organization)
    if held is None or held.unlink_asked_at is None:
        return on
    return max(on, first_own_month(session, held).first_on)


def hinders_contract(session: Session, organization: Organization, covers: Days) -> str | None:
    """Why a contract of these days would settle nothing, since another organization pays; or None (LINK-6)."""
    held = families.link_of(session, organization)
    if held is None:
        return None
    payer = session.get_one(Organization, held.payer_id)
    if held.unlink_asked_at is None:
        return f"{organization.name} is paid for by {payer.name}. A subscription of its own begins after that link."
    first_on = first_own_month(session, held).first_on
    if covers.starts_on < first_on:
        return f"{organization.name} is paid for by {payer.name} until the link ends. Begin on {first_on} or later."
    return None


def hinders_unlinking(session: Session, link: Link, *, on: date) -> str | None:
    """What the organization that would leave needs before it can pay by itself; None where it has it (LINK-5)."""
    leaving = session.get_one(Organization, link.linked_id)
    group = billing_profiles.own_group(session, leaving)
    if settling.payment_method(session, group.id) or _has_code(session, leaving, on=on):
        return None
    first_on = first_own_month(session, link).first_on
    if any(first_on in one.covers for one in contracts.of_organization(session, leaving)):
        return None
    return f"{leaving.name} needs a payment method, or an activation code to apply, before it can pay by itself."


def ask_to_unlink(session: Session, organization: Organization, hex_id: str, *, by: User, at: datetime) -> Link:
    """Let the link end when its next month is closed; nothing happens where that was asked for before (LINK-5)."""
    found = _held(session, organization, hex_id, by=by)
    if found.unlink_asked_at:
        return found
    hindrance = hinders_unlinking(session, found, on=at.date())
    if hindrance:
        raise Refusal(hindrance)
    found.unlink_asked_at, found.unlink_asked_by_id = at, by.id
    _record_both(session, found, Event.UNLINKING_ASKED, by=by, at=at)
    session.flush()
    return found


def take_back(session: Session, organization: Organization, hex_id: str, *, by: User, at: datetime) -> Link:
    """Let the link go on after all; nothing happens where no end was asked for (LINK-5)."""
    found = _held(session, organization, hex_id, by=by)
    if found.unlink_asked_at is None:
        return found
    applicant = link_applicants.of(session, [found.linked_id], on=at.date())[found.linked_id]
    if applicant.has_own_contract:
        raise Refusal(f"{applicant.name} has a subscription of its own by now, so that the link has to end.")
    found.unlink_asked_at, found.unlink_asked_by_id = None, None
    _record_both(session, found, Event.UNLINKING_TAKEN_BACK, by=by, at=at)
    session.flush()
    return found


def _unsold(payer: Organization) -> str | None:
    catalogue = catalogues.load(payer.catalogue)
    return None if catalogue.links_organizations else f"{catalogue.title} does not link organizations."


def _check(session: Session, payer: Organization, wanted: Sequence[Organization], *, by: User, on: date) -> None:
    applicants = link_applicants.of(session, [payer.id, *(one.id for one in wanted)], on=on)
    manages = where_allowed(session, by, Action.LINK_ORGANIZATIONS)
    hindrances = [_hindrance(payer, manages), linking.hinders_payer(applicants[payer.id], more=len(wanted))]
    for one in wanted:
        hindrances += [_hindrance(one, manages), linking.hinders_linking(applicants[one.id], applicants[payer.id])]
    found = [hindrance for hindrance in hindrances if hindrance]
    if found:
        raise Refusal(" ".join(found))


def _hindrance(one: Organization, manages: Collection[int]) -> str | None:
    return None if one.id in manages else f"You do not manage the billing of {one.name}."


def _held(session: Session, organization: Organization, hex_id: str, *, by: User) -> Link:
    """The link, while both its organizations are held, read anew. The person manages the billing of both (P6)."""
    found = find(session, organization, hex_id)
    if found is None:
        raise Overtaken("This link has ended already.")
    months.lock_all(session, [found.payer_id, found.linked_id])
    session.refresh(found)
    if found.ended_at:
        raise Overtaken("This link has ended already.")
    manages = where_allowed(session, by, Action.LINK_ORGANIZATIONS)
    for one in (found.payer_id, found.linked_id):
        if one not in manages:
            raise Refusal(f"You do not manage the billing of {session.get_one(Organization, one).name}.")
    return found


def _record_both(session: Session, link: Link, event: Event, *, by: User, at: datetime) -> None:
    payer, linked = (session.get_one(Organization, one) for one in (link.payer_id, link.linked_id))
    history.record(session, payer, event, at=at, by=by, detail=linked.name)
    history.record(session, linked, event, at=at, by=by, detail=payer.name)


def _has_code(session: Session, organization: Organization, *, on: date) -> bool:
    """Whether the organization was sold a contract whose code it can apply."""
    waiting = select(func.count()).where(
        ActivationCode.organization_id == organization.id,
        ActivationCode.redeemed_at.is_(None),
        ActivationCode.voided_at.is_(None),
        ActivationCode.expires_on >= on,
    )
    return bool(session.scalar(waiting))


# Made once: the sidebar of every page of billing asks it.
@cache
def _offered() -> Select[bool]:
    here, on = bindparam("organization", type_=BigKey), bindparam("on", type_=Date)
    linked = select(Link.id).where(or_(Link.payer_id == here, Link.linked_id == here), Link.ended_at.is_(None))
    covering = (
        select(Subscription.id)
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(Subscription.organization_id == here, contracts.is_newest())
        .where(AgreedTerms.covers_from_on <= on, or_(AgreedTerms.ends_before.is_(None), AgreedTerms.ends_before > on))
    )
    return select(or_(linked.exists(), covering.exists()))
