"""The account team of an organization: who is in it, kept by staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.events import Event
from portal.domain.mail import is_address
from portal.models.account_teams import AccountTeamMember
from portal.models.organizations import Organization, User
from portal.services import history, months

MOST = 20


def of(session: Session, organization: Organization) -> Sequence[AccountTeamMember]:
    """Those who are in the team now, in the order in which they came."""
    query = select(AccountTeamMember).where(
        AccountTeamMember.organization_id == organization.id, AccountTeamMember.removed_at.is_(None)
    )
    return session.scalars(query.order_by(AccountTeamMember.id)).all()


def find(session: Session, organization: Organization, hex_id: str) -> AccountTeamMember | None:
    """Somebody who is or was in the team; None where there is no such person."""
    own = select(AccountTeamMember).where(AccountTeamMember.organization_id == organization.id)
    return session.scalar(own.where(AccountTeamMember.hex_id == hex_id))


def add(
    session: Session, organization: Organization, *, name: str, works_as: str, email: str, by: User, at: datetime
) -> AccountTeamMember:
    """Put somebody into the team; refused where the address is none, is in it already, or the team is full."""
    if not is_address(email):
        raise Refusal("Enter an e-mail address like name@company.example.")
    months.lock(session, organization)
    present = of(session, organization)
    if any(one.email.lower() == email.lower() for one in present):
        raise AlreadyDone(f"{email} is in the account team already.")
    if len(present) >= MOST:
        raise Refusal(f"An account team has at most {MOST} people.")
    member = AccountTeamMember(
        organization_id=organization.id, name=name, works_as=works_as, email=email, added_at=at, added_by_id=by.id
    )
    session.add(member)
    session.flush()
    detail = f"{name} ({works_as}) looks after the organization"
    history.record(session, organization, Event.ACCOUNT_TEAM_CHANGED, at=at, by=by, detail=detail)
    return member


def remove(session: Session, organization: Organization, member: AccountTeamMember, *, by: User, at: datetime) -> None:
    """Take somebody out of the team; who is out of it already stays so."""
    months.lock(session, organization)
    session.refresh(member, ["removed_at"])
    if member.removed_at is not None:
        return
    member.removed_at, member.removed_by_id = at, by.id
    session.flush()
    detail = f"{member.name} ({member.works_as}) no longer looks after the organization"
    history.record(session, organization, Event.ACCOUNT_TEAM_CHANGED, at=at, by=by, detail=detail)
