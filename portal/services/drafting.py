"""Drafts an organization's invoices of a month: what is decided about them, or refused, is so here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from portal import catalogues
from portal.domain import invoicing, linking, rating
from portal.domain.catalogue import Catalogue
from portal.domain.drawing import Portion, Source
from portal.domain.linking import Share
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.rating import Line, LineKind
from portal.domain.settlement import Part
from portal.services import freezing, settling
from portal.services.billing_accounts import BillingAccount
from portal.services.settling import TaxedPart

_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True)
class SharedPart:
    """An organization's share of a part that its payer pays: `place` is the part's among those of the payer."""

    payer: BillingAccount
    place: int
    part: Part
    share: Share


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice before it has a number.

    `shares` are those of what the organization and others are paid for together, the payer's own too.
    """

    account: BillingAccount
    catalogue: Catalogue
    lines: Sequence[Line]
    parts: Sequence[TaxedPart]
    shares: Sequence[SharedPart] = ()

    @property
    def usage_cents(self) -> int:
        """What was used, in US cents."""
        return rating.total_cents(self.lines) - self.support_cents

    @property
    def support_cents(self) -> int:
        """What support costs, in US cents, without what is missing to a minimum."""
        return _support_cents(self.lines)

    @property
    def is_charged(self) -> bool:
        """Whether we take any of its money by ourselves."""
        return any(taxed.part.source.method in invoicing.CHARGED for taxed in self.parts)

    @property
    def payers(self) -> Sequence[Source]:
        """Who pays by themselves; nobody where another organization does."""
        return () if self.shares and not self.is_payer else self.account.payers

    @property
    def is_payer(self) -> bool:
        """Whether it pays for others."""
        return any(shared.payer is self.account for shared in self.shares)

    @property
    def borne(self) -> Sequence[tuple[Method, Money]]:
        """The methods that settle it, and how much of its usage each of them took."""
        if self.shares:
            shared = ((one.part.source.method, one.share) for one in self.shares)
            return [(method, share.usage) for method, share in shared if share.usage or share.billed]
        return [(taxed.part.source.method, taxed.part.usage) for taxed in self.parts]


def draft_all(
    family: Sequence[Sequence[BillingAccount]],
    rated: Mapping[int, Sequence[Line]],
    month: Month,
    *,
    shortfall: Money = _NOTHING,
) -> Sequence[Sequence[Draft]]:
    """The invoices of an organization and of those that it pays for, from the accounts of each, the payer first.

    `rated` has the month's lines by billing group, `shortfall` is what is missing to the minimum of their support plan.
    Refused where an invoice cannot be made.
    """
    if len(family) == 1:
        return [draft(family[0], rated, month, shortfall=shortfall)]
    own = [next(account for account in accounts if account.group.name is None) for accounts in family]
    return [[one] for one in draft_family(own[0], own[1:], rated, month, shortfall=shortfall)]


def draft(
    accounts: Sequence[BillingAccount],
    rated: Mapping[int, Sequence[Line]],
    month: Month,
    *,
    shortfall: Money = _NOTHING,
) -> Sequence[Draft]:
    """What will be invoiced: every billing group with charges or a commitment, and the one without a name even so."""
    return [
        _draft(account, rated.get(account.group.id, ()), month, shortfall if account.group.name is None else _NOTHING)
        for account in accounts
        if account.group.name is None or account.group.id in rated or account.is_committed
    ]


def draft_family(
    payer: BillingAccount,
    linked: Sequence[BillingAccount],
    rated: Mapping[int, Sequence[Line]],
    month: Month,
    *,
    shortfall: Money = _NOTHING,
) -> Sequence[Draft]:
    """The invoices of organizations that one of them pays for: their usage is drawn together, day by day (13.6).

    The payer's invoice has the payments, each of the others its share of them.
    """
    accounts = (payer, *linked)
    lines = {account.organization.id: rated.get(account.group.id, ()) for account in accounts}
    for account in accounts:
        freezing.refuse_unprintable(account, lines[account.organization.id])
    owed = owed_together(lines)
    parts = settling.settle_owed(payer.payers, owed, month, profile=payer.profile, shortfall=shortfall)
    used = used_by_each(lines)
    shared = [(place, taxed.part, linking.shares(taxed.part, used)) for place, taxed in enumerate(parts)]
    catalogue = catalogues.load(payer.organization.catalogue)
    return [
        Draft(
            account=account,
            catalogue=catalogue,
            lines=lines[account.organization.id],
            parts=parts if account is payer else (),
            shares=[SharedPart(payer, place, part, of_all[account.organization.id]) for place, part, of_all in shared],
        )
        for account in accounts
    ]


def owed_together(lines: Mapping[int, Sequence[Line]]) -> Mapping[Portion, Money]:
    """What the lines of each organization come to by portion, so that they are drawn together."""
    owed: dict[Portion, Money] = {}
    for organization_id, of_one in lines.items():
        owed |= invoicing.owed(of_one, organization_id)
    return owed


def support_of(lines: Sequence[Line]) -> Money:
    """What of the lines are support charges, in US dollars."""
    return Money(_support_cents(lines), USD)


def used_by_each(lines: Mapping[int, Sequence[Line]]) -> Mapping[int, Money]:
    """What each of the organizations used; refused where that is more than an invoice can hold."""
    return {
        organization_id: Money(rating.total_cents(of_one) - _support_cents(of_one), USD)
        for organization_id, of_one in lines.items()
    }


def _support_cents(lines: Sequence[Line]) -> int:
    # They stand behind the usage, of which there may be hundreds of thousands of lines.
    of_support = takewhile(lambda line: line.kind is LineKind.SUPPORT, reversed(lines))
    return sum(line.amount_cents for line in of_support)


def _draft(account: BillingAccount, lines: Sequence[Line], month: Month, shortfall: Money) -> Draft:
    rating.total_cents(lines)
    freezing.refuse_unprintable(account, lines)
    parts = settling.settle_between(account.payers, lines, month, profile=account.profile, shortfall=shortfall)
    return Draft(account, catalogues.load(account.organization.catalogue), lines, parts)
