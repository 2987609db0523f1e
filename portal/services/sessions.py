"""Sessions: begun at sign-in, found by their token, ended at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from portal.domain.sessions import AccountEvent, EndReason, Lifetimes
from portal.models.organizations import StaffRole, User
from portal.models.sessions import LoginSession, PasswordReset
from portal.services import account_activities

# Who has more browsers open than this has forgotten some: the one not seen for longest makes room.
MOST_SESSIONS = 50
# Writing the time of each request would make every page a change of the database.
SEEN_EVERY = timedelta(minutes=1)
# For so long an ended session tells from where a person signs in.
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that is good, by its id, and of its person what every page asks."""

    id: int
    started_at: datetime
    last_seen_at: datetime
    user_id: int
    name: str
    email: str
    staff_roles: frozenset[str]


def start(session: Session, user: User, *, network: str, browser: str, at: datetime) -> str:
    """Begin a session and return its token, 256 random bits that only the browser keeps."""
    token = secrets.token_urlsafe(32)
    _make_room(session, user, at=at)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user.id,
            network=network,
            browser=browser,
            started_at=at,
            last_seen_at=at,
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, *, lifetimes: Lifetimes, at: datetime) -> SignedIn | None:
    """The session with this token, with its person and their staff roles in one query; None when it is over."""
    rows = session.execute(_by_token(), {"token_hash": token_hash(token)}).all()
    if not rows:
        return None
    id_, started_at, last_seen_at, user_id, name, email, _ = rows[0]
    roles = frozenset(row.role for row in rows if row.role)
    found = SignedIn(id_, started_at, last_seen_at, user_id, name, email, roles)
    return None if _is_over(found, lifetimes, is_staff=bool(roles), at=at) else found


def is_to_be_noted(found: SignedIn, *, at: datetime) -> bool:
    """Whether it is long enough ago that the session was last noted as seen."""
    return at - found.last_seen_at >= SEEN_EVERY


def note_seen(session: Session, session_id: int, *, at: datetime) -> None:
    """Note that something was asked in this session now."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=at))


def sessions_of(session: Session, user_id: int, *, lifetimes: Lifetimes, at: datetime) -> Sequence[LoginSession]:
    """The sessions of a person that are still good, the last seen first."""
    rows = session.scalars(_open(user_id).options(joinedload(LoginSession.user).joinedload(User.staff_roles))).unique()
    return [row for row in rows if not _is_over(row, lifetimes, is_staff=bool(row.user.staff_roles), at=at)]


def end(session: Session, token: str, *, because: EndReason, at: datetime) -> None:
    """End the session with this token; one that is over stays as it is."""
    _end(session, LoginSession.token_hash == token_hash(token), because=because, at=at)


def end_one(session: Session, user_id: int, hex_id: str, *, at: datetime) -> None:
    """End a session that a person sees in the list of their own; any other stays."""
    is_own = (LoginSession.user_id == user_id) & (LoginSession.hex_id == hex_id)
    _end(session, is_own, because=EndReason.ENDED_ELSEWHERE, at=at)


def end_all(session: Session, user_id: int, *, because: EndReason, at: datetime, but: SignedIn | None = None) -> int:
    """End every session of a person, `but` one; returns how many were open."""
    which = LoginSession.user_id == user_id
    return _end(session, which & (LoginSession.id != but.id) if but else which, because=because, at=at)


def end_everybody(session: Session, *, at: datetime) -> int:
    """End every session of everybody, and every link that sets a password; returns how many sessions were open.

    A backup knows nothing of what was ended or used since it was made.
    """
    session.execute(delete(PasswordReset).where(PasswordReset.used_at.is_(None)))
    return _end(session, LoginSession.id.is_not(None), because=EndReason.RESTORED, at=at)


def end_by_staff(session: Session, user: User, *, by: User, reason: str, at: datetime) -> int:
    """End every session of `user`, and keep who did it and why; returns how many were open."""
    account_activities.record(session, user, AccountEvent.SESSIONS_ENDED, at=at, by=by, detail=reason)
    return end_all(session, user.id, because=EndReason.ENDED_BY_STAFF, at=at)


def is_known_at(session: Session, user_id: int | None, network: str) -> bool:
    """Whether this person signed in from this network before, as far back as sessions are kept."""
    query = select(LoginSession.id).where(LoginSession.user_id == (user_id or 0), LoginSession.network == network)
    return session.scalar(query.limit(1)) is not None


def forget_old(session: Session, *, at: datetime, at_most: int) -> int:
    """Delete sessions that nobody has used for long; returns how many."""
    old = select(LoginSession.id).where(LoginSession.last_seen_at < at - KEPT).limit(at_most)
    return len(session.scalars(delete(LoginSession).where(LoginSession.id.in_(old)).returning(LoginSession.id)).all())


def token_hash(token: str) -> str:
    """What of a token is stored. It is long and random, so that a plain hash of it cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _by_token() -> Select[int, datetime, datetime, int, str, str, str]:
    """A row for each staff role, or one without any; none for whoever was deactivated."""
    # Every request asks it; to put it together takes longer than to ask it.
    seen = LoginSession.id, LoginSession.started_at, LoginSession.last_seen_at
    return (
        select(*seen, User.id, User.name, User.email, StaffRole.role)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(StaffRole, StaffRole.user_id == User.id)
        .where(LoginSession.token_hash == bindparam("token_hash"))
        .where(LoginSession.ended_at.is_(None), User.deactivated_at.is_(None))
    )


def _open(user_id: int) -> Select[LoginSession]:
    return (
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
    )


def _make_room(session: Session, user: User, *, at: datetime) -> None:
    too_many = [row.id for row in session.scalars(_open(user.id).offset(MOST_SESSIONS - 1))]
    if too_many:
        _end(session, LoginSession.id.in_(too_many), because=EndReason.TOO_MANY, at=at)


def _is_over(found: LoginSession | SignedIn, lifetimes: Lifetimes, *, is_staff: bool, at: datetime) -> bool:
    lifetime = lifetimes.staff if is_staff else lifetimes.customers
    return lifetime.is_over(started_at=found.started_at, last_seen_at=found.last_seen_at, at=at)


def _end(session: Session, which: ColumnElement[bool], *, because: EndReason, at: datetime) -> int:
    is_open = LoginSession.ended_at.is_(None)
    ending = update(LoginSession).where(which, is_open).values(ended_at=at, ended_because=because)
    return len(session.scalars(ending.returning(LoginSession.id)).all())
