"""Linked organizations: who may pay for whom, and how that is shared by usage, to the cent (atlas 13.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from portal.domain.money import USD, Money
from portal.domain.settlement import Part

K = TypeVar("K")
MOST_LINKED = 250
# M9: the family shares the plan that comes with the payer's contract.
_OWN_PLAN = "has a support plan of its own this month. Cancel it first: linked organizations share one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What decides on a day whether an organization can pay for others, or be paid for.

    `has_contract` is one that covers the day, `has_own_contract` one that covers any day of its month or a later one;
    `has_credits` counts alike, and so does `has_own_plan`, of a support plan that was chosen and not agreed by
    contract. `goes_to_market` says that a marketplace asks for what is used, without a term. `owes` says that a payment
    failed, is overdue, or waits to be charged or for somebody who pays.
    """

    name: str
    catalogue: str
    pays_for: int = 0
    is_linked: bool = False
    has_contract: bool = False
    has_own_contract: bool = False
    goes_to_market: bool = False
    has_credits: bool = False
    has_own_plan: bool = False
    has_groups: bool = False
    owes: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """An organization's share of a payment, in US dollars."""

    usage: Money
    billed: Money


def split(amount: Money, by: Mapping[K, Money]) -> dict[K, Money]:
    """`amount` in parts that are to each other as `by`, by largest remainder: nothing is lost or made (AMB-18).

    Of equal remainders the earlier one gets the cent. Where `by` has nothing at all, the first one bears it all.
    """
    whole = sum(one.minor for one in by.values())
    if not whole:
        return {key: amount if place == 0 else Money.zero(amount.currency) for place, key in enumerate(by)}
    exact = {key: divmod(amount.minor * one.minor, whole) for key, one in by.items()}
    left = amount.minor - sum(floor for floor, _ in exact.values())
    by_remainder = sorted(exact, key=lambda key: -exact[key][1])
    lucky = set(by_remainder[:left])
    return {key: Money(floor + (key in lucky), amount.currency) for key, (floor, _) in exact.items()}


def hinders_payer(payer: Applicant, *, more: int) -> str | None:
    """Why the organization cannot pay for so many `more`, in words for the customer; None where it can (LINK-2)."""
    name = payer.name
    return _first(
        (payer.is_linked, f"{name} is paid for by another organization, so it cannot pay for others."),
        (not payer.has_contract, f"{name} has no subscription that covers today. Who pays for others needs one."),
        (payer.goes_to_market, f"{name} is billed by a marketplace without a term. Nobody else can be linked to that."),
        (payer.has_own_plan, f"{name} {_OWN_PLAN}"),
        (payer.has_groups, f"{name} has billing groups. Linked organizations have none."),
        (payer.owes, f"{name} has payments that are open. Once they are settled, organizations can be linked."),
        (
            payer.pays_for + more > MOST_LINKED,
            f"At most {MOST_LINKED} organizations can be linked to one; {name} has {payer.pays_for}.",
        ),
    )


def hinders_linking(one: Applicant, payer: Applicant) -> str | None:
    """Why `payer` cannot pay for the organization, in words for the customer; None where it can (LINK-2)."""
    name = one.name
    return _first(
        (one.catalogue != payer.catalogue, f"{name} is not a customer of the same vendor as {payer.name}."),
        (one.is_linked, f"{name} is linked already."),
        (one.pays_for > 0, f"{name} pays for others itself."),
        (one.has_own_contract, f"{name} has a subscription of its own, which would settle nothing."),
        (one.has_credits, f"{name} has credits of its own left, which would lie unused."),
        (one.has_own_plan, f"{name} {_OWN_PLAN}"),
        (one.has_groups, f"{name} has billing groups. Linked organizations have none."),
        (one.owes, f"{name} has payments that are open. Once they are settled, it can be linked."),
    )


def shares(part: Part, used: Mapping[int, Money]) -> Mapping[int, Share]:
    """What each organization bears of a part: usage as it was drawn, and what is billed by that usage.

    `used` is the month's usage of each, the payer first; where nothing was used of the part, it decides.
    """
    drawn = dict.fromkeys(used, 0)
    for one in part.draws:
        for portion, amount in one.portions:
            if portion.organization_id is not None:
                drawn[portion.organization_id] += amount.minor
    usage = {organization_id: Money(cents, USD) for organization_id, cents in drawn.items()}
    billed = split(part.billed - part.shortfall, usage if part.usage else used)
    # AMB-18: what is missing to the minimum of support is shared by the month's usage, whoever drew what.
    missing = split(part.shortfall, used)
    return {id_: Share(usage[id_], billed[id_] + missing[id_]) for id_ in used}


def _first(*reasons: tuple[bool, str]) -> str | None:
    return next((words for holds, words in reasons if holds), None)
