"""Who pays for whom in a month: payers and the organizations that are linked to them (atlas 13.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.periods import Month
from portal.models.links import Link
from portal.models.organizations import Organization


@dataclass(frozen=True, slots=True)
class Families:
    """The organizations that are linked to each payer, by their keys, in the order in which they were linked."""

    linked: Mapping[int, Sequence[int]]

    @property
    def members(self) -> frozenset[int]:
        """Everybody who is in a family."""
        return frozenset(self.linked).union(*self.linked.values())

    @property
    def payer_of(self) -> Mapping[int, int]:
        """Who pays for each of the linked ones."""
        return {linked_id: payer_id for payer_id, of_one in self.linked.items() for linked_id in of_one}


def of_month(session: Session, organization_ids: Collection[int], month: Month) -> Families:
    """The families of `month`, whole, that any of these organizations belongs to."""
    before = datetime.combine(month.ends_before, time(), UTC)
    held = Link.ended_at.is_(None) & (Link.linked_at < before)
    touched = select(Link.payer_id).where(
        held, or_(Link.payer_id.in_(organization_ids), Link.linked_id.in_(organization_ids))
    )
    linked: dict[int, list[int]] = defaultdict(list)
    for link in session.scalars(select(Link).where(held, Link.payer_id.in_(touched)).order_by(Link.id)):
        linked[link.payer_id].append(link.linked_id)
    return Families(linked)


def end_unlinked(session: Session, payer_ids: Collection[int], *, at: datetime) -> None:
    """End the links that were to be ended when the month was closed."""
    if payer_ids:
        session.execute(
            update(Link)
            .where(Link.payer_id.in_(payer_ids), Link.ended_at.is_(None), Link.unlink_asked_at.is_not(None))
            .values(ended_at=at)
        )


def is_linked() -> ColumnElement[bool]:
    """Of an organization: whether another one pays for it, and closes its months with its own."""
    return select(Link.id).where(Link.linked_id == Organization.id, Link.ended_at.is_(None)).exists()
