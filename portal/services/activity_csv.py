"""The activity feed as CSV, written page by page so that its length costs no memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portal.services.activity_feed import Entry
from portal.services.csv_text import guarded, written

COLUMNS = (
    "Time", "Category", "Severity", "Type", "Text", "Person", "Person Address", "Staff", "Remote Address",
    "Done To", "Done To Address", "Project", "Invoice",
)  # fmt: skip


def pieces(pages: Iterable[Sequence[Entry]], *, with_addresses: bool) -> Iterator[str]:
    """The file from its head to its last row; e-mail addresses of people stay empty unless `with_addresses`."""
    yield written([COLUMNS])
    for page in pages:
        yield written(_row(entry, with_addresses) for entry in page)


def _row(entry: Entry, with_addresses: bool) -> tuple[str, ...]:
    by_email, target_email = (entry.by_email, entry.target_email) if with_addresses else ("", "")
    return (
        f"{entry.happened_at:%Y-%m-%dT%H:%M:%SZ}",
        entry.event.category,
        entry.event.severity,
        entry.event.name,
        guarded(entry.text),
        guarded(entry.by_name or ""),
        guarded(by_email or ""),
        "yes" if entry.by_staff else "no",
        entry.remote_address or "",
        guarded(entry.target_name or ""),
        guarded(target_email or ""),
        guarded(entry.project or ""),
        entry.invoice or "",
    )
