"""Who pays for whom in a month: payers and the organizations that are linked to them (atlas 13.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.events import Event
from portal.domain.periods import Month
from portal.models.among import among
from portal.models.links import Link
from portal.models.organizations import Organization
from portal.services import history


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


@dataclass(frozen=True, slots=True)
class LinkedOne:
    """A link that is open, with the organization that is paid for."""

    link: Link
    organization: Organization


def of_month(session: Session, organization_ids: Collection[int], month: Month) -> Families:
    """The families of `month`, whole, that any of these organizations belongs to."""
    held = _holds_in(month)
    touched = select(Link.payer_id).where(
        held, or_(among(Link.payer_id, organization_ids), among(Link.linked_id, organization_ids))
    )
    linked: dict[int, list[int]] = defaultdict(list)
    for link in session.scalars(select(Link).where(held, Link.payer_id.in_(touched)).order_by(Link.id)):
        linked[link.payer_id].append(link.linked_id)
    return Families(linked)


def linked_to(session: Session, payer: Organization) -> Sequence[LinkedOne]:
    """Whom the organization pays for, in the order in which they were linked."""
    found = session.execute(
        select(Link, Organization)
        .join(Organization, Organization.id == Link.linked_id)
        .where(Link.payer_id == payer.id, Link.ended_at.is_(None))
        .order_by(Link.id)
    )
    return [LinkedOne(link, organization) for link, organization in found]


def link_of(session: Session, organization: Organization) -> Link | None:
    """That another organization pays for this one; None where it pays for itself."""
    return session.scalar(select(Link).where(Link.linked_id == organization.id, Link.ended_at.is_(None)))


def end_unlinked(session: Session, payer_ids: Collection[int], month: Month, *, at: datetime) -> None:
    """End the links of `month`, which is closed, that were to end with it, and say so in both feeds."""
    if not payer_ids:
        return
    payer, linked = aliased(Organization), aliased(Organization)
    ending = (
        select(Link, payer, linked)
        .join(payer, payer.id == Link.payer_id)
        .join(linked, linked.id == Link.linked_id)
        .where(among(Link.payer_id, payer_ids), _holds_in(month), Link.unlink_asked_at.is_not(None))
    )
    for link, paying, left in session.execute(ending.order_by(Link.id)).all():
        link.ended_at = at
        history.record(session, paying, Event.LINK_ENDED, at=at, detail=left.name)
        history.record(session, left, Event.LINK_ENDED, at=at, detail=paying.name)
    session.flush()


def is_linked(month: Month) -> ColumnElement[bool]:
    """Of an organization: whether another one pays for it in `month`, and closes it with its own."""
    return select(Link.id).where(Link.linked_id == Organization.id, _holds_in(month)).exists()


def _holds_in(month: Month) -> ColumnElement[bool]:
    """Of a link: whether the usage of `month` is settled together."""
    return Link.ended_at.is_(None) & (Link.linked_at < datetime.combine(month.ends_before, time(), UTC))
