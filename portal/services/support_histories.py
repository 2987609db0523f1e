"""The histories of support plans, read for many organizations at once: one query for choices, one for contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.periods import Days
from portal.domain.support_choices import Choice, ContractPlan
from portal.domain.support_history import History, history_of
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
    ids = [one.id for one in organizations]
    choices, agreed = _choices(session, ids), _contracts(session, ids)
    return {one.id: Chosen(one, choices.get(one.id, ()), agreed.get(one.id, ())) for one in organizations}


def as_value(row: SupportChoice) -> Choice:
    """The choice without who made it."""
    return Choice(
        kind=row.kind,
        made_on=row.made_at.date(),
        plan=row.plan,
        entitled_on=row.entitled_on,
        billed_on=row.billed_on,
        billing_group_id=row.billing_group_id,
    )


def _choices(session: Session, ids: Collection[int]) -> Mapping[int, Sequence[Choice]]:
    found: dict[int, list[Choice]] = defaultdict(list)
    rows = session.scalars(
        select(SupportChoice).where(SupportChoice.organization_id.in_(ids)).order_by(SupportChoice.id)
    )
    for row in rows:
        found[row.organization_id].append(as_value(row))
    return found


def _contracts(session: Session, ids: Collection[int]) -> Mapping[int, Sequence[ContractPlan]]:
    found: dict[int, list[ContractPlan]] = defaultdict(list)
    rows = session.execute(
        select(Subscription.organization_id, AgreedTerms.support_plan, AgreedTerms.starts_on, AgreedTerms.ends_before)
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(Subscription.organization_id.in_(ids), AgreedTerms.support_plan.is_not(None), contracts.is_newest())
        .order_by(Subscription.id)
    )
    for organization_id, plan, starts_on, ends_before in rows:
        if plan and (ends_before is None or ends_before > starts_on):
            found[organization_id].append(ContractPlan(plan, Days(starts_on, ends_before)))
    return found
