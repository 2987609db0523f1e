"""What each method bills for the usage that it took of a month, and the figures that say why (atlas 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.domain.commitments import Commitment
from portal.domain.drawing import Drawn
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.rating import LineKind

_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the sources of one payment took of a month, in US dollars.

    `whole` is all usage that was settled in the month, `of_subscription` what all sources of the payment's subscription
    took. `shortfall` is what is missing to the minimum of a support plan, where this payment bears it (2.4).
    """

    draws: tuple[Drawn, ...]
    whole: Money
    of_subscription: Money
    shortfall: Money = _NOTHING

    @property
    def support(self) -> Money:
        """What of it were support charges."""
        return Money.total((drawn.of_kind(LineKind.SUPPORT) for drawn in self.draws), USD)

    @property
    def usage(self) -> Money:
        """What the payment's own sources took."""
        return Money.total((drawn.total for drawn in self.draws), USD)

    @property
    def reached(self) -> Money:
        """What came down to them: of several, to the topmost, unless those below took more."""
        return max(self.draws[0].reached, self.usage)

    @property
    def left_before(self) -> Money:
        """What there was to be drawn before the month."""
        return Money.total((drawn.source.capacity or _NOTHING for drawn in self.draws), USD)

    @property
    def commitment(self) -> Commitment:
        """The commitment behind a source of a commitment."""
        found = self.draws[0].source.commitment
        if found is None:
            raise ValueError(f"{self.draws[0].source.method} has no commitment")
        return found


@dataclass(frozen=True, slots=True)
class Billed:
    """What is billed, in US dollars, and the figures from which alone it can be computed."""

    amount: Money
    explain: Mapping[str, Money]


def bill(method: Method, taken: Taken) -> Billed:
    """What `method` bills for what was taken."""
    return _RULES[method](taken)


def _as_used(taken: Taken) -> Billed:
    """What was used is what is charged: elastic (E1–E4), and the payment method on file (6.2 point 5).

    charged = usage − covered elsewhere + support + shortfall; the last two are named where there are any (2.4).
    """
    charged = taken.usage + taken.shortfall
    covered_elsewhere = taken.whole - (taken.usage - taken.support)
    explain = {"usage": taken.whole, "covered_elsewhere": covered_elsewhere}
    beside = {"support": taken.support, "shortfall": taken.shortfall}
    explain |= {name: amount for name, amount in beside.items() if amount}
    return Billed(charged, explain | {"charged": charged})


def _monthly_commitment(taken: Taken) -> Billed:
    """The greater of usage and the month's share; credits left over from earlier months cover what is above (4.4).

    charged = commitment + overage − unused credits applied = min(C − CB, max(M, CU + V − CB)).
    """
    agreed, usage = taken.commitment, taken.usage
    share = agreed.month_share
    overage = max(usage - share, _NOTHING)
    applied = min(agreed.bank, overage)
    charged = share + overage - applied
    explain = {
        "commitment": share,
        "usage": usage,
        "overage": overage,
        "unused_credits_applied": applied,
        "charged": charged,
        "unused_credits_carried": agreed.bank + charged - usage,
        "left_to_bill": agreed.left_to_bill - charged,
        "left_to_use": agreed.left_to_use - usage,
    }
    return Billed(charged, explain)


def _flex_commitment(taken: Taken) -> Billed:
    """What was used; in the last month of the term also what was never used, the shortfall (4.3)."""
    agreed, drawn = taken.commitment, taken.usage
    shortfall = agreed.left_to_bill - drawn if agreed.is_last else _NOTHING
    explain = {"left_to_use": agreed.left_to_use, "usage": taken.reached, "drawn": drawn, "shortfall": shortfall}
    return Billed(drawn + shortfall, explain)


def _from_credits(taken: Taken) -> Billed:
    """Credits that are paid or given already: billed is what was drawn, and nothing is due (4.6)."""
    drawn, before = taken.usage, taken.left_before
    explain = {"left_before": before, "usage": taken.reached, "drawn": drawn, "left_after": before - drawn}
    return Billed(drawn, explain)


def _marketplace(taken: Taken) -> Billed:
    """What the marketplace will ask for (4.7)."""
    return Billed(taken.usage, {"usage": taken.usage})


def _gcp_commitment(taken: Taken) -> Billed:
    """Google asks for the month's share, whatever was used (4.8)."""
    return Billed(taken.commitment.month_share, _gcp_figures(taken))


def _gcp_elastic(taken: Taken) -> Billed:
    """Google asks for what goes beyond the whole commitment on top of the share (4.8, AMB-10)."""
    return Billed(taken.usage, _gcp_figures(taken))


def _gcp_figures(taken: Taken) -> Mapping[str, Money]:
    agreed = taken.commitment
    beyond = max(taken.of_subscription - agreed.left_to_use, _NOTHING)
    return {
        "commitment": agreed.total,
        "used_before": agreed.used_before + agreed.beyond_before,
        "usage": taken.of_subscription,
        "month_share": agreed.month_share,
        "beyond": beyond,
    }


# Drawing is the same for all; what a source bills for what it absorbed is the rule of its method. A new kind of
# subscription is a new rule here.
_RULES: Mapping[Method, Callable[[Taken], Billed]] = {
    Method.MONTHLY_COMMITMENT: _monthly_commitment,
    Method.FLEX_COMMITMENT: _flex_commitment,
    Method.PREPAID: _from_credits,
    Method.PROMOTIONAL: _from_credits,
    Method.ELASTIC: _as_used,
    Method.MARKETPLACE: _marketplace,
    Method.GCP_COMMITMENT: _gcp_commitment,
    Method.GCP_ELASTIC: _gcp_elastic,
    Method.CARD: _as_used,
    Method.PAYPAL: _as_used,
    Method.UNPAID: _as_used,
}
