"""New passwords: which are taken, and what a change of one brings with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session
from zxcvbn import zxcvbn

from portal.domain.errors import Refusal
from portal.domain.sessions import AccountEvent, EndReason
from portal.models.organizations import User
from portal.models.sessions import PasswordReset
from portal.services import account_activities, letters, outbox, people, sessions

SHORTEST_PASSWORD = 12
# Of five steps from 0 to 4: fewer than a hundred million guesses do not find it.
_STRONG = 3
# How much of a password is looked at, because the work grows with the square of its length.
_LOOKED_AT = 72
_WORD = re.compile(r"\w{4,}")


def check_new(password: str, *, of: User, brand: str) -> None:
    """Refuse a password that is too short, too long, or soon guessed by who knows the person and the portal.

    There is no rule about kinds of characters: such rules make people choose what everybody chooses.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(f"Enter at least {SHORTEST_PASSWORD} characters. Several words are easy to remember.")
    if len(password) > people.LONGEST_PASSWORD:
        raise Refusal(f"Enter at most {people.LONGEST_PASSWORD} characters.")
    if not _is_strong(_without(password, _WORD.findall(f"{of.email} {of.name} {brand}"))):
        raise Refusal("This password would soon be guessed. Take several words that do not belong together.")


def change(
    session: Session, user: User, *, password_hash: str, event: AccountEvent, by: User | None, at: datetime
) -> None:
    """Give `user` this password, end every session and every link that sets it, and tell them by mail."""
    user.password_hash = password_hash
    links = delete(PasswordReset).where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
    session.execute(links)
    sessions.end_all(session, user.id, because=EndReason.PASSWORD_CHANGED, at=at)
    activity = account_activities.record(session, user, event, at=at, by=by)
    letter = letters.write("password_changed", person=user.name, at=at)
    outbox.post(session, letter, to=[user.email], key=f"password-changed-{activity.id}", at=at)


def _without(password: str, words: Iterable[str]) -> str:
    """What is left to guess for somebody who tries these words first."""
    left = password.lower()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word.lower(), "")
    return left


def _is_strong(password: str) -> bool:
    return bool(password) and zxcvbn(password[:_LOOKED_AT])["score"] >= _STRONG
