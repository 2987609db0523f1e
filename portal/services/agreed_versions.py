"""The versions of what was agreed: who agreed on each, when, why, and what differs from the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.credit_rows import CreditTerms
from portal.models.organizations import User
from portal.models.subscriptions import AgreedTerms
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow

_OF_A_VERSION = frozenset({"id", "version", "reason", "agreed_by_id", "agreed_at", "subscription_id", "credit_id"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that differs from the version before."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What was agreed on at one time; the first has no reason and differs from nothing."""

    number: int
    agreed_at: datetime
    by: str | None
    reason: str | None
    differences: tuple[Difference, ...]


def of_contract(session: Session, contract: Contract) -> Sequence[Version]:
    """All versions of the contract's terms, the newest first."""
    rows = session.execute(
        select(AgreedTerms, User.name)
        .outerjoin(User, User.id == AgreedTerms.agreed_by_id)
        .where(AgreedTerms.subscription_id == contract.subscription.id)
        .order_by(AgreedTerms.version)
    )
    return _versions([(terms, name) for terms, name in rows])


def of_credits(session: Session, row: CreditRow) -> Sequence[Version]:
    """All versions of the credits' dates, the newest first."""
    rows = session.execute(
        select(CreditTerms, User.name)
        .outerjoin(User, User.id == CreditTerms.agreed_by_id)
        .where(CreditTerms.credit_id == row.credit.id)
        .order_by(CreditTerms.version)
    )
    return _versions([(terms, name) for terms, name in rows])


def _versions(rows: Sequence[tuple[AgreedTerms | CreditTerms, str | None]]) -> Sequence[Version]:
    before: list[AgreedTerms | CreditTerms | None] = [None, *(terms for terms, _ in rows)]
    versions = [
        Version(
            number=terms.version,
            agreed_at=terms.agreed_at,
            by=name,
            reason=terms.reason,
            differences=tuple(_differences(earlier, terms)),
        )
        for (terms, name), (earlier, _) in zip(rows, pairwise(before), strict=True)
    ]
    return versions[::-1]


def _differences(earlier: AgreedTerms | CreditTerms | None, terms: AgreedTerms | CreditTerms) -> list[Difference]:
    if earlier is None:
        return []
    columns = [column.key for column in type(terms).__table__.columns if column.key not in _OF_A_VERSION]
    pairs = [Difference(name, getattr(earlier, name), getattr(terms, name)) for name in columns]
    return [one for one in pairs if one.before != one.after]
