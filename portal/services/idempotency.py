"""One effect for a request that is sent more than once: its key is claimed before, its answer is kept after."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.errors import AlreadyDone
from portal.models.base import Base
from portal.models.idempotency import AnsweredRequest

KEPT_FOR = timedelta(hours=48)
_TABLE = Base.metadata.tables[AnsweredRequest.__tablename__]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request: who sent it to which route with which key, and a keyed hash of the rest of it."""

    holder: str
    endpoint: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `otherwise` is where a browser goes that did not ask for a part of a page, or the reverse."""

    status: int
    headers: Mapping[str, str]
    body: str
    is_part: bool
    otherwise: str | None
    news: Sequence[Sequence[str]] = ()


class SentOtherwise(AlreadyDone):
    """A key came again with something else than the first time; only the first was done (KEY-2)."""

    def __init__(self) -> None:
        super().__init__("This was sent before with other entries, and those were taken.")


def claim(session: Session, sent: Sent, *, at: datetime) -> Answer | None:
    """The answer that `sent` got before; None for the first of its kind, which the caller answers and then `keep`s.

    The claim is a row of the caller's transaction: one that ends without a commit leaves the key free (KEY-3). Who
    comes while another holds the key waits for the end of that transaction. `SentOtherwise` for a key that came with
    something else.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = asdict(sent) | {"made_at": at}
    claimed = session.execute(insert(_TABLE).values(row).on_conflict_do_nothing().returning(_TABLE.c.id)).scalar()
    if claimed is not None:
        return None
    before = session.scalars(select(AnsweredRequest).where(*_is(sent))).one()
    if before.fingerprint != sent.fingerprint:
        raise SentOtherwise
    return Answer(**json.loads(before.answer or "{}"))


def is_claimed(session: Session, sent: Sent) -> bool:
    """Whether `sent` was answered before, with whatever came with its key."""
    return session.scalar(select(AnsweredRequest.id).where(*_is(sent))) is not None


def keep(session: Session, sent: Sent, answer: Answer) -> None:
    """Remember what a claimed request was answered."""
    session.execute(update(AnsweredRequest).where(*_is(sent)).values(answer=json.dumps(asdict(answer))))


def forget(session: Session, *, made_before: datetime, at_most: int) -> int:
    """Delete up to `at_most` answers older than `made_before`, and say how many they were."""
    oldest = select(_TABLE.c.id).where(_TABLE.c.made_at < made_before).order_by(_TABLE.c.made_at).limit(at_most)
    gone = session.execute(delete(_TABLE).where(_TABLE.c.id.in_(oldest)).returning(_TABLE.c.id))
    return len(gone.all())


def _is(sent: Sent) -> tuple[ColumnElement[bool], ...]:
    own = AnsweredRequest
    return own.holder == sent.holder, own.endpoint == sent.endpoint, own.key == sent.key
