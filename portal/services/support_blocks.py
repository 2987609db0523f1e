"""Who is kept from support by staff, and why (NE-16): no new cases; what is invoiced stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.events import Event
from portal.models.organizations import Organization, User
from portal.models.support_blocks import SupportBlock
from portal.services import belonging, history, months

SHORTEST_REASON = 10


def reason_of(session: Session, organization: Organization, user: User | int) -> str | None:
    """Why this person gets no support in this organization; None where they do. What holds for all comes first."""
    user_id = user if isinstance(user, int) else user.id
    query = _open(organization).where(SupportBlock.user_id.is_(None) | (SupportBlock.user_id == user_id))
    found = session.scalars(query.order_by(SupportBlock.user_id.is_not(None), SupportBlock.id).limit(1)).first()
    return found.reason if found else None


def check(session: Session, organization: Organization, user: User) -> None:
    """Refuse what support would have to answer, with the reason, to who is kept from it."""
    reason = reason_of(session, organization, user)
    if reason is not None:
        raise Refusal(f"Support has ended: {reason}")


def open_blocks(session: Session, organization: Organization) -> Sequence[SupportBlock]:
    """Those that hold now, the oldest first, with the people whom they name."""
    query = _open(organization).options(joinedload(SupportBlock.user), joinedload(SupportBlock.blocked_by))
    return session.scalars(query.order_by(SupportBlock.id)).all()


def find(session: Session, organization: Organization, hex_id: str) -> SupportBlock | None:
    """One that holds or held here."""
    own = select(SupportBlock).where(SupportBlock.organization_id == organization.id)
    return session.scalar(own.where(SupportBlock.hex_id == hex_id))


def block(
    session: Session, organization: Organization, reason: str, *, by: User, at: datetime, user: User | None = None
) -> SupportBlock:
    """End support for `user` (None: for everybody here); refused without a real reason, and where it has ended."""
    reason = _reason(reason)
    if user is not None and belonging.find(session, user_id=user.id, slug=organization.slug) is None:
        raise Refusal(f"{user.name} does not belong to {organization.name}.")
    months.lock(session, organization)
    if any(one.user_id == (user.id if user else None) for one in open_blocks(session, organization)):
        raise AlreadyDone("Support has ended for them already.")
    made = SupportBlock(
        organization_id=organization.id,
        user_id=user.id if user else None,
        reason=reason,
        blocked_at=at,
        blocked_by_id=by.id,
    )
    session.add(made)
    session.flush()
    detail = f"For {user.name if user else 'everybody'}: {reason}"
    history.record(session, organization, Event.SUPPORT_BLOCKED, at=at, by=by, target=user, detail=detail)
    return made


def lift(
    session: Session, organization: Organization, held: SupportBlock, *, because: str, by: User, at: datetime
) -> None:
    """Give support again, for a reason; what is lifted already stays so."""
    because = _reason(because)
    months.lock(session, organization)
    session.refresh(held, ["lifted_at"])
    if held.lifted_at is not None:
        return
    held.lifted_at, held.lifted_by_id, held.lifted_because = at, by.id, because
    session.flush()
    detail = f"For {held.user.name if held.user else 'everybody'}: {because}"
    history.record(session, organization, Event.SUPPORT_UNBLOCKED, at=at, by=by, target=held.user, detail=detail)


def _open(organization: Organization) -> Select[SupportBlock]:
    return select(SupportBlock).where(SupportBlock.organization_id == organization.id, SupportBlock.lifted_at.is_(None))


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if len(text) < SHORTEST_REASON:
        raise Refusal(f"Enter a reason of at least {SHORTEST_REASON} characters. The customer reads it.")
    return text
