"""The closed sets of settlement: kinds of contract, ways in which a part of a month is settled, ways to pay."""

from __future__ import annotations

from enum import StrEnum


class SubscriptionType(StrEnum):
    """The kinds of contract (atlas 4)."""

    ELASTIC = "elastic"
    FLEX_COMMITMENT = "flex_commitment"
    MONTHLY_COMMITMENT = "monthly_commitment"
    PREPAID = "prepaid"
    MARKETPLACE = "marketplace"
    GCP_MONTHLY_COMMITMENT = "gcp_monthly_commitment"


class Method(StrEnum):
    """How a part of a month is settled; the payment method of a payment row (7.5)."""

    MONTHLY_COMMITMENT = "monthly_commitment"
    FLEX_COMMITMENT = "flex_commitment"
    PREPAID = "prepaid"
    PROMOTIONAL = "promotional"
    ELASTIC = "elastic"
    MARKETPLACE = "marketplace"
    GCP_COMMITMENT = "gcp_commitment"
    GCP_ELASTIC = "gcp_elastic"
    CARD = "card"
    PAYPAL = "paypal"
    UNPAID = "unpaid"


class PaymentMethodKind(StrEnum):
    """How a customer pays by themselves."""

    CARD = "card"
    PAYPAL = "paypal"
