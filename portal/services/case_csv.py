"""A list of cases as CSV: what everybody who may see the case may know, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from portal.domain.cases import CUSTOMER_WORDS
from portal.domain.catalogue import Catalogue
from portal.models.cases import Case
from portal.services import case_promises
from portal.services.csv_text import guarded, written

COLUMNS = (
    "Number", "Subject", "Status", "Severity", "Project", "Product", "Requester", "Opened", "Last Change",
    "First Response Due", "First Response", "First Response Result", "Close Reason",
)  # fmt: skip


def pieces(pages: Iterable[Sequence[Case]], catalogue: Catalogue, *, at: datetime) -> Iterator[str]:
    """The file from its head to its last row; instants are of UTC."""
    yield written([COLUMNS])
    for page in pages:
        yield written(_row(case, catalogue, at) for case in page)


def _row(case: Case, catalogue: Catalogue, at: datetime) -> tuple[str, ...]:
    severity = catalogue.severities.get(case.severity or "")
    product = catalogue.case_form["product"].options if "product" in catalogue.case_form else {}
    promise = case_promises.of_case(case, at=at)
    return (
        str(case.id),
        guarded(case.subject),
        CUSTOMER_WORDS[case.state],
        severity.name if severity else "",
        guarded(case.project.name) if case.project else "",
        product.get(case.product or "", ""),
        guarded(case.requester.name),
        _instant(case.created_at),
        _instant(case.updated_at),
        _instant(promise.due_at) if promise else "",
        _instant(case.first_responded_at),
        promise.state.value if promise else "",
        catalogue.close_reasons.get(case.close_reason or "", ""),
    )


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
