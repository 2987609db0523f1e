"""Leads: a customer asks to talk to sales, and sales note what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain.catalogue import ContactKind
from portal.domain.errors import TooSoon
from portal.domain.methods import SubscriptionType
from portal.domain.throttles import TALK_TO_SALES, Hit
from portal.models.leads import Lead, LeadState, LeadTurn
from portal.models.organizations import Organization, User
from portal.services import letters, outbox, throttles


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody wants to talk about. `preview` is the query of a preview's address."""

    message: str
    phone: str | None = None
    type: SubscriptionType | None = None
    preview: str | None = None


def ask(
    session: Session, organization: Organization, question: Question, *, by: User, at: datetime, base_url: str
) -> Lead:
    """Keep the question for sales, tell them where the vendor names an address, and send its person a receipt (LEAD-1).

    `TooSoon` for somebody who asks too often. `base_url` is how people reach the portal.
    """
    # Counted in the transaction of the question: what is refused counts for nothing, and what is kept stays counted.
    if seconds := throttles.count(session, [Hit(TALK_TO_SALES, str(by.id))], at=at):
        raise TooSoon(seconds)
    lead = Lead(
        organization_id=organization.id,
        asked_by_id=by.id,
        asked_at=at,
        type=question.type,
        phone=question.phone,
        message=question.message,
        preview=question.preview,
        state=LeadState.OPEN,
    )
    session.add(lead)
    session.flush()
    _post(session, organization, lead, by=by, at=at, base_url=base_url)
    return lead


def newest(session: Session, *, state: LeadState | None, before: int | None, limit: int) -> Sequence[Lead]:
    """The leads in `state` with organization and person, the newest first, from below the id `before`."""
    query = _with_people().order_by(Lead.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Lead.state == state)
    if before is not None:
        query = query.where(Lead.id < before)
    return session.scalars(query).all()


def find(session: Session, hex_id: str) -> Lead | None:
    """One lead; None where there is none."""
    return session.scalars(_with_people().where(Lead.hex_id == hex_id)).one_or_none()


def turns_of(session: Session, lead: Lead) -> Sequence[LeadTurn]:
    """What was noted on it, the oldest first."""
    query = select(LeadTurn).options(joinedload(LeadTurn.noted_by)).where(LeadTurn.lead_id == lead.id)
    return session.scalars(query.order_by(LeadTurn.id)).all()


def turn(session: Session, lead: Lead, state: LeadState, *, note: str, by: User, at: datetime) -> LeadTurn:
    """Note what became of the lead; any state may follow any other, so that a mistake is corrected by another turn."""
    noted = LeadTurn(lead_id=lead.id, state=state, note=note, noted_by_id=by.id, noted_at=at)
    session.add(noted)
    lead.state = state
    session.flush()
    return noted


def _post(session: Session, organization: Organization, lead: Lead, *, by: User, at: datetime, base_url: str) -> None:
    catalogue = catalogues.load(organization.catalogue)
    facts = {
        "organization": organization.name,
        "person": by.name,
        "email": by.email,
        "phone": lead.phone or "",
        "type": catalogue.subscription_types[lead.type].name if lead.type else "",
        "message": lead.message,
        "link": f"{base_url}/staff/leads/{lead.hex_id}",
    }
    sales = catalogue.contacts.get(ContactKind.SALES)
    if sales and sales.email:
        letter = letters.write("lead", **facts)
        outbox.post(session, letter, to=[sales.email], key=f"lead {lead.hex_id}", at=at)
    receipt = letters.write("lead_receipt", **facts)
    outbox.post(session, receipt, to=[by.email], key=f"lead receipt {lead.hex_id}", at=at, organization=organization)


def _with_people() -> Select[Lead]:
    return select(Lead).options(joinedload(Lead.organization), joinedload(Lead.asked_by))
