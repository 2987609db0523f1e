"""What support costs in a month, for many organizations at once: the lines of their invoices, and shortfalls (2.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import CompoundSelect, literal, select, union_all
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.prices import FlatFee
from portal.domain.rating import NANO, Line
from portal.domain.support_charges import Piece, Used, bill, pieces_of
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Organization
from portal.models.support_choices import CarriedSupport
from portal.models.usage import UsageRow
from portal.services import rating, support_costs, support_histories, support_lines
from portal.services.families import Families
from portal.services.support_histories import Chosen
from portal.services.support_lines import TakenOver

# The billing groups of each organization.
Groups = Mapping[int, Sequence[BillingGroup]]
_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True)
class SupportOfMonth:
    """Lines by billing group, and by organization what is missing to the minimum that it and its family have."""

    lines: Mapping[int, Sequence[Line]] = field(default_factory=dict)
    shortfalls: Mapping[int, Money] = field(default_factory=dict)

    def beside(self, used: Mapping[int, Sequence[Line]]) -> Mapping[int, Sequence[Line]]:
        """The lines of usage, with those of support behind them."""
        return {**used, **{group: [*used.get(group, ()), *lines] for group, lines in self.lines.items()}}

    def shortfall_of(self, organization_id: int) -> Money:
        """What is missing, nothing for most."""
        return self.shortfalls.get(organization_id, _NOTHING)


@dataclass(frozen=True, slots=True)
class _Due:
    """An organization with something to be billed: its pieces, and whose usage counts, its own first."""

    organization: Organization
    pieces: Sequence[Piece]
    members: Sequence[int]


def of_month(
    session: Session,
    organizations: Collection[Organization],
    groups: Groups,
    rated: Mapping[int, Sequence[Line]],
    together: Families,
    month: Month,
) -> SupportOfMonth:
    """What the organizations owe for support in `month`, of which `rated` has the usage by billing group.

    For those without any plan that costs something, this is one query for all.
    """
    chosen = {id_: one for id_, one in support_histories.of(session, organizations).items() if one.has_any}
    if not chosen:
        return SupportOfMonth()
    due = _due(chosen, {one.id: one for one in organizations}, together, month)
    taken_over = _taken_over(session, list(groups), month)
    used = _used(session, groups, rated, due, taken_over, month)
    lines: dict[int, list[Line]] = defaultdict(list)
    shortfalls: dict[int, Money] = {}
    for one in due:
        plans = catalogues.load(one.organization.catalogue).support_plans
        billed = bill(one.pieces, {id_: used.get(id_, {}) for id_ in one.members}, plans)
        shortfalls[one.organization.id] = billed.shortfall
        for charge in billed.charges:
            whose = charge.organization_id or one.organization.id
            group = charge.piece.billing_group_id or _own_group(groups[whose])
            lines[group].append(support_lines.line_of(charge, posted_on=_posted_on(charge.piece, one.pieces, month)))
    for taken in taken_over:
        if taken.is_support:
            lines[_own_group(groups[taken.organization_id])].append(support_lines.carried_line(taken))
    return SupportOfMonth(lines, shortfalls)


def _due(
    chosen: Mapping[int, Chosen], organizations: Mapping[int, Organization], together: Families, month: Month
) -> Sequence[_Due]:
    """Who is billed for support, the payer for its whole family; a linked organization has no plan of its own."""
    found = []
    for id_, one in chosen.items():
        history = one.history(known_before=month.ends_before)
        pieces = pieces_of(history, one.history(known_before=month.first_on), month)
        if pieces and id_ not in together.payer_of:
            members = [id_, *(linked for linked in together.linked.get(id_, ()) if linked in organizations)]
            found.append(_Due(organizations[id_], pieces, members))
    return found


def _used(
    session: Session,
    groups: Groups,
    rated: Mapping[int, Sequence[Line]],
    due: Sequence[_Due],
    taken_over: Sequence[TakenOver],
    month: Month,
) -> Mapping[int, Used]:
    """What each member used, for those whose price depends on it."""
    measured = [one for one in due if any(_depends_on_usage(one, piece) for piece in one.pieces)]
    members = [id_ for one in measured for id_ in one.members]
    if not members:
        return {}
    used = {id_: support_costs.used_of(_own_lines(groups[id_], rated)) for id_ in members}
    return _with_late_days(session, _without(taken_over, used), measured, month)


def _depends_on_usage(one: _Due, piece: Piece) -> bool:
    plans = catalogues.load(one.organization.catalogue).support_plans
    return not isinstance(plans[piece.plan].price, FlatFee)


def _own_lines(groups: Sequence[BillingGroup], rated: Mapping[int, Sequence[Line]]) -> chain[Line]:
    """What the organization used, over all its billing groups (AV-8)."""
    return chain.from_iterable(rated.get(group.id, ()) for group in groups)


def _own_group(groups: Sequence[BillingGroup]) -> int:
    return next(group.id for group in groups if group.name is None)


def _posted_on(piece: Piece, pieces: Sequence[Piece], month: Month) -> date:
    """The last covered day; of days before the month, that of the month (2.4)."""
    if not piece.is_late:
        return piece.last_on
    return max((one.last_on for one in pieces if not one.is_late), default=month.last_on)


def _with_late_days(
    session: Session, used: Mapping[int, Used], due: Sequence[_Due], month: Month
) -> Mapping[int, Used]:
    """The usage of earlier days too, for those whose price of them depends on it: there are few."""
    late = [(one, piece) for one in due for piece in one.pieces if piece.is_late and _depends_on_usage(one, piece)]
    if not late:
        return used
    members = {id_ for one, _ in late for id_ in one.members}
    first_on = min(piece.first_on for _, piece in late)
    groups = rating.organizations_of_groups(session, members)
    whole = {id_: dict(of_one) for id_, of_one in used.items()}
    for group_id, lines in rating.rated_between(session, members, first_on, month.first_on).items():
        earlier = whole[groups[group_id]]
        for key, cents in support_costs.used_of(lines).items():
            earlier[key] = earlier.get(key, 0) + cents
    return whole


def _without(taken_over: Sequence[TakenOver], used: Mapping[int, Used]) -> Mapping[int, Used]:
    """A contract may have taken over the usage of a month before; a percentage of it was settled there (A1)."""
    left = {id_: dict(of_one) for id_, of_one in used.items()}
    for one in taken_over:
        if not one.is_support and one.organization_id in left:
            left[one.organization_id][one.posted_on, one.provider] -= one.cents
    return left


def _taken_over(session: Session, organization_ids: Collection[int], month: Month) -> Sequence[TakenOver]:
    """What contracts took over of earlier months: usage, and support charges (A1)."""
    support = select(
        literal(True),
        CarriedSupport.organization_id,
        CarriedSupport.posted_on,
        CarriedSupport.provider,
        CarriedSupport.amount_cents,
        CarriedSupport.id.label("place"),
    )
    # Its unit is a US dollar.
    usage = select(
        literal(False),
        UsageRow.organization_id,
        UsageRow.posted_on,
        UsageRow.provider,
        UsageRow.quantity_nano.op("/")(NANO // 100),
        UsageRow.id,
    ).where(UsageRow.carried_from_id.is_not(None))
    both: CompoundSelect[Any] = union_all(
        *(
            one.where(
                table.organization_id.in_(organization_ids),
                table.posted_on >= month.first_on,
                table.posted_on < month.ends_before,
            )
            for one, table in ((support, CarriedSupport), (usage, UsageRow))
        )
    )
    rows = session.execute(both.order_by("place"))
    return [TakenOver(bool(kind), id_, on, provider, int(cents)) for kind, id_, on, provider, cents, _ in rows]
