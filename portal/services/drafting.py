"""Drafts an organization's invoices of a month: what is decided about them, or refused, is so here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal import catalogues
from portal.domain import invoicing, rating
from portal.domain.catalogue import Catalogue
from portal.domain.periods import Month
from portal.domain.rating import Line
from portal.services import freezing, settling
from portal.services.billing_accounts import BillingAccount
from portal.services.settling import TaxedPart


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice before it has a number."""

    account: BillingAccount
    catalogue: Catalogue
    lines: Sequence[Line]
    parts: Sequence[TaxedPart]

    @property
    def is_charged(self) -> bool:
        """Whether we take any of its money by ourselves."""
        return any(taxed.part.source.method in invoicing.CHARGED for taxed in self.parts)


def draft(accounts: Sequence[BillingAccount], rated: Mapping[int, Sequence[Line]], month: Month) -> Sequence[Draft]:
    """What will be invoiced: every billing group with usage or a commitment, and the one without a name even so.

    `rated` has the month's lines by billing group. Refused where an invoice cannot be made.
    """
    return [
        _draft(account, rated.get(account.group.id, ()), month)
        for account in accounts
        if account.group.name is None or account.group.id in rated or account.is_committed
    ]


def _draft(account: BillingAccount, lines: Sequence[Line], month: Month) -> Draft:
    rating.total_cents(lines)
    freezing.refuse_unprintable(account, lines)
    parts = settling.settle_between(account.payers, lines, month, profile=account.profile)
    return Draft(account, catalogues.load(account.organization.catalogue), lines, parts)
