"""Writes the entries of a conversation: comments, notes, and what happened to a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.cases import EntryKind, Happening, Visibility
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.services.case_doing import Doing


def write_comment(
    session: Session,
    case: Case,
    body: str,
    doing: Doing,
    *,
    visibility: Visibility = Visibility.PUBLIC,
    address: str | None = None,
    quoted: str = "",
    ignored: Sequence[str] = (),
) -> CaseEntry:
    """Add a comment; `address` is that of an outsider, `quoted` what their mail repeats of earlier ones."""
    entry = _entry(case, EntryKind.COMMENT, visibility, doing)
    entry.body, entry.quoted = body.strip(), quoted
    entry.author_address, entry.ignored_addresses = address, list(ignored)
    return _add(session, entry)


def write_note(session: Session, case: Case, body: str, doing: Doing) -> CaseEntry:
    """Add a note that staff alone see (CC-13)."""
    entry = _entry(case, EntryKind.NOTE, Visibility.INTERNAL, doing)
    entry.body = body.strip()
    return _add(session, entry)


def write_event(
    session: Session,
    case: Case,
    happening: Happening,
    facts: Mapping[str, Any],
    doing: Doing,
    *,
    visibility: Visibility = Visibility.PUBLIC,
    body: str = "",
) -> CaseEntry:
    """Add what happened to the case; `body` is what who did it says about it, in Markdown."""
    entry = _entry(case, EntryKind.EVENT, visibility, doing)
    entry.happening, entry.facts, entry.body = happening, dict(facts), body.strip()
    return _add(session, entry)


def _entry(case: Case, kind: EntryKind, visibility: Visibility, doing: Doing) -> CaseEntry:
    return CaseEntry(
        case_id=case.id,
        kind=kind,
        visibility=visibility,
        author_id=doing.by.id if doing.by else None,
        by_staff=doing.as_staff,
        via=doing.via,
        written_at=doing.at,
    )


def _add(session: Session, entry: CaseEntry) -> CaseEntry:
    session.add(entry)
    session.flush()
    return entry
