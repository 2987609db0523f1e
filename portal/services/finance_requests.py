"""Requests to finance: a customer asks, finance carries out or declines, and those concerned get mail (atlas 11.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.events import Event
from portal.domain.mail import is_address
from portal.models.billing_groups import BillingGroup
from portal.models.finance_requests import FinanceRequest, RequestKind
from portal.models.organizations import Organization, User
from portal.services import billing_profiles, contracts, history, letters, months, outbox, subscriptions

MOST_SHOWN = 20
_ASKED = joinedload(FinanceRequest.organization), joinedload(FinanceRequest.asked_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """Who shall get the tax invoices."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One page of requests; `number` is the page shown."""

    items: Sequence[FinanceRequest]
    number: int
    total: int


def ask_for_contact(
    session: Session, organization: Organization, contact: NewContact, *, reason: str, at: datetime, by: User
) -> FinanceRequest:
    """Ask finance for another billing contact; refused while such a request is open (CONTACT-1, CONTACT-2)."""
    if not is_address(contact.email):
        raise Refusal("Enter an e-mail address like name@company.example.")
    months.lock(session, organization)
    if any(one.answered_at is None for one in of_organization(session, organization)):
        raise Refusal("A change of the billing contact is asked for already. Finance will answer it first.")
    profile = billing_profiles.own_profile(session, organization)
    if profile is None:
        raise Refusal("The organization has no billing address yet. Add one first.")
    if profile.billing_contact == contact.email:
        raise Refusal(f"{contact.email} is the billing contact already.")
    request = FinanceRequest(
        organization_id=organization.id,
        kind=RequestKind.BILLING_CONTACT,
        wanted=asdict(contact),
        reason=reason,
        asked_at=at,
        asked_by_id=by.id,
    )
    session.add(request)
    session.flush()
    history.record(session, organization, Event.BILLING_CONTACT_CHANGE_ASKED, at=at, by=by, detail=contact.email)
    return request


def carry_out(session: Session, request: FinanceRequest, *, at: datetime, by: User) -> None:
    """Make the contact who is asked for that of the profile and of all contracts that have not ended (CONTACT-3).

    The new contact and the one before get mail.
    """
    organization = _answer(session, request, at=at, by=by)
    group = billing_profiles.own_group(session, organization)
    profile = billing_profiles.own_profile(session, organization)
    before, after = profile.billing_contact if profile else None, request.wanted["email"]
    billing_profiles.name_contact(session, group, after, at=at, by=by)
    _rename_in_contracts(session, group, request, at=at, by=by)
    session.flush()
    for to, is_new in ((before, False), (after, True)):
        if to and (is_new or to != after):
            letter = letters.write(
                "billing_contact", organization=organization.name, contact=after, before=before or "", is_new=is_new
            )
            key = f"billing-contact {request.hex_id} {'new' if is_new else 'old'}"
            outbox.post(session, letter, to=[to], key=key, at=at, organization=organization)


def decline(session: Session, request: FinanceRequest, *, reason: str, at: datetime, by: User) -> None:
    """Decline the request, with the reason for who asked, who gets it by mail (CONTACT-4)."""
    organization = _answer(session, request, at=at, by=by)
    request.declined_because = reason
    session.flush()
    contact = request.wanted["email"]
    history.record(session, organization, Event.BILLING_CONTACT_CHANGE_DECLINED, at=at, by=by, detail=contact)
    letter = letters.write(
        "request_declined",
        person=request.asked_by.name,
        organization=organization.name,
        contact=contact,
        reason=reason,
    )
    key = f"request-declined {request.hex_id}"
    outbox.post(session, letter, to=[request.asked_by.email], key=key, at=at, organization=organization)


def of_organization(session: Session, organization: Organization) -> Sequence[FinanceRequest]:
    """The organization's newest requests, the newest first."""
    own = select(FinanceRequest).where(FinanceRequest.organization_id == organization.id)
    query = own.options(joinedload(FinanceRequest.asked_by)).order_by(FinanceRequest.id.desc()).limit(MOST_SHOWN)
    return session.scalars(query).all()


def open_page(session: Session, *, number: int, size: int) -> RequestPage:
    """A page of the requests that wait for an answer, the oldest first."""
    is_open = FinanceRequest.answered_at.is_(None)
    total = session.scalar(select(func.count()).select_from(FinanceRequest).where(is_open)) or 0
    number = max(1, min(number, -(-total // size)))
    query = select(FinanceRequest).options(*_ASKED).where(is_open).order_by(FinanceRequest.id)
    return RequestPage(session.scalars(query.limit(size).offset((number - 1) * size)).all(), number, total)


def lately_answered(session: Session) -> Sequence[FinanceRequest]:
    """The requests that were answered last."""
    answered = select(FinanceRequest).options(*_ASKED).where(FinanceRequest.answered_at.is_not(None))
    newest = answered.order_by(FinanceRequest.answered_at.desc(), FinanceRequest.id.desc())
    return session.scalars(newest.limit(MOST_SHOWN)).all()


def find(session: Session, hex_id: str) -> FinanceRequest | None:
    """The request with this id, whoever asked."""
    whole = select(FinanceRequest).options(*_ASKED, joinedload(FinanceRequest.answered_by))
    return session.scalar(whole.where(FinanceRequest.hex_id == hex_id))


def _answer(session: Session, request: FinanceRequest, *, at: datetime, by: User) -> Organization:
    """Note who answers; of two who do, the second is refused."""
    months.lock(session, request.organization_id)
    session.refresh(request, ["answered_at"])
    if request.answered_at is not None:
        raise AlreadyDone("This request has been answered.")
    request.answered_at, request.answered_by_id = at, by.id
    return request.organization


def _rename_in_contracts(
    session: Session, group: BillingGroup, request: FinanceRequest, *, at: datetime, by: User
) -> None:
    """A version of each contract that has not ended, with the request for its reason."""
    contact, why = request.wanted["email"], f"{request.asked_by.name} asked for it: {request.reason}"
    for contract in contracts.of_organization(session, group.organization_id):
        has_ended = contract.term.ends_before is not None and contract.term.ends_before <= at.date()
        if contract.subscription.billing_group_id != group.id or has_ended:
            continue
        if contract.terms.billing_contact != contact:
            subscriptions.agree(session, contract, {"billing_contact": contact}, at=at, by=by, reason=why)
