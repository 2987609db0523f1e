"""Imports usage files: all rows or none, each once however often it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.periods import Month
from portal.domain.usage_facts import Column, KnownOrganization, UsageFacts, differences, quoted
from portal.domain.usage_rows import FileRefused, RowError
from portal.models.usage import UsageImport
from portal.services import months, usage, usage_files, usage_holders, usage_known
from portal.services.usage import NewUsage
from portal.services.usage_files import CheckedRow, UsageFile
from portal.services.usage_known import Key

MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Late:
    """Rows of a month that is closed, which are billed in another one."""

    organization: str
    used_in: Month
    posted_in: Month
    rows: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. Rows are new or known; where none is new, nothing changed and no import was recorded."""

    rows: int
    new: int
    late: tuple[Late, ...]
    import_id: int | None

    @property
    def known(self) -> int:
        """Rows that were stored already, or stood in the file before."""
        return self.rows - self.new


def import_file(
    session: Session,
    file: UsageFile,
    *,
    at: datetime,
    organization_id: int | None = None,
    progress: Callable[[int], None] = lambda _read_bytes: None,
) -> ImportResult:
    """Store the rows of `file` that are not stored yet, or raise `FileRefused` and leave everything as it was.

    A row is known by its organization and external id. A row dated in a closed month is posted on the first day of the
    organization's next open month. The file's organizations are locked, so that no month closes meanwhile. With
    `organization_id` all others are as unknown as if they did not exist. `progress` hears how much has been stored.
    """
    with session.begin_nested():
        names = usage_files.organizations_named(file, most_faulty=MOST_ERRORS)
        known = usage_holders.hold_organizations(session, names, only=organization_id, most_unknown=MOST_ERRORS)
        work = _Import(session, file, known, at=at)
        for batch in usage.in_batches(work.sound_rows()):
            work.store(batch)
            progress(file.content.tell())
        return work.finish()


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What an external id stood for until now: in rows of this file (`in_file`) or stored before it."""

    facts: UsageFacts
    in_file: bool


@dataclass(frozen=True, slots=True)
class _Conflict:
    """A row that says something else than an earlier row with its external id; `stored` is what that one says."""

    line: int
    column: Column
    stored: str
    key: Key
    in_file: bool


class _Import:
    """One import under way."""

    def __init__(
        self, session: Session, file: UsageFile, known: Mapping[str, KnownOrganization], *, at: datetime
    ) -> None:
        self.session = session
        self.file = file
        self.known = known
        self.by_id = {organization.id: organization for organization in known.values()}
        self.at = at
        self.rows = 0
        self.new = 0
        self.record: UsageImport | None = None
        self.late: Counter[tuple[str, Month, Month]] = Counter()
        self.errors: list[RowError] = []
        self.conflicts: list[_Conflict] = []

    def sound_rows(self) -> Iterator[tuple[int, UsageFacts]]:
        """Every row that could be stored, with its line. What is wrong with others is noted, until it is too much."""
        for row in self._checked_rows():
            self.rows += 1
            if row.facts:
                yield row.line, row.facts
            self.errors += row.errors
            if len(self.errors) + len(self.conflicts) > MOST_ERRORS:
                return

    def store(self, batch: Sequence[tuple[int, UsageFacts]]) -> None:
        """Post what is new; what is known has to say the same as before."""
        earlier = self._stored(batch)
        new = []
        for line, facts in batch:
            before = earlier.setdefault(facts.key, _Earlier(facts, in_file=True))
            if before.facts is facts:
                new.append(self._new_usage(facts))
            elif before.facts != facts:
                self.conflicts += (
                    _Conflict(line, column, words, facts.key, before.in_file)
                    for column, words in differences(before.facts, facts)
                )
        if new:
            self.new += usage.post(self.session, new, import_id=self._opened_record().id)

    def finish(self) -> ImportResult:
        """The result; refused when anything was wrong."""
        errors = sorted((*self.errors, *self._explained_conflicts()), key=lambda error: error.line)
        if errors:
            raise FileRefused(errors[:MOST_ERRORS], more=len(errors) > MOST_ERRORS)
        if self.record:
            self.record.rows = self.new
        late = tuple(Late(*months_of, rows) for months_of, rows in sorted(self.late.items()))
        return ImportResult(self.rows, self.new, late, self.record.id if self.record else None)

    def _stored(self, batch: Sequence[tuple[int, UsageFacts]]) -> dict[Key, _Earlier]:
        own = self.record.id if self.record else None
        stored = {}
        for facts, import_id in usage_known.stored(self.session, [facts.key for _, facts in batch]):
            stored[facts.key] = _Earlier(facts, in_file=own is not None and import_id == own)
        return stored

    def _new_usage(self, facts: UsageFacts) -> NewUsage:
        organization = self.by_id[facts.organization_id]
        posted_on = months.posting_day(facts.used_on, organization.closed)
        if posted_on != facts.used_on:
            self.late[organization.slug, Month.of(facts.used_on), Month.of(posted_on)] += 1
        return NewUsage(
            organization_id=facts.organization_id,
            project_id=facts.project_id,
            service=facts.service,
            sku=facts.sku,
            provider=facts.provider,
            used_on=facts.used_on,
            posted_on=posted_on,
            quantity_nano=facts.quantity_nano,
            unit=facts.unit,
            unit_price_pico=facts.unit_price_pico,
            external_id=facts.external_id,
        )

    def _opened_record(self) -> UsageImport:
        if self.record is None:
            self.record = UsageImport(name=self.file.name[:300], sha256=self.file.sha256, rows=0, imported_at=self.at)
            self.session.add(self.record)
            self.session.flush()
        return self.record

    def _explained_conflicts(self) -> Iterator[RowError]:
        lines = self._first_lines({conflict.key for conflict in self.conflicts if conflict.in_file})
        for conflict in self.conflicts:
            where = f"on line {lines[conflict.key]}" if conflict.in_file else "since an earlier import"
            reason = f"external id {quoted(conflict.key[1])} has {conflict.stored} {where}"
            yield RowError(conflict.line, conflict.column, reason)

    def _first_lines(self, wanted: Collection[Key]) -> Mapping[Key, int]:
        """Where in the file each of these external ids stands first: read once more, and only when it is refused."""
        found: dict[Key, int] = {}
        if wanted:
            for row in self._checked_rows():
                if row.facts and row.facts.key in wanted:
                    found.setdefault(row.facts.key, row.line)
                if len(found) == len(wanted):
                    break
        return found

    def _checked_rows(self) -> Iterator[CheckedRow]:
        return usage_files.checked_rows(self.file, self.known, today=self.at.date())
