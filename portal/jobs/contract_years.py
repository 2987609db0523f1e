"""Begins the later years of contracts: issues order forms, and asks for the money of years paid in advance."""

from __future__ import annotations

from datetime import datetime

import structlog

from portal.jobs.sessions import OpenSession
from portal.services import order_forms, prepayments

log = structlog.get_logger()


def begin(open_session: OpenSession, *, at: datetime) -> int:
    """Do what the years that have begun by `at` bring; returns how many documents were issued.

    Each organization has a transaction of its own: where one fails, the others go on, and it is tried again.
    """
    with open_session() as session:
        organizations = {*order_forms.lacking(session, on=at.date()), *prepayments.unasked(session, on=at.date())}
    return sum(_begin(open_session, organization_id, at) for organization_id in sorted(organizations))


def _begin(open_session: OpenSession, organization_id: int, at: datetime) -> int:
    with open_session() as session:
        try:
            # The tax invoice of a year names its order form.
            issued = order_forms.issue_lacking(session, organization_id, at=at)
            issued += prepayments.ask_for_begun(session, organization_id, at=at)
        except Exception:  # One organization's fault, whatever it is, must not keep the others from their years.
            log.exception("contract year was not begun", organization_id=organization_id)
            return 0
        session.commit()
        return issued
