"""Invitations: sent by mail, listed, renewed and revoked by who manages members."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain import membership
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.membership import INVITATION_GOOD_FOR, InvitationOutcome
from portal.domain.permissions import Action, Grants, allows
from portal.models.invitations import Invitation, InvitationOrganizationRole, InvitationProjectRole
from portal.models.organizations import Membership, Organization, User
from portal.services import history, letters, members, organizations, outbox
from portal.services.members import Acting
from portal.services.sessions import token_hash

# What is said of an invitation that has ended.
WORDS_OVER: Mapping[InvitationOutcome, str] = {
    InvitationOutcome.ACCEPTED: "This invitation was accepted already.",
    InvitationOutcome.DECLINED: "This invitation was declined.",
    InvitationOutcome.REVOKED: "This invitation was revoked.",
    InvitationOutcome.EXPIRED: "This invitation has expired.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who invites, into which organization, and how people reach the portal by the links in mails."""

    organization: Organization
    by: User
    base_url: str


def invite(
    session: Session, sender: Sender, addresses: Sequence[str], *, offer: Grants, at: datetime
) -> Sequence[Invitation]:
    """Ask people by mail to join with the roles of `offer`; all or, where one address is bad, none (MEMBER-1).

    `addresses` are in small letters, each once, as `membership.parse_addresses` gives them. What `sender` may offer is
    ROLE-10; without organization roles in the offer, people get the plain one (ROLE-9).
    """
    acting = members.acting(session, sender.organization, sender.by)
    wanted = membership.with_organization_roles(offer, offer.organization_roles or membership.plain_roles(acting.roles))
    membership.check_known(acting.roles, wanted)
    membership.check_may_give(acting.roles, acting.grants, wanted)
    _check_projects(session, sender.organization, wanted)
    membership.refuse_all([*_problems(session, sender, addresses, at=at)])
    return [_send(session, sender, address, wanted, at=at) for address in addresses]


def resend(session: Session, sender: Sender, hex_id: str, *, at: datetime) -> Invitation:
    """Send an open or expired invitation again; it is good for its whole time anew, and older links no more.

    From then on it is the invitation of `sender`, who has to be one who may give what it offers (ROLE-10, MEMBER-9).
    """
    acting = _acting(session, sender)
    invitation = _found(session, sender, hex_id)
    outcome = ended(invitation, at=at)
    if outcome and outcome is not InvitationOutcome.EXPIRED:
        raise Overtaken(WORDS_OVER[outcome])
    membership.check_may_give(acting.roles, acting.grants, offered(invitation))
    invitation.invited_by = sender.by
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.times_sent = token_hash(token), invitation.times_sent + 1
    invitation.expires_at = at + INVITATION_GOOD_FOR
    _mail(session, sender, invitation, token, at=at)
    return invitation


def revoke(session: Session, sender: Sender, hex_id: str, *, at: datetime) -> Invitation:
    """Take back an invitation that nobody answered: its link opens nothing any more."""
    _acting(session, sender)
    invitation = _found(session, sender, hex_id)
    if invitation.outcome:
        raise Overtaken(WORDS_OVER[invitation.outcome])
    settle(invitation, InvitationOutcome.REVOKED, by=sender.by, at=at)
    history.record(
        session, sender.organization, Event.INVITATION_REVOKED, at=at, by=sender.by, detail=f"{invitation.email}."
    )
    return invitation


def open_ones(session: Session, organization: Organization, *, before: int | None, limit: int) -> Sequence[Invitation]:
    """Invitations that nobody answered, expired ones too, the newest first."""
    query = select(Invitation).where(Invitation.organization_id == organization.id, Invitation.settled_at.is_(None))
    query = query.where(Invitation.id < before) if before else query
    newest = query.order_by(Invitation.id.desc()).limit(limit).options(joinedload(Invitation.invited_by))
    return session.scalars(newest).unique().all()


def offered(invitation: Invitation) -> Grants:
    """The roles that come with it."""
    by_project: dict[int, set[str]] = {}
    for held in invitation.project_roles:
        by_project.setdefault(held.project_id, set()).add(held.role)
    return Grants(
        frozenset(held.role for held in invitation.organization_roles),
        {project: frozenset(keys) for project, keys in by_project.items()},
    )


