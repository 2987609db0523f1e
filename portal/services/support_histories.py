"""The histories of support plans, read for many organizations at once: choices and contracts in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.periods import Days
from portal.domain.support_choices import Choice, ChoiceKind, ContractPlan
from portal.domain.support_history import History, history_of
from portal.models.base import BigKey
from portal.models.organizations import Organization
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.models.support_choices import SupportChoice
from portal.services import contracts


@dataclass(frozen=True, slots=True)
class Chosen:
    """What decides an organization's support plan: what was chosen, and the plans of its contracts."""

    organization: Organization
    choices: Sequence[Choice] = ()
    contracts: Sequence[ContractPlan] = ()

    @property
    def has_any(self) -> bool:
        """Whether anything was ever chosen or agreed."""
        return bool(self.choices or self.contracts)

    def history(self, *, known_before: date | None = None) -> History:
        """What follows from it; with `known_before` as it stood before that day."""
        catalogue = catalogues.load(self.organization.catalogue)
        return history_of(
            self.choices,
            [one for one in self.contracts if one.plan in catalogue.support_plans],
            plans=catalogue.support_plans,
            retroactive=catalogue.retroactive_billing,
            known_before=known_before,
        )

    def with_contract(self, on: date) -> str | None:
        """The plan of a contract that covers the day, the highest of several."""
        plans = catalogues.load(self.organization.catalogue).support_plans
        covering = [one.plan for one in self.contracts if on in one.days and one.plan in plans]
        return max(covering, key=lambda key: plans[key].rank, default=None)


def of(session: Session, organizations: Collection[Organization]) -> Mapping[int, Chosen]:
    """What decides the plan of each of the organizations, by their keys; those without any choice or plan too."""
    choices: dict[int, list[Choice]] = defaultdict(list)
    agreed: dict[int, list[ContractPlan]] = defaultdict(list)
    for row in session.execute(_all(), {"organizations": [one.id for one in organizations]}):
        organization_id, _, kind, plan, first_on, second_on, group_id, made_at = row
        if kind is ChoiceKind.CONTRACT:
            if second_on is None or second_on > first_on:
                agreed[organization_id].append(ContractPlan(plan, Days(first_on, second_on)))
        else:
            choices[organization_id].append(_value(kind, made_at, plan, first_on, second_on, group_id))
    return {one.id: Chosen(one, choices.get(one.id, ()), agreed.get(one.id, ())) for one in organizations}


def as_value(row: SupportChoice) -> Choice:
    """The choice without who made it."""
    return _value(row.kind, row.made_at, row.plan, row.entitled_on, row.billed_on, row.billing_group_id)


def _value(
    kind: ChoiceKind, made_at: datetime, plan: str | None, entitled_on: date, billed_on: date, group_id: int | None
) -> Choice:
    return Choice(
        kind=kind,
        made_on=made_at.date(),
        plan=plan,
        entitled_on=entitled_on,
        billed_on=billed_on,
        billing_group_id=group_id,
    )


# Made once: every close asks it, and most pages.
@cache
def _all() -> CompoundSelect[*tuple[Any, ...]]:
    """Choices and contracts with a plan in one query, each in the order in which they were made."""
    wanted = bindparam("organizations", expanding=True, type_=BigKey)
    chosen = select(
        SupportChoice.organization_id,
        SupportChoice.id.label("place"),
        SupportChoice.kind,
        SupportChoice.plan,
        SupportChoice.entitled_on,
        SupportChoice.billed_on,
        SupportChoice.billing_group_id,
        SupportChoice.made_at,
    ).where(SupportChoice.organization_id.in_(wanted))
    agreed = (
        select(
            Subscription.organization_id,
            Subscription.id,
            literal(ChoiceKind.CONTRACT, SupportChoice.kind.type),
            AgreedTerms.support_plan,
            AgreedTerms.starts_on,
            AgreedTerms.ends_before,
            Subscription.billing_group_id,
            Subscription.activated_at,
        )
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(Subscription.organization_id.in_(wanted), AgreedTerms.support_plan.is_not(None), contracts.is_newest())
    )
    return union_all(chosen, agreed).order_by("place")
