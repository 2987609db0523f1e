"""What a close has to know of billing groups besides their usage, read for many at once: one query a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.drawing import Source
from portal.domain.periods import Month
from portal.models.among import among
from portal.models.billing_groups import BillingGroup, BillingProfile, PaymentMethod
from portal.models.organizations import Organization
from portal.services import billing_profiles, payers, settling


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """A billing group with its organization, and how it is billed: where, and who pays, in drawing order."""

    organization: Organization
    group: BillingGroup
    profile: BillingProfile | None
    payment_method: PaymentMethod | None
    payers: Sequence[Source]

    @property
    def is_committed(self) -> bool:
        """Whether there may be something to bill even where nothing was used."""
        return any(source.commitment for source in self.payers)


def accounts_of(
    session: Session, organization_ids: Collection[int], month: Month
) -> Mapping[int, Sequence[BillingAccount]]:
    """The accounts of each of the organizations as they stand now, with the payers of `month`; the oldest first."""
    rows = session.execute(
        select(Organization, BillingGroup)
        .join(BillingGroup, BillingGroup.organization_id == Organization.id)
        .where(among(Organization.id, organization_ids))
        .order_by(BillingGroup.id)
    ).all()
    group_ids = [group.id for _, group in rows]
    profiles = billing_profiles.current_of(session, group_ids)
    methods = settling.payment_methods_of(session, group_ids)
    funds = payers.funds_of(session, group_ids, month)
    accounts: dict[int, list[BillingAccount]] = defaultdict(list)
    for organization, group in rows:
        method = methods.get(group.id)
        in_order = payers.in_order(funds.get(group.id), method, month)
        account = BillingAccount(organization, group, profiles.get(group.id), method, in_order)
        accounts[organization.id].append(account)
    return accounts
