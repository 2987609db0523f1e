"""Checks a usage file: its heading, and each row against the organizations that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain import rating
from portal.domain.errors import Malformed, Refusal
from portal.domain.usage_facts import Column, KnownOrganization, UsageFacts, quoted

PROVIDERS = ("AWS", "GCP", "AZURE")
EARLIEST_USE_ON = date(2000, 1, 1)
# Stands for the column where an error is of the line as a whole.
WHOLE_LINE = "line"

_PLAIN_NUMBER = re.compile(r"[0-9]{1,40}(?:\.([0-9]{1,40}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Control characters, line separators, and what turns the direction of writing: on an invoice they would deceive.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


LONGEST_TEXT = {Column.SERVICE: 100, Column.SKU: 200, Column.UNIT: 40, Column.EXTERNAL_ID: 200}
Heading = Mapping[Column, int]


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where: the line as an editor counts it, the column's name or `WHOLE_LINE`, and the reason."""

    line: int
    column: str
    reason: str


class FileRefused(Refusal):
    """A file is not taken, and nothing of it was stored. `more` says that there are more errors than those listed."""

    def __init__(self, errors: Sequence[RowError], *, more: bool = False) -> None:
        self.errors = tuple(errors)
        self.more = more
        super().__init__("; ".join(f"line {error.line}, {error.column}: {error.reason}" for error in self.errors[:3]))


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One line of a file, cut into its values."""

    line: int
    cells: Sequence[str]


def check_heading(row: WrittenRow) -> Heading:
    """Where each column stands: each once, in any order. Case, spaces, hyphens and underscores do not count."""
    by_name = {_squeezed(column): column for column in Column}
    heading: dict[Column, int] = {}
    errors = []
    for position, cell in enumerate(row.cells):
        column = by_name.get(_squeezed(cell))
        if column is None:
            errors.append(RowError(row.line, WHOLE_LINE, f"{quoted(cell)} is not a column of usage files"))
        elif column in heading:
            errors.append(RowError(row.line, column, "stands twice in the heading"))
        else:
            heading[column] = position
    errors += [RowError(row.line, column, "is missing in the heading") for column in Column if column not in heading]
    if errors and len(row.cells) == 1 and any(sign in row.cells[0] for sign in ";\t"):
        errors = [RowError(row.line, WHOLE_LINE, "commas are expected between the columns, not semicolons or tabs")]
    if errors:
        raise FileRefused(errors)
    return heading


def check_row(
    row: WrittenRow,
    heading: Heading,
    known: Mapping[str, KnownOrganization],
    *,
    today: date,
    printable: Set[str] | None = None,
) -> UsageFacts:
    """What the row says; refused with every value that cannot be. `known` has organizations by slug and by id.

    `printable` holds the characters beyond ASCII that an invoice can print; without it any will do.
    """
    if len(row.cells) != len(heading):
        count = f"{len(heading)} values are expected, not {len(row.cells)}" if row.cells else "is empty"
        raise FileRefused([RowError(row.line, WHOLE_LINE, count)])
    values = _Values(row.cells, heading, known, today, printable)
    try:
        return values.facts()
    except Malformed as first:
        errors = [_error(row, first), *(_error(row, each) for each in values.problems())]
        raise FileRefused(list(dict.fromkeys(errors))) from None


class _Values:
    """The values of one row; each is read by a method that raises `Malformed` with its column."""

    __slots__ = ("cells", "heading", "is_printable", "known", "printable", "today")

    def __init__(
        self,
        cells: Sequence[str],
        heading: Heading,
        known: Mapping[str, KnownOrganization],
        today: date,
        printable: Set[str] | None,
    ) -> None:
        self.cells = cells
        self.heading = heading
        self.known = known
        self.today = today
        self.printable = printable
        self.is_printable = "".join(cells).isprintable()

    def facts(self) -> UsageFacts:
        organization = self.organization()
        quantity_nano = self.quantity_nano()
        unit_price_pico = self.unit_price_pico()
        if rating.amount_cents(quantity_nano, unit_price_pico) > rating.HIGHEST_INVOICE_CENTS:
            raise Malformed(Column.UNIT_PRICE, "with this quantity it is more than an invoice can hold")
        return UsageFacts(
            organization_id=organization.id,
            external_id=self.text(Column.EXTERNAL_ID),
            project_id=self.project_id(),
            service=self.text(Column.SERVICE),
            sku=self.text(Column.SKU),
            provider=self.provider(),
            used_on=self.used_on(),
            quantity_nano=quantity_nano,
            unit=self.text(Column.UNIT),
            unit_price_pico=unit_price_pico,
        )

    def problems(self) -> Iterator[Malformed]:
        texts = (lambda column=column: self.text(column) for column in LONGEST_TEXT)
        numbers = (self.quantity_nano, self.unit_price_pico)
        for read in (self.organization, self.project_id, self.provider, self.used_on, *numbers, *texts):
            try:
                read()
            except Malformed as problem:
                yield problem

    def organization(self) -> KnownOrganization:
        name = self.text(Column.ORGANIZATION)
        if name not in self.known:
            raise Malformed(Column.ORGANIZATION, f"{quoted(name)} is not an organization")
        return self.known[name]

    def project_id(self) -> int:
        organization = self.organization()
        name = self.text(Column.PROJECT)
        if name not in organization.projects and name in organization.ended:
            raise Malformed(Column.PROJECT, f"{quoted(name)} {organization.ended[name]}")
        if name not in organization.projects:
            raise Malformed(Column.PROJECT, f"{quoted(name)} is not a project of {organization.slug}")
        return organization.projects[name]

    def provider(self) -> str | None:
        name = self.text(Column.PROVIDER, required=False)
        if name and name not in PROVIDERS:
            raise Malformed(Column.PROVIDER, f"{quoted(name)} is not one of {', '.join(PROVIDERS)}, or nothing")
        return name or None

    def used_on(self) -> date:
        text = self.text(Column.USAGE_DATE)
        if not _DATE.fullmatch(text):
            raise Malformed(Column.USAGE_DATE, f"{quoted(text)} is not a date written as YYYY-MM-DD")
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Malformed(Column.USAGE_DATE, f"{quoted(text)} is not a day of the calendar") from None
        if day > self.today:
            raise Malformed(Column.USAGE_DATE, f"{quoted(text)} lies in the future")
        if day < EARLIEST_USE_ON:
            raise Malformed(Column.USAGE_DATE, f"{quoted(text)} lies before {EARLIEST_USE_ON}")
        return day

    def quantity_nano(self) -> int:
        return rating.nano(self._number(Column.QUANTITY, rating.QUANTITY_DECIMALS, rating.HIGHEST_QUANTITY))

    def unit_price_pico(self) -> int:
        return rating.pico(self._number(Column.UNIT_PRICE, rating.UNIT_PRICE_DECIMALS, rating.HIGHEST_UNIT_PRICE))

    def text(self, column: Column, *, required: bool = True) -> str:
        text = self.cells[self.heading[column]].strip(" ")
        if required and not text:
            raise Malformed(column, "is empty")
        if len(text) > LONGEST_TEXT.get(column, len(text)):
            raise Malformed(column, f"has {len(text)} characters; at most {LONGEST_TEXT[column]} are kept")
        if not self.is_printable and _FORBIDDEN.search(text):
            raise Malformed(column, f"{quoted(text)} has a control character")
        if self.printable is not None and not text.isascii() and (missing := set(text) - self.printable):
            raise Malformed(column, f"{quoted(min(missing))} cannot be printed on an invoice")
        return text

    def _number(self, column: Column, decimals: int, highest: int) -> Decimal:
        text = self.text(column)
        match = _PLAIN_NUMBER.fullmatch(text)
        if match is None:
            is_negative = text.startswith("-") and _PLAIN_NUMBER.fullmatch(text[1:])
            wrong = "is negative" if is_negative else "is not a plain decimal number such as 24 or 0.0125"
            raise Malformed(column, f"{quoted(text)} {wrong}")
        if len(match[1] or "") > decimals:
            raise Malformed(column, f"{quoted(text)} has more than {decimals} decimals")
        number = Decimal(text)
        if number > highest:
            raise Malformed(column, f"{quoted(text)} is more than {highest}")
        return number


def _error(row: WrittenRow, problem: Malformed) -> RowError:
    return RowError(row.line, problem.place, problem.expected)


def _squeezed(name: str) -> str:
    return re.sub(r"[ _-]", "", name).lower()
