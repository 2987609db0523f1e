"""Closes months for every organization, several in a transaction: on demand, and by itself."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import metrics
from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.jobs.sessions import OpenSession
from portal.models.invoices import SetAside
from portal.models.organizations import Organization
from portal.services import closing, closing_requests, months

# As many as are closed in one transaction: enough to share what each statement costs, few enough for others to wait.
_MOST_AT_ONCE = 100
_MOST_ROWS = 100_000
_UNFORESEEN = "Something went wrong in the close; the log says what."
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What closing a month came to for one organization; `reason` says why it was set aside."""

    slug: str
    numbers: tuple[str, ...] = ()
    reason: str | None = None


def close(open_session: OpenSession, month: Month, *, at: datetime, slug: str | None = None) -> Iterator[Outcome]:
    """Close `month` for every organization whose catalogue is billed, or for one; refused for an unknown one.

    One that fails is set aside with its reason and does not stop the others.
    """
    with open_session() as session:
        if slug and not session.scalar(select(Organization.id).where(Organization.slug == slug)):
            raise Refusal(f"There is no organization “{slug}”.")
        wanted = select(Organization.id, Organization.slug).where(months.is_billed()).order_by(Organization.id)
        wanted = wanted.where(Organization.slug == slug) if slug else wanted
        slugs = {found.id: found.slug for found in session.execute(wanted)}
    left = list(slugs)
    while left:
        with open_session() as session:
            batch = months.fitting(session, left[:_MOST_AT_ONCE], month, most_rows=_MOST_ROWS)
            outcomes = _close_batch(session, {id_: slugs[id_] for id_ in batch}, month, at)
        yield from _kept(open_session, outcomes, slugs, month, at)
        left = left[len(batch) :]


def close_ended(open_session: OpenSession, *, after_days: int, now: Callable[[], datetime]) -> Iterator[Outcome]:
    """Close every month that ended `after_days` days ago, of every organization, the oldest first (CLOSE-9).

    Several processes share the work: each takes the next organizations that none of the others holds. Who stops
    between two outcomes leaves nothing half. What was set aside is tried again after an hour, or when staff asks.
    """
    with open_session() as session:
        through, failed_before = closing_requests.close_through(session, after_days=after_days, at=now())
    passed = 0
    while True:
        with open_session() as session:
            held = months.hold_unclosed(session, through, after=passed, failed_before=failed_before, most=_MOST_AT_ONCE)
            if not held:
                return
            # Noted now: where a batch fails, what was read of them is forgotten.
            first_id, last_id = held[0].id, held[-1].id
            slugs = {organization.id: organization.slug for organization in months.with_linked(session, held, through)}
            due = months.next_to_close_of(session, list(slugs))
            month = min(due.values())
            batch = months.fitting(session, [id_ for id_ in slugs if due[id_] == month], month, most_rows=_MOST_ROWS)
            outcomes = _close_batch(session, {id_: slugs[id_] for id_ in batch}, month, now())
        # Who is months behind, or did not fit, is found again: who is up to date by now, or was set aside, is not.
        is_done = month >= through and len(batch) == len(slugs)
        passed = last_id if is_done else first_id - 1
        yield from _kept(open_session, outcomes, slugs, month, now())


def close_together(
    open_session: OpenSession,
    *,
    at_once: int,
    after_days: int,
    now: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """`close_ended` with so many batches in hand at once: the database works for one while another is computed.

    Returns how many organizations' months were closed. Ends after the batches in hand when it is `stopping`.
    """

    def close_some() -> int:
        closed = 0
        for outcome in close_ended(open_session, after_days=after_days, now=now):
            closed += outcome.reason is None
            if stopping():
                break
        return closed

    with ThreadPoolExecutor(at_once, thread_name_prefix="close") as pool:
        # In a copy of this context each, so that their lines of the log say what these are part of.
        closing_some = [pool.submit(copy_context().run, close_some) for _ in range(at_once)]
    return sum(future.result() for future in closing_some)


def _close_batch(session: Session, slugs: Mapping[int, str], month: Month, at: datetime) -> Sequence[closing.Outcome]:
    """Close `month` for these organizations in one transaction, or, where it fails, for each in one of its own."""
    try:
        with metrics.job("month close"), _without_collecting():
            outcomes = closing.close_batch(session, list(slugs), month, at=at)
            session.commit()
    except Exception:  # One organization's fault, whatever it is, must not stop the others' month (CLOSE-6).
        session.rollback()
        if len(slugs) > 1:
            return [one for id_, slug in slugs.items() for one in _close_batch(session, {id_: slug}, month, at)]
        ((id_, slug),) = slugs.items()
        log.exception("month close failed", organization=slug, month=str(month))
        return [closing.Outcome(id_, refusal=Refusal(_UNFORESEEN))]
    return outcomes


@contextmanager
def _without_collecting() -> Iterator[None]:
    """What a batch makes is kept until it ends, so that looking for garbage meanwhile costs a fifth and finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _kept(
    open_session: OpenSession, outcomes: Iterable[closing.Outcome], slugs: Mapping[int, str], month: Month, at: datetime
) -> Iterator[Outcome]:
    """The outcomes as they are told; who was refused is set aside."""
    for outcome in outcomes:
        slug = slugs[outcome.organization_id]
        if outcome.refusal:
            yield _set_aside(open_session, outcome.organization_id, slug, month, str(outcome.refusal), at)
        else:
            yield Outcome(slug, tuple(invoice.number for invoice in outcome.invoices))


def _set_aside(
    open_session: OpenSession, organization_id: int, slug: str, month: Month, reason: str, at: datetime
) -> Outcome:
    # In a session of its own: the reason must outlive the close that was rolled back.
    with open_session() as session:
        session.merge(SetAside(organization_id=organization_id, period_on=month.first_on, reason=reason, failed_at=at))
        session.commit()
    return Outcome(slug, reason=reason)
