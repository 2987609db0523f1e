"""Tokens of programs: made, found by what the program sends, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.token_scopes import TokenScope
from portal.models.api_tokens import ApiToken
from portal.models.organizations import Organization

LONGEST_NAME = 100
# How far behind `last_used_at` may be: a token that is used often does not write each time.
STALE_AFTER = timedelta(minutes=1)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token; `text` is what the program sends, and is known only now."""

    token: ApiToken
    text: str


def make(
    session: Session, name: str, *, scope: TokenScope, at: datetime, organization: Organization | None = None
) -> MadeToken:
    """A token with a secret of 256 bits, for one organization or for all of them (API-1)."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal(f"A token needs a name of at most {LONGEST_NAME} printable characters.")
    prefix = f"portal_{secrets.token_hex(4)}"
    text = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    token = ApiToken(
        prefix=prefix, sha256=_hash(text), name=name.strip(), scope=scope, organization=organization, created_at=at
    )
    session.add(token)
    session.flush()
    return MadeToken(token, text)


def find(session: Session, text: str) -> ApiToken | None:
    """The token that a program sent, unless it was revoked."""
    return session.scalar(select(ApiToken).where(ApiToken.sha256 == _hash(text), ApiToken.revoked_at.is_(None)))


def is_stale(token: ApiToken, at: datetime) -> bool:
    """Whether its last use is to be noted anew."""
    return token.last_used_at is None or at - token.last_used_at >= STALE_AFTER


def note_use(session: Session, token: ApiToken, *, at: datetime) -> None:
    """Remember that the token was used."""
    session.get_one(ApiToken, token.id).last_used_at = at


def revoke(session: Session, prefix: str, *, at: datetime) -> ApiToken:
    """End the token that begins with `prefix`; what it began before goes on to its end."""
    token = session.scalar(select(ApiToken).where(ApiToken.prefix == prefix))
    if token is None:
        raise Refusal(f"No token begins with “{prefix}”. `flask token list` shows them.")
    if token.revoked_at:
        raise AlreadyDone(f"The token {prefix} was revoked on {token.revoked_at:%Y-%m-%d}.")
    token.revoked_at = at
    return token


def every_token(session: Session) -> Sequence[ApiToken]:
    """All of them, the newest first."""
    query = select(ApiToken).options(joinedload(ApiToken.organization)).order_by(ApiToken.id.desc())
    return session.scalars(query).all()


def _hash(text: str) -> str:
    # A secret of 256 random bits cannot be guessed, so a fast hash keeps it.
    return hashlib.sha256(text.encode()).hexdigest()
