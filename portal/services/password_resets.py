"""Forgotten passwords: asked for in a request, sent by a job, used once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.domain.looks import Look
from portal.domain.sessions import AccountEvent
from portal.models.organizations import User
from portal.models.sessions import PasswordReset
from portal.services import letters, looks, outbox, passwords, people
from portal.services.sessions import token_hash

GOOD_FOR = timedelta(minutes=30)
KEPT = timedelta(days=30)
OVER = "This link is no longer good: it works once, for 30 minutes, and only the newest one. Ask for another."


def ask(session: Session, email: str, *, at: datetime) -> None:
    """Write down that somebody wants to set the password of this address anew.

    Nobody is looked up here: a request takes the same work, and so the same time, for everybody.
    """
    session.add(PasswordReset(email=email.strip(), asked_at=at))
    session.flush()
    looks.ask(session, Look.RESETS)


def send_next(session: Session, *, base_url: str, at: datetime) -> bool:
    """Answer the oldest request that nobody looked at, by a mail where somebody has the address; False without any.

    A newer link takes the place of older ones.
    """
    waiting = select(PasswordReset).where(PasswordReset.user_id.is_(None)).order_by(PasswordReset.id).limit(1)
    asked = session.scalar(waiting.with_for_update(skip_locked=True))
    if asked is None:
        return False
    user = people.find_user_by_email(session, asked.email)
    if user is None or user.deactivated_at or at - asked.asked_at >= GOOD_FOR:
        session.delete(asked)
        return True
    # One request of a person after the other: of two at once neither would see the other's link.
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    session.execute(delete(PasswordReset).where(PasswordReset.user_id == user.id))
    token = secrets.token_urlsafe(32)
    asked.user_id, asked.token_hash, asked.expires_at = user.id, token_hash(token), at + GOOD_FOR
    link = f"{base_url}/new-password?token={token}"
    letter = letters.write("password_reset", person=user.name, link=link, minutes=GOOD_FOR // timedelta(minutes=1))
    outbox.post(session, letter, to=[user.email], key=f"password-reset-{asked.id}", at=at)
    return True


def find(session: Session, token: str, *, at: datetime) -> User:
    """Whose password this token sets; refused for one that is unknown, used, replaced or too old."""
    reset = session.scalar(_good(token, at=at))
    if reset is None:
        raise Refusal(OVER)
    return session.get_one(User, reset.user_id)


def use(session: Session, token: str, *, password_hash: str, at: datetime) -> None:
    """Set the password anew and end all sessions; of two at once with the same link one is refused."""
    reset = session.scalar(_good(token, at=at).with_for_update())
    if reset is None:
        raise Refusal(OVER)
    reset.used_at = at
    user = session.get_one(User, reset.user_id)
    event = AccountEvent.PASSWORD_RESET
    passwords.change(session, user, password_hash=password_hash, event=event, by=None, at=at)


def forget_old(session: Session, *, at: datetime, at_most: int) -> int:
    """Delete requests of long ago; returns how many."""
    old = select(PasswordReset.id).where(PasswordReset.asked_at < at - KEPT).limit(at_most)
    return len(
        session.scalars(delete(PasswordReset).where(PasswordReset.id.in_(old)).returning(PasswordReset.id)).all()
    )


def _good(token: str, *, at: datetime) -> Select[PasswordReset]:
    return select(PasswordReset).where(
        PasswordReset.token_hash == token_hash(token), PasswordReset.used_at.is_(None), PasswordReset.expires_at > at
    )
