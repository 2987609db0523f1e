"""People: who they are, and the check of their password."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole as StaffRoleName
from portal.models.organizations import StaffRole, User
from portal.services import case_people

_hasher = PasswordHasher()
# The hash of a password nobody has. An unknown address is checked against it, so that the time of the answer
# does not tell who has an account. It is of today's strength, which a test watches.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$W52s+ke+oVsvSXlruRNV3A$O/fKajUaYYlHm57944o3NQiJ1g354HDbdrHEYYzzok4"
LONGEST_PASSWORD = 200
WRONG = "The e-mail address or the password is not right."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against; of a person who does not exist `user_id` is None."""

    user_id: int | None
    email: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A person whose password was right; `new_hash` is set when the stored one is of older strength."""

    user_id: int
    new_hash: str | None


def find_user(session: Session, user_id: int) -> User | None:
    """The person with this id, and their staff roles."""
    return session.get(User, user_id, options=[joinedload(User.staff_roles)])


def users_of(session: Session, user_ids: Collection[int]) -> Mapping[int, User]:
    """The people with these keys."""
    if not user_ids:
        return {}
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(user_ids)))}


def find_name(session: Session, user_id: int | None) -> str | None:
    """The name of the person with this id."""
    return session.scalar(select(User.name).where(User.id == user_id))


def find_user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, written in any case."""
    return session.scalar(select(User).where(_has_address(email)))


def credentials_of(session: Session, email: str) -> Credentials:
    """What a password for this address is checked against, in one query whether somebody has the address or not.

    Who was deactivated is nobody.
    """
    query = select(User.id, User.email, User.password_hash).where(_has_address(email), User.deactivated_at.is_(None))
    row = session.execute(query).one_or_none()
    return Credentials(*row) if row else Credentials(None, email.strip(), _NOBODY)


def check_password(credentials: Credentials, password: str) -> Proof:
    """Refuse a wrong password and a person who does not exist in the same words and time."""
    if len(password) > LONGEST_PASSWORD:
        # Nobody has such a password, and hashing a huge one would cost the server.
        password = ""
    try:
        _hasher.verify(credentials.password_hash, password)
    except (VerificationError, InvalidHashError):
        raise Refusal(WRONG) from None
    if credentials.user_id is None:
        raise Refusal(WRONG)
    weaker = _hasher.check_needs_rehash(credentials.password_hash)
    return Proof(credentials.user_id, _hasher.hash(password) if weaker else None)


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
    """Add a person, who finds the cases on which their address is on CC (CC-4); refused when the address is taken."""
    if find_user_by_email(session, email):
        raise Refusal(f"{email} already has an account.")
    user = User(email=email.strip(), name=name, password_hash=password_hash, created_at=at)
    session.add(user)
    session.flush()
    case_people.claim(session, user)
    return user


def grant_staff_role(session: Session, user: User, role: StaffRoleName) -> None:
    """Make `user` a member of the company's own staff."""
    session.add(StaffRole(user_id=user.id, role=role.value))
    session.flush()
    session.expire(user, ["staff_roles"])


def staff_with(session: Session, role: StaffRoleName) -> Sequence[User]:
    """The members of the company's own staff with this role who can sign in, by name."""
    held = select(StaffRole.user_id).where(StaffRole.role == role.value)
    query = select(User).where(User.id.in_(held), User.deactivated_at.is_(None))
    return session.scalars(query.order_by(func.lower(User.name), User.id)).all()


def _has_address(email: str) -> ColumnElement[bool]:
    return func.lower(User.email) == func.lower(email.strip())
