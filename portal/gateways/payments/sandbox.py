"""A gateway that moves no money: each of its test methods always gives the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.methods import PaymentMethodKind
from portal.gateways.payments import ChargeAnswer, ChargeRequest

NAME = "sandbox"


@dataclass(frozen=True, slots=True)
class TestMethod:
    """A card or account that exists for trying out; `declines` is what the gateway says to every charge."""

    kind: PaymentMethodKind
    label: str
    declines: str | None = None


TEST_METHODS: Mapping[str, TestMethod] = {
    "card_ok": TestMethod(PaymentMethodKind.CARD, "Visa ending 4242"),
    "card_declines": TestMethod(PaymentMethodKind.CARD, "Visa ending 0341", declines="The card was declined."),
    "paypal_ok": TestMethod(PaymentMethodKind.PAYPAL, "PayPal account"),
}


class SandboxGateway:
    """Answers every charge by its token, which is the name of a test method."""

    def charge(self, request: ChargeRequest) -> ChargeAnswer:
        """The answer that the test method always gives."""
        method = TEST_METHODS.get(request.token)
        if method is None:
            return ChargeAnswer(succeeded=False, reason="The payment method is not known.")
        if method.declines:
            return ChargeAnswer(succeeded=False, reason=method.declines)
        return ChargeAnswer(succeeded=True, reference=f"sandbox-{request.key}")
