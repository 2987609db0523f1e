"""The sentence that says why a payment is what it is, made from the figures kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from portal.domain.methods import Method
from portal.domain.money import USD, Money

Figures = Mapping[str, str]


def sentence(method: Method, figures: Figures) -> str:
    """Why the payment is billed as it is, for the billing contact; `figures` are those of `Part.explain`, in USD."""
    if "credits" in figures:
        return f"{_amount(figures['credits'])} of credits, paid in advance."
    return _SENTENCES[method](figures)


def steps(method: Method, figures: Figures, *, elsewhere_cents: int) -> list[tuple[str, int]]:
    """What leads from the month's usage to the billed usage: label and signed US cents, without steps of nothing.

    `elsewhere_cents` is what the month's other payments settled.
    """
    settled = ("Settled by other payments of the month", -elsewhere_cents)
    return [step for step in (settled, *_STEPS.get(method, _no_steps)(figures)) if step[1]]


def label(figure: str) -> str:
    """What a figure of `Part.explain` is called."""
    return _LABELS.get(figure, figure.replace("_", " ").capitalize())


def _as_used(how: str) -> Callable[[Figures], str]:
    def say(figures: Figures) -> str:
        usage, covered, charged = (_amount(figures[name]) for name in ("usage", "covered_elsewhere", "charged"))
        if Decimal(figures["covered_elsewhere"]):
            return f"{charged} of the month’s {usage} {how}; the other {covered} was settled by other payments."
        return f"All {usage} of the month’s usage {how}."

    return say


def _monthly_commitment(figures: Figures) -> str:
    """7.6 in a sentence: 1,300.00 used: 1,000.00 commitment, 300.00 from credits left over."""
    usage, commitment = _amount(figures["usage"]), _amount(figures["commitment"])
    if not _is_some(figures, "overage"):
        carried = _amount(figures["unused_credits_carried"])
        unused = f" {carried} of unused credits can be used later in the term."
        said = f"{usage} used, {commitment} committed: the commitment is charged."
        return said + (unused if _is_some(figures, "unused_credits_carried") else "")
    above = Decimal(figures["overage"]) - Decimal(figures["unused_credits_applied"])
    parts = (
        (figures["commitment"], "commitment"),
        (figures["unused_credits_applied"], "from credits left over from earlier months"),
        (str(above), "above the commitment"),
    )
    return f"{usage} used: {', '.join(f'{_amount(amount)} {what}' for amount, what in parts if Decimal(amount))}."


def _flex_commitment(figures: Figures) -> str:
    drawn, shortfall = _amount(figures["drawn"]), _amount(figures["shortfall"])
    if _is_some(figures, "shortfall"):
        return f"{drawn} used of the committed credits, and {shortfall} that the term leaves unused."
    return f"{drawn} used of the {_amount(figures['left_to_use'])} of committed credits that were left."


def _from_credits(figures: Figures) -> str:
    before, drawn, after = (_amount(figures[name]) for name in ("left_before", "drawn", "left_after"))
    return f"{drawn} drawn from credits: {before} before the month, {after} after it. Nothing is due."


def _marketplace(figures: Figures) -> str:
    return f"{_amount(figures['usage'])} used; the marketplace invoices it and collects its own taxes."


def _gcp_commitment(figures: Figures) -> str:
    return f"{_amount(figures['month_share'])} is the month’s share of the commitment; Google invoices it."


def _gcp_elastic(figures: Figures) -> str:
    total = _amount(figures["commitment"])
    return f"{_amount(figures['beyond'])} used beyond the whole commitment of {total}; Google invoices it on top."


def _steps_of_monthly_commitment(figures: Figures) -> list[tuple[str, int]]:
    unused = max(_cents(figures, "commitment") - _cents(figures, "usage"), 0)
    return [
        ("Commitment that was not used this month", unused),
        ("Unused credits of earlier months", -_cents(figures, "unused_credits_applied")),
    ]


def _steps_of_flex_commitment(figures: Figures) -> list[tuple[str, int]]:
    return [("Credits that the term leaves unused", _cents(figures, "shortfall"))]


def _no_steps(_: Figures) -> list[tuple[str, int]]:
    return []


def _cents(figures: Figures, name: str) -> int:
    return Money.of(figures[name], USD).minor


def _is_some(figures: Figures, name: str) -> bool:
    return bool(Decimal(figures[name]))


def _amount(text: str) -> str:
    return f"${Decimal(text):,.2f}"


_SENTENCES: Mapping[Method, Callable[[Figures], str]] = {
    Method.MONTHLY_COMMITMENT: _monthly_commitment,
    Method.FLEX_COMMITMENT: _flex_commitment,
    Method.PREPAID: _from_credits,
    Method.PROMOTIONAL: _from_credits,
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
}

_LABELS: Mapping[str, str] = {
    "usage": "Usage of the month",
    "covered_elsewhere": "Settled by other payments",
    "charged": "Charged here",
    "overage": "Usage above the commitment",
    "left_to_bill": "Left to be billed",
    "left_to_use": "Left to be used",
    "drawn": "Drawn here",
    "shortfall": "Left unused at the end of the term",
    "month_share": "The month’s share",
    "beyond": "Beyond the whole commitment",
}
