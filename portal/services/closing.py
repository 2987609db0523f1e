"""Closes months: rate, settle, tax, number, write, freeze, for many organizations in the caller's one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.models.among import among
from portal.models.invoices import Invoice, MonthClose, SetAside
from portal.models.organizations import Organization
from portal.services import billing_accounts, booking, bulk, drafting, elastic, families, months, support_billing
from portal.services import rating as rating_service
from portal.services.drafting import Draft
from portal.services.families import Families

_MARK = ("organization_id", "period_on", "closed_at")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What closing a month came to for one organization: its invoices, one a billing group, or why there are none.

    Neither where it was closed before, or where the month lies before the organization's first.
    """

    organization_id: int
    invoices: Sequence[Invoice] = ()
    refusal: Refusal | None = None


def close_month(session: Session, organization: Organization, month: Month, *, at: datetime) -> Sequence[Invoice]:
    """Close `month` and return its invoices, one a billing group; none where it was closed before or lies before the
    organization's first. `at` is the moment of closing; the documents are issued on its day.

    Refused while the month runs, while an earlier one is open, or where an invoice cannot be made.
    """
    (outcome,) = close_batch(session, [organization.id], month, at=at)
    if outcome.refusal:
        raise outcome.refusal
    return outcome.invoices


def close_batch(
    session: Session, organization_ids: Collection[int], month: Month, *, at: datetime
) -> Sequence[Outcome]:
    """`close_month` for several organizations at once, in the order of their ids; nothing is written for the refused.

    Everything is read and decided for all of them before anything is written, and document numbers are taken only
    then: what is refused spoils nobody else's month, and who closes other months at the same time waits for little
    more than the writing. A fault that is no refusal spoils the whole transaction; roll it back and close each of its
    organizations by itself.
    """
    bulk.give_room(session)
    together = _hold_families(session, organization_ids, month)
    everybody = together.members.union(organization_ids)
    due = months.next_to_close_of(session, everybody)
    ready = [id_ for id_ in sorted(everybody) if month >= due[id_]]
    drafts, refusals = _draft(session, ready, due, together, month, at)
    invoices = _write(session, drafts, month, at)
    families.end_unlinked(session, together.linked.keys() & drafts.keys(), month, at=at)
    _forget_faults(session, [id_ for id_ in everybody if id_ not in refusals], month)
    return [Outcome(id_, invoices.get(id_, ()), refusals.get(id_)) for id_ in sorted(organization_ids)]


def _hold_families(session: Session, organization_ids: Collection[int], month: Month) -> Families:
    """Hold the organizations with everybody they are settled with, in the order of their keys as everybody does.

    Who is linked, or leaves, while this waits is seen and held too.
    """
    together = families.of_month(session, organization_ids, month)
    while True:
        months.lock_all(session, together.members.union(organization_ids))
        held = families.of_month(session, organization_ids, month)
        if held.members <= together.members:
            return held
        together = held


def _draft(
    session: Session,
    ready: Sequence[int],
    due: Mapping[int, Month],
    together: Families,
    month: Month,
    at: datetime,
) -> tuple[Mapping[int, Sequence[Draft]], Mapping[int, Refusal]]:
    """What is to be written of each organization, or why nothing is. A family has all its invoices, or none."""
    drafts: dict[int, Sequence[Draft]] = {}
    refusals: dict[int, Refusal] = {}
    accounts = billing_accounts.accounts_of(session, ready, month)
    used = rating_service.rated_lines(session, ready, month)
    groups = {id_: [account.group for account in of_one] for id_, of_one in accounts.items()}
    organizations = [of_one[0].organization for of_one in accounts.values()]
    support = support_billing.of_month(session, organizations, groups, used, together, month)
    rated = support.beside(used)
    for id_ in ready:
        if id_ in together.payer_of:
            continue
        family = [id_, *together.linked.get(id_, ())]
        try:
            for member in family:
                _check_closable(month, due[member], at)
            of_all = drafting.draft_all(
                [accounts[member] for member in family], rated, month, shortfall=support.shortfall_of(id_)
            )
            drafts |= dict(zip(family, of_all, strict=True))
        except Refusal as refusal:
            refusals |= dict.fromkeys(family, refusal)
    return drafts, refusals


def _check_closable(month: Month, due: Month, at: datetime) -> None:
    if at.date() < month.ends_before:
        raise Refusal(f"{month} has not ended yet. It can be closed from {month.ends_before} on.")
    if month > due:
        raise Refusal(f"{due} is still open. Close it before {month}.")


def _write(
    session: Session, drafts: Mapping[int, Sequence[Draft]], month: Month, at: datetime
) -> Mapping[int, Sequence[Invoice]]:
    """Write what was decided, by organization, and mark the month as closed last: from then on it is frozen."""
    _note_turns(session, drafts, month)
    charged = [id_ for id_, of_one in drafts.items() if any(draft.is_charged for draft in of_one)]
    first_used = months.first_used_of(session, charged)
    invoices: dict[int, list[Invoice]] = {id_: [] for id_ in drafts}
    for invoice in booking.book(session, list(chain.from_iterable(drafts.values())), month, first_used, at=at):
        invoices[invoice.organization_id].append(invoice)
    bulk.write(session, MonthClose, _MARK, [(id_, month.first_on, at) for id_ in drafts])
    return invoices


def _note_turns(session: Session, drafts: Mapping[int, Sequence[Draft]], month: Month) -> None:
    last = elastic.last_turns(session, list(drafts))
    for id_, of_one in drafts.items():
        elastic.note_turns(
            session,
            id_,
            month,
            sources=[payer for draft in of_one for payer in draft.payers],
            parts=[taxed.part for draft in of_one for taxed in draft.parts],
            last=last.get(id_),
        )


def _forget_faults(session: Session, organization_ids: Collection[int], month: Month) -> None:
    """Take the closed months off the list of those set aside, where another process may have put them meanwhile."""
    session.execute(
        delete(SetAside).where(among(SetAside.organization_id, organization_ids), SetAside.period_on == month.first_on),
        execution_options={"synchronize_session": False},
    )
