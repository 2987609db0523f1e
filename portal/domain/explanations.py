"""The sentence that says why a payment is what it is, made from the figures kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from portal.domain.settlement import Method

Figures = Mapping[str, str]


def sentence(method: Method, figures: Figures) -> str:
    """Why the payment is billed as it is, for the billing contact; `figures` are those of `Part.explain`, in USD."""
    return _SENTENCES[method](figures)


def steps(figures: Figures) -> list[tuple[str, Decimal]]:
    """What leads from the month's usage to the billed usage: label and signed US dollars, without steps of nothing."""
    covered = Decimal(figures["covered_elsewhere"])
    return [("Settled by other payments of the month", -covered)] if covered else []


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


def _amount(text: str) -> str:
    return f"${Decimal(text):,.2f}"


_SENTENCES: Mapping[Method, Callable[[Figures], str]] = {
    Method.ELASTIC: _as_used("falls on days of the elastic subscription and is invoiced as used"),
    Method.CARD: _as_used("is covered by no subscription and charged to the card on file"),
    Method.PAYPAL: _as_used("is covered by no subscription and charged to the PayPal account on file"),
    Method.UNPAID: _as_used("is covered by no subscription, and there is no payment method on file to charge"),
}

_LABELS: Mapping[str, str] = {
    "usage": "Usage of the month",
    "covered_elsewhere": "Settled by other payments",
    "charged": "Charged here",
}