def ended(invitation: Invitation, *, at: datetime) -> InvitationOutcome | None:
    """How it has ended by `at`; None while it can be accepted."""
    return membership.outcome_of(invitation.outcome, expires_at=invitation.expires_at, at=at)


def settle(invitation: Invitation, outcome: InvitationOutcome, *, by: User | None, at: datetime) -> None:
    """Write down how it ended, when, and by whom; by nobody where its time ran out."""
    invitation.outcome, invitation.settled_at, invitation.settled_by_id = outcome, at, by.id if by else None


def _acting(session: Session, sender: Sender) -> Acting:
    """Hold the organization, for who may still manage its members."""
    acting = members.acting(session, sender.organization, sender.by)
    if not allows(acting.roles, acting.grants, Action.MANAGE_MEMBERS):
        raise Overtaken("You may no longer invite people.")
    return acting


def _found(session: Session, sender: Sender, hex_id: str) -> Invitation:
    query = select(Invitation).where(Invitation.organization_id == sender.organization.id, Invitation.hex_id == hex_id)
    found = session.scalars(query.execution_options(populate_existing=True)).unique().one_or_none()
    if found is None:
        raise Overtaken("There is no such invitation.")
    return found


def _problems(session: Session, sender: Sender, addresses: Collection[str], *, at: datetime) -> Iterator[str]:
    own = sender.by.email.lower()
    known = session.scalars(
        select(func.lower(User.email))
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == sender.organization.id, func.lower(User.email).in_(addresses))
    ).all()
    waiting = session.scalars(_unanswered(sender.organization, addresses)).unique().all()
    open_to = {one.email for one in waiting if not ended(one, at=at)}
    for address in addresses:
        if address == own:
            yield f"{address} is your own address."
        elif address in known:
            yield f"{address} is a member already."
        elif address in open_to:
            yield f"{address} is invited already. Resend that invitation instead."


def _unanswered(organization: Organization, addresses: Collection[str]) -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.organization_id == organization.id,
        Invitation.email.in_(addresses),
        Invitation.settled_at.is_(None),
    )


def _check_projects(session: Session, organization: Organization, offer: Grants) -> None:
    known = {project.id for project in organizations.projects_of(session, organization)} if offer.project_roles else ()
    if not set(offer.project_roles) <= set(known):
        raise Refusal("There is no such project.")


def _send(session: Session, sender: Sender, address: str, offer: Grants, *, at: datetime) -> Invitation:
    expired = session.scalars(_unanswered(sender.organization, [address])).unique().one_or_none()
    if expired:
        # One address has one open invitation: the one that ran out makes room.
        settle(expired, InvitationOutcome.EXPIRED, by=None, at=at)
        session.flush()
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        organization_id=sender.organization.id,
        email=address,
        token_hash=token_hash(token),
        invited_by_id=sender.by.id,
        invited_at=at,
        expires_at=at + INVITATION_GOOD_FOR,
        organization_roles=[InvitationOrganizationRole(role=key) for key in sorted(offer.organization_roles)],
        project_roles=[
            InvitationProjectRole(project_id=project, role=key)
            for project, keys in offer.project_roles.items()
            for key in sorted(keys)
        ],
    )
    session.add(invitation)
    session.flush()
    history.record(session, sender.organization, Event.MEMBER_INVITED, at=at, by=sender.by, detail=f"{address}.")
    _mail(session, sender, invitation, token, at=at)
    return invitation


def _mail(session: Session, sender: Sender, invitation: Invitation, token: str, *, at: datetime) -> None:
    letter = letters.write(
        "invitation",
        organization=sender.organization.name,
        by=sender.by.name,
        link=f"{sender.base_url}/invitations/{token}",
        until=invitation.expires_at.date(),
    )
    key = f"invitation-{invitation.id}-{invitation.times_sent}"
    outbox.post(session, letter, to=[invitation.email], key=key, at=at, organization=sender.organization)
