"""The first response that a case is owed, as customers and staff read it: the one answer for both."""

from __future__ import annotations

from datetime import datetime

from portal.domain import case_promises as rules
from portal.domain.case_promises import Promise
from portal.domain.cases import UNDER_WAY
from portal.models.cases import Case
from portal.services import cases


def of_case(case: Case, *, at: datetime) -> Promise | None:
    """What is said at `at` of the case's first response, without a query.

    None where its plan says nothing, and where it was solved before anybody had to answer.
    """
    if case.first_responded_at is None and case.state not in UNDER_WAY:
        return None
    return rules.promise_of(cases.owed(case), answered_at=case.first_responded_at, at=at)
