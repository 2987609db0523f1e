"""People: who they are, and the check of their password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole as StaffRoleName
from portal.models.organizations import StaffRole, User

_hasher = PasswordHasher()
# The hash of a password nobody has. An unknown address is checked against it, so that the time of the answer
# does not tell who has an account.
_NOBODY = _hasher.hash("nobody has this password")
LONGEST_PASSWORD = 200
WRONG = "The e-mail address or the password is not right."


@dataclass(frozen=True, slots=True)
class Proof:
    """A person whose password was right; `new_hash` is set when the stored one is of older strength."""

    user_id: int
    new_hash: str | None


def find_user(session: Session, user_id: int) -> User | None:
    """The person with this id, with staff roles, in one query."""
    query = select(User).where(User.id == user_id).options(joinedload(User.staff_roles))
    return session.scalars(query).unique().one_or_none()


def find_user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, written in any case."""
    return session.scalar(select(User).where(func.lower(User.email) == func.lower(email.strip())))


def check_password(user: User | None, password: str) -> Proof:
    """Refuse a wrong password and a person who does not exist in the same words and time."""
    if len(password) > LONGEST_PASSWORD:
        # Nobody has such a password, and hashing a huge one would cost the server.
        password = ""
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        raise Refusal(WRONG) from None
    if user is None:
        raise Refusal(WRONG)
    weaker = _hasher.check_needs_rehash(user.password_hash)
    return Proof(user.id, _hasher.hash(password) if weaker else None)


def keep_stronger_hash(session: Session, proof: Proof) -> User:
    """The person who proved to be themselves; a hash of older strength is replaced."""
    user = session.get_one(User, proof.user_id)
    if proof.new_hash:
        user.password_hash = proof.new_hash
    return user


def hash_password(password: str) -> str:
    """The argon2 hash to store; made once for many people who share a demo password."""
    return _hasher.hash(password)


def create_user(session: Session, email: str, *, name: str, password_hash: str, at: datetime) -> User:
    """Add a person; refused when the address is taken."""
    if find_user_by_email(session, email):
        raise Refusal(f"{email} already has an account.")
    user = User(email=email.strip(), name=name, password_hash=password_hash, created_at=at)
    session.add(user)
    session.flush()
    return user


def grant_staff_role(session: Session, user: User, role: StaffRoleName) -> None:
    """Make `user` a member of the company's own staff."""
    session.add(StaffRole(user_id=user.id, role=role.value))
    session.flush()
    session.expire(user, ["staff_roles"])
