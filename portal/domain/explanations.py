"""The sentence that says why a payment is what it is, made from the figures kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from portal.domain.left_over import LeftOver
from portal.domain.methods import Method
from portal.domain.money import USD, Money

Figures = Mapping[str, str]
_MISSING = "Missing to the minimum of the support plan"


def sentence(method: Method, figures: Figures, *, left_over: Sequence[LeftOver] = ()) -> str:
    """Why the payment is billed as it is, for the billing contact; `figures` are those of `Part.explain`, in USD.

    `left_over` says in which months the credits were left over that a monthly commitment applied, where it is known.
    """
    if "credits" in figures:
        return f"{_amount(figures['credits'])} of credits, to be used in the term that the order form names."
    if method is Method.MONTHLY_COMMITMENT:
        return _monthly_commitment(figures, left_over)
    return _SENTENCES[method](figures)


def shared(payer: str) -> str:
    """Why a linked organization pays nothing for its share of a payment."""
    return f"{payer} pays for it; this is the share by usage."


def steps(
    method: Method, figures: Figures, *, elsewhere_cents: int, linked_cents: int = 0, support_cents: int = 0
) -> list[tuple[str, int]]:
    """What leads from the month's usage to the billed usage: label and signed US cents, without steps of nothing.

    `elsewhere_cents` is what the month's other payments settled, `linked_cents` what linked organizations used of it,
    `support_cents` what the month's support costs.
    """
    support = ("Support charges", support_cents)
    linked = ("Usage of linked organizations", linked_cents)
    settled = ("Settled by other payments of the month", -elsewhere_cents)
    return [step for step in (support, linked, settled, *_STEPS.get(method, _no_steps)(figures)) if step[1]]


def label(figure: str, method: Method) -> str:
    """What a figure of `Part.explain` is called."""
    words = _OF_METHODS.get(method, {}).get(figure)
    return words or _LABELS.get(figure, figure.replace("_", " ").capitalize())


def _as_used(how: str) -> Callable[[Figures], str]:
    def say(figures: Figures) -> str:
        usage, covered = (_amount(figures[name]) for name in ("usage", "covered_elsewhere"))
        own = _amount(str(Decimal(figures["usage"]) - Decimal(figures["covered_elsewhere"])))
        if Decimal(figures["covered_elsewhere"]):
            said = f"{own} of the month’s {usage} {how}; the other {covered} was settled by other payments."
        else:
            said = f"All {usage} of the month’s usage {how}."
        return said + _support(figures)

    return say


def _support(figures: Figures) -> str:
    """What support adds: its charges, and what is missing to the minimum of its plan (2.4)."""
    charged, missing = (figures.get(name) for name in ("support", "shortfall"))
    said = f" Support charges come to {_amount(charged)}." if charged else ""
    return said + (f" {_amount(missing)} is missing to the minimum of the support plan." if missing else "")


def _monthly_commitment(figures: Figures, left_over: Sequence[LeftOver]) -> str:
    """7.6 in a sentence: 1,300.00 used: 1,000.00 commitment, 300.00 from credits left over in January."""
    usage, commitment = _amount(figures["usage"]), _amount(figures["commitment"])
    if not _is_some(figures, "overage"):
        carried = _amount(figures["unused_credits_carried"])
        unused = f" {carried} of unused credits can be used until the term ends."
        said = f"{usage} used, {commitment} committed: the commitment is charged."
        return said + (unused if _is_some(figures, "unused_credits_carried") else "")
    above = Decimal(figures["overage"]) - Decimal(figures["unused_credits_applied"])
    applied = [(Decimal(str(one.amount)), f"from credits left over in {one.month.first_on:%B %Y}") for one in left_over]
    parts = (
        (Decimal(figures["commitment"]), "commitment"),
        *(applied or [(Decimal(figures["unused_credits_applied"]), "from credits left over from earlier months")]),
        (above, "above the commitment"),
    )
    return f"{usage} used: {', '.join(f'{_amount(str(amount))} {what}' for amount, what in parts if amount)}."


def _flex_commitment(figures: Figures) -> str:
    drawn, before = _amount(figures["drawn"]), _amount(figures["left_to_use"])
    if _is_some(figures, "shortfall"):
        shortfall = _amount(figures["shortfall"])
        return f"{drawn} used, and {shortfall} of the commitment that was not used when its term ended."
    return f"{drawn} used of the {before} of committed credits that were left."


def _from_credits(kind: str) -> Callable[[Figures], str]:
    def say(figures: Figures) -> str:
        drawn, after = _amount(figures["drawn"]), _amount(figures["left_after"])
        used_up = "which are used up" if not _is_some(figures, "left_after") else f"of which {after} is left"
        if Decimal(figures["usage"]) > Decimal(figures["drawn"]):
            return f"{drawn} of {_amount(figures['usage'])} drawn from {kind} credits, {used_up}. Nothing is due."
        return f"{drawn} drawn from {kind} credits, {used_up}. Nothing is due."

    return say


def _marketplace(figures: Figures) -> str:
    return f"{_amount(figures['usage'])} used; the marketplace invoices it and collects its own taxes."


def _gcp_commitment(figures: Figures) -> str:
    share, total = _amount(figures["month_share"]), _amount(figures["commitment"])
    return f"Google invoices {share}, the month’s share of the commitment of {total}, however much was used."


def _gcp_elastic(figures: Figures) -> str:
    beyond, total = _amount(figures["beyond"]), _amount(figures["commitment"])
    used = _amount(figures["usage"])
    return (
        f"{beyond} of the month’s {used} goes beyond the whole commitment of {total};"
        " Google invoices it on top of the month’s share."
    )


def _steps_of_monthly_commitment(figures: Figures) -> list[tuple[str, int]]:
    unused = max(_cents(figures, "commitment") - _cents(figures, "usage"), 0)
    return [
        ("Commitment that was not used this month", unused),
        ("Unused credits of earlier months", -_cents(figures, "unused_credits_applied")),
    ]


def _steps_of_flex_commitment(figures: Figures) -> list[tuple[str, int]]:
    return [("Credits that the term leaves unused", _cents(figures, "shortfall"))]


def _steps_as_used(figures: Figures) -> list[tuple[str, int]]:
    missing = figures.get("shortfall")
    return [(_MISSING, Money.of(missing, USD).minor)] if missing else []


def _no_steps(_: Figures) -> list[tuple[str, int]]:
    return []


def _cents(figures: Figures, name: str) -> int:
    return Money.of(figures[name], USD).minor


def _is_some(figures: Figures, name: str) -> bool:
    return bool(Decimal(figures[name]))


def _amount(text: str) -> str:
    return f"${Decimal(text):,.2f}"


_SENTENCES: Mapping[Method, Callable[[Figures], str]] = {
    Method.FLEX_COMMITMENT: _flex_commitment,
    Method.PREPAID: _from_credits("prepaid"),
    Method.PROMOTIONAL: _from_credits("promotional"),
    Method.ELASTIC: _as_used("falls on days of the elastic subscription and is invoiced as used"),
    Method.MARKETPLACE: _marketplace,
    Method.GCP_COMMITMENT: _gcp_commitment,
    Method.GCP_ELASTIC: _gcp_elastic,
    Method.CARD: _as_used("is covered by no subscription and charged to the card on file"),
    Method.PAYPAL: _as_used("is covered by no subscription and charged to the PayPal account on file"),
    Method.UNPAID: _as_used("is covered by no subscription, and there is no payment method on file to charge"),
}

_STEPS: Mapping[Method, Callable[[Figures], list[tuple[str, int]]]] = {
    Method.MONTHLY_COMMITMENT: _steps_of_monthly_commitment,
    Method.FLEX_COMMITMENT: _steps_of_flex_commitment,
    Method.CARD: _steps_as_used,
    Method.PAYPAL: _steps_as_used,
    Method.UNPAID: _steps_as_used,
}

_LABELS: Mapping[str, str] = {
    "usage": "Usage of the month",
    "covered_elsewhere": "Settled by other payments",
    "support": "Support charges",
    "charged": "Charged here",
    "overage": "Usage above the commitment",
    "left_to_bill": "Left to be billed",
    "left_to_use": "Left to be used",
    "left_before": "Left before the month",
    "left_after": "Left after the month",
    "used_before": "Used in earlier months",
    "credits": "Credits",
    "drawn": "Drawn here",
    "shortfall": "Left unused at the end of the term",
    "month_share": "The month’s share",
    "beyond": "Beyond the whole commitment",
}

# What came down to credits and to a commitment is not all usage of the month, where others above them took of it.
_OF_CREDITS: Mapping[str, str] = {"usage": "Usage that came down to them"}
_OF_SUPPORT: Mapping[str, str] = {"shortfall": _MISSING}
_OF_METHODS: Mapping[Method, Mapping[str, str]] = {
    Method.CARD: _OF_SUPPORT,
    Method.PAYPAL: _OF_SUPPORT,
    Method.UNPAID: _OF_SUPPORT,
    Method.PREPAID: _OF_CREDITS,
    Method.PROMOTIONAL: _OF_CREDITS,
    Method.MONTHLY_COMMITMENT: {
        "usage": "Usage",
        "commitment": "Commitment of the month",
        "charged": "Charged credits",
        "unused_credits_carried": "Unused credits carried on",
        "left_to_use": "Remaining in the pool",
    },
}
