"""The payment method on file: putting one there, and taking it away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.events import Event
from portal.domain.methods import PaymentMethodKind
from portal.models.billing_groups import BillingGroup, PaymentMethod
from portal.models.organizations import User
from portal.services import history, settling


def put_on_file(
    session: Session,
    group: BillingGroup,
    *,
    kind: PaymentMethodKind,
    label: str,
    gateway: str,
    token: str,
    at: datetime,
    by: User | None = None,
) -> PaymentMethod:
    """Make this the payment method of the billing group; the earlier one is no longer used."""
    had_one = settling.payment_method(session, group.id) is not None
    method = PaymentMethod(billing_group_id=group.id, kind=kind, label=label, gateway=gateway, token=token, added_at=at)
    session.add(method)
    session.flush()
    history.record(session, group.organization_id, _event(kind, had_one), at=at, detail=label, by=by)
    return method


def remove(session: Session, group: BillingGroup, *, at: datetime, by: User | None = None) -> None:
    """Leave the billing group without a payment method; nothing happens where it has none."""
    method = settling.payment_method(session, group.id)
    if method is None:
        return
    method.removed_at = at
    session.flush()
    history.record(session, group.organization_id, Event.PAYMENT_METHOD_REMOVED, at=at, detail=method.label, by=by)


def _event(kind: PaymentMethodKind, had_one: bool) -> Event:
    if kind is PaymentMethodKind.PAYPAL:
        return Event.PAYPAL_ACCOUNT_LINKED
    return Event.ORG_CREDIT_CARD_UPDATED if had_one else Event.ORG_CREDIT_CARD_ADDED
