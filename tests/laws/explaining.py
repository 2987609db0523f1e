"""What is billed, computed from the figures of `explain` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Figures = Mapping[str, int]


def billed(method: str, figures: Figures) -> int:
    """What a row of the method bills by its figures, which have to agree among themselves too."""
    return RULES[method](figures)


def by_commitment(figures: Figures) -> int:
    """4.4 and 7.6: the greater of share and usage, less what was paid and not used."""
    bank_before = figures["unused_credits_carried"] - figures["charged"] + figures["usage"]
    left_before = figures["left_to_bill"] + figures["charged"]
    assert figures["left_to_use"] - figures["left_to_bill"] == figures["unused_credits_carried"]
    assert figures["overage"] == max(0, figures["usage"] - figures["commitment"])
    assert figures["unused_credits_applied"] == min(bank_before, figures["overage"])
    due = min(left_before, max(figures["commitment"], figures["usage"] - bank_before))
    assert due == figures["commitment"] + figures["overage"] - figures["unused_credits_applied"] == figures["charged"]
    return due


def by_flex(figures: Figures) -> int:
    """4.3."""
    assert figures["drawn"] <= min(figures["left_to_use"], figures["usage"])
    assert figures["shortfall"] in (0, figures["left_to_use"] - figures["drawn"])
    return figures["drawn"] + figures["shortfall"]


def by_credits(figures: Figures) -> int:
    """4.6."""
    assert figures["drawn"] == figures["left_before"] - figures["left_after"]
    assert figures["drawn"] <= figures["usage"]
    return figures["drawn"]


def as_charged(figures: Figures) -> int:
    """Elastic and the payment method: what nothing else covered."""
    assert figures["charged"] == figures["usage"] - figures["covered_elsewhere"]
    return figures["charged"]


def beyond(figures: Figures) -> int:
    """4.8: the part of the month's usage that lies beyond the whole commitment."""
    before, whole = figures["used_before"], figures["commitment"]
    due = max(0, before + figures["usage"] - whole) - max(0, before - whole)
    assert due == figures["beyond"]
    return due


RULES: Mapping[str, Callable[[Figures], int]] = {
    "monthly_commitment": by_commitment,
    "flex_commitment": by_flex,
    "prepaid": by_credits,
    "promotional": by_credits,
    "elastic": as_charged,
    "card": as_charged,
    "paypal": as_charged,
    "unpaid": as_charged,
    "gcp_commitment": lambda figures: figures["month_share"],
    "gcp_elastic": beyond,
    "marketplace": lambda figures: figures["usage"],
}
