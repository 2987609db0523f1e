"""How a bench's customers pay: by card and elastically, or by contracts of every type, with credits and families."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from portal.domain.methods import PaymentMethodKind, SubscriptionType
from portal.models.base import Base
from portal.models.billing_groups import PaymentMethod
from portal.models.credit_rows import Credit, CreditKind, CreditTerms
from portal.models.links import Link
from portal.models.subscriptions import AgreedTerms, Subscription

Row = dict[str, Any]
Tables = Iterator[tuple[type[Base], Iterable[Row]]]
AGREED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_STARTS_ON, _ENDS_BEFORE = date(2026, 1, 1), date(2027, 1, 1)
_COMMITMENT_CENTS, _GIVEN_CENTS = 1_200_000, 10_000
# By the last digit of a customer's number. The last one has none: the one before pays for both.
_TYPES = (
    None,
    SubscriptionType.ELASTIC,
    SubscriptionType.FLEX_COMMITMENT,
    SubscriptionType.MONTHLY_COMMITMENT,
    SubscriptionType.MONTHLY_COMMITMENT,
    SubscriptionType.PREPAID,
    SubscriptionType.MARKETPLACE,
    SubscriptionType.GCP_MONTHLY_COMMITMENT,
    SubscriptionType.MONTHLY_COMMITMENT,
    None,
)
_YEARLY, _PAYER, _LINKED = 4, 8, 9
_OPEN = frozenset({SubscriptionType.ELASTIC, SubscriptionType.MARKETPLACE})


def plain(ids: Sequence[int]) -> Tables:
    """A third each pays by card, elastically, and not at all."""
    yield PaymentMethod, (_payment_method(id_) for id_ in ids if id_ % 3 == 0)
    elastic = [id_ for id_ in ids if id_ % 3 == 1]
    yield Subscription, (_subscription(id_, SubscriptionType.ELASTIC) for id_ in elastic)
    yield AgreedTerms, (_terms(id_, SubscriptionType.ELASTIC) for id_ in elastic)


def mixed(ids: Sequence[int]) -> Tables:
    """Of ten, eight have a contract: one of each type, one paid yearly in advance, and one that pays for its neighbour.

    All but the linked ones have a card, and every second one has credits that were given.
    """
    yield PaymentMethod, (_payment_method(id_) for id_ in ids if id_ % 10 != _LINKED)
    agreed = [(id_, type_) for id_ in ids if (type_ := _TYPES[id_ % 10])]
    yield Subscription, (_subscription(*one) for one in agreed)
    yield AgreedTerms, (_terms(*one, yearly=one[0] % 10 == _YEARLY) for one in agreed)
    credits_ = [*_credits(ids)]
    yield Credit, credits_
    yield CreditTerms, (_credit_terms(row["id"]) for row in credits_)
    known = set(ids)
    yield Link, (_link(id_) for id_ in ids if id_ % 10 == _PAYER and id_ + 1 in known)


def _payment_method(id_: int) -> Row:
    return {
        "billing_group_id": id_,
        "kind": PaymentMethodKind.CARD,
        "label": "Visa ending 4242",
        "gateway": "sandbox",
        "token": "card_ok",
        "added_at": AGREED_AT,
    }


def _subscription(id_: int, type_: SubscriptionType) -> Row:
    return {
        "id": id_,
        "hex_id": f"{id_:024x}",
        "organization_id": id_,
        "billing_group_id": id_,
        "type": type_,
        "activated_at": AGREED_AT,
    }


def _terms(id_: int, type_: SubscriptionType, *, yearly: bool = False) -> Row:
    """Whoever commits to something is billed elastically for what goes beyond it."""
    is_open = type_ in _OPEN
    return {
        "subscription_id": id_,
        "version": 1,
        "starts_on": _STARTS_ON,
        "covers_from_on": _STARTS_ON,
        "ends_before": None if is_open else _ENDS_BEFORE,
        "months": None if is_open else 12,
        "commitment_cents": None if is_open else _COMMITMENT_CENTS,
        "elastic": type_ is not SubscriptionType.MARKETPLACE,
        "currency": "EUR",
        "unit_price": Decimal(1),
        "elastic_unit_price": Decimal("0.915"),
        "marketplace": "AWS" if type_ is SubscriptionType.MARKETPLACE else None,
        "yearly_in_advance": yearly,
        "pay_now_allowed": False,
        "agreed_at": AGREED_AT,
    }


def _credits(ids: Iterable[int]) -> Iterator[Row]:
    """Those that were bought, and those that were given."""
    for id_ in ids:
        type_ = _TYPES[id_ % 10]
        if type_ is SubscriptionType.PREPAID or id_ % 10 == _YEARLY:
            yield _credit(2 * id_, id_, CreditKind.PREPAID, _COMMITMENT_CENTS, subscription_id=id_)
        if id_ % 2 == 0:
            yield _credit(2 * id_ + 1, id_, CreditKind.PROMOTIONAL, _GIVEN_CENTS)


def _credit(id_: int, customer: int, kind: CreditKind, cents: int, *, subscription_id: int | None = None) -> Row:
    return {
        "id": id_,
        "hex_id": f"{id_:024x}",
        "organization_id": customer,
        "billing_group_id": customer,
        "subscription_id": subscription_id,
        "kind": kind,
        "total_cents": cents,
        "priority": None if subscription_id else 1,
        "granted_at": AGREED_AT,
    }


def _credit_terms(credit_id: int) -> Row:
    return {
        "credit_id": credit_id,
        "version": 1,
        "starts_on": _STARTS_ON,
        "ends_before": _ENDS_BEFORE,
        "voided": False,
        "agreed_at": AGREED_AT,
    }


def _link(payer_id: int) -> Row:
    return {"hex_id": f"{payer_id:024x}", "payer_id": payer_id, "linked_id": payer_id + 1, "linked_at": AGREED_AT}
