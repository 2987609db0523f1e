"""What every payment gateway can do, and the ones there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """A charge to make. A gateway that has seen `key` before answers as before and charges nothing again."""

    key: str
    token: str
    amount_minor: int
    currency: str
    description: str


@dataclass(frozen=True, slots=True)
class ChargeAnswer:
    """What the gateway said. `reference` is its own name for a charge; `reason` says why it declined, in words."""

    succeeded: bool
    reference: str | None = None
    reason: str | None = None


class PaymentGateway(Protocol):
    """Takes money from cards and PayPal accounts whose tokens it issued."""

    def charge(self, request: ChargeRequest) -> ChargeAnswer:
        """Take the money, or say why not."""
        ...
