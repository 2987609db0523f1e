"""Drafts: what a person typed for a case and has not sent yet, kept until they do, also for a later session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.models.base import Base
from portal.models.case_drafts import CaseDraft
from portal.models.cases import Case
from portal.models.organizations import Organization, User

MOST_LETTERS = 200_000
_TABLE = Base.metadata.tables[CaseDraft.__tablename__]

Content = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose draft it is, and of what: a comment on a case, or a new case of the organization (`case` None)."""

    organization: Organization
    by: User
    case: Case | None = None


def find(session: Session, place: Place) -> CaseDraft | None:
    """The draft that is kept there."""
    return session.scalar(_at(place))


def save(session: Session, place: Place, content: Content, *, at: datetime) -> CaseDraft | None:
    """Keep what was typed in place of what was kept before; nothing typed is no draft (DRAFT-1).

    Refused where it is longer than anything that can be sent.
    """
    typed = {name: list(texts) for name, texts in content.items() if any(text.strip() for text in texts)}
    if sum(len(text) for texts in typed.values() for text in texts) > MOST_LETTERS:
        raise Refusal(f"This is too long to be kept: more than {MOST_LETTERS:,} characters.")
    if not typed:
        discard(session, place)
        return None
    # Two windows may save the first draft at once; the later one wins.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    case_id = place.case.id if place.case else None
    row = {"organization_id": place.organization.id, "user_id": place.by.id, "case_id": case_id}
    session.execute(insert(_TABLE).values(**row, content=typed, saved_at=at).on_conflict_do_nothing())
    draft = session.scalars(_at(place).with_for_update()).one()
    draft.content, draft.saved_at = typed, at
    session.flush()
    return draft


def discard(session: Session, place: Place) -> None:
    """Forget what is kept there: it was sent, or is wanted no more."""
    session.execute(delete(CaseDraft).where(is_at(place)))


def forget(session: Session, *, saved_before: datetime, at_most: int) -> int:
    """Delete up to `at_most` drafts that nobody has touched since, and say how many they were."""
    oldest = (
        select(CaseDraft.id)
        .where(CaseDraft.saved_at < saved_before)
        .order_by(CaseDraft.saved_at)
        .limit(at_most)
    )  # fmt: skip
    return len(session.execute(delete(CaseDraft).where(CaseDraft.id.in_(oldest)).returning(CaseDraft.id)).all())


def is_at(place: Place) -> ColumnElement[bool]:
    """Whether a draft is the one that is kept there."""
    return and_(
        CaseDraft.user_id == place.by.id,
        CaseDraft.organization_id == place.organization.id,
        CaseDraft.case_id == place.case.id if place.case else CaseDraft.case_id.is_(None),
    )


def _at(place: Place) -> Select[CaseDraft]:
    return select(CaseDraft).where(is_at(place))
