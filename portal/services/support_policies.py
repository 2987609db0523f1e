"""The vendors' support policies: which version holds when, and each in full."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal import catalogues
from portal.domain import support_policies
from portal.domain.catalogue import Catalogue
from portal.domain.support_policies import FIRST_RESPONSE, SEVERITIES, PolicyVersion
from portal.services import plan_comparison
from portal.services.plan_comparison import Entry

BAR = "\\|"
AS_TODAY = "*This version was posted without a table of its own; this one is as of today.*"


def in_force(catalogue: str, on: date) -> str | None:
    """What the version is called that holds for cases of this vendor opened on the day (POLICY-1)."""
    found = support_policies.in_force(catalogues.load_policies(catalogue), on)
    return found.version if found else None


def posted(catalogue: str, *, on: date) -> Sequence[PolicyVersion]:
    """The versions that can be read on the day, the newest first."""
    versions = [one for one in catalogues.load_policies(catalogue) if one.posted_on <= on]
    return sorted(versions, key=lambda one: one.posted_on, reverse=True)


def find(catalogue: str, version: str | None) -> PolicyVersion | None:
    """The version of that name; None where there is none, as for cases from before the first."""
    return next((one for one in catalogues.load_policies(catalogue) if one.version == version), None)


def text_of(catalogue: Catalogue, version: PolicyVersion, *, is_in_force: bool = True) -> str:
    """The whole version in Markdown, with tables of the catalogue where it has marks (POLICY-2).

    The catalogue is that of today. So a version that has been followed by another should hold its tables itself, and
    where it does not, the text says so.
    """
    tables = {SEVERITIES: _severities(catalogue), FIRST_RESPONSE: _first_response(catalogue)}
    if not is_in_force:
        tables = {mark: f"{table}\n\n{AS_TODAY}" for mark, table in tables.items()}
    return version.written_out(tables)


def _severities(catalogue: Catalogue) -> str:
    severities = sorted(catalogue.severities.values(), key=lambda one: one.rank)
    if not any(one.examples for one in severities):
        return _table(("Severity", "What it means"), [(one.name, one.description) for one in severities])
    rows = [(one.name, one.description, "; ".join(one.examples)) for one in severities]
    return _table(("Severity", "What it means", "Examples"), rows)


def _first_response(catalogue: Catalogue) -> str:
    """Plans across, severities down, as the page of plans has it, and below it which hours are meant."""
    compared = plan_comparison.compare(catalogue)
    heads = ("Severity", *(column.name for column in compared.responses.columns))
    table = _table(heads, [(row.name, *map(_words, row.entries)) for row in compared.responses.rows])
    return "\n".join((table, *(["", *(f"- {line}" for line in compared.hours)] if compared.hours else [])))


def _words(entry: Entry) -> str:
    text = "; ".join("".join(map(str, line)) for line in entry.lines)
    return f"{text} (demo value)" if entry.is_demo else text


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    return "\n".join(map(_line, (heads, ["---"] * len(heads), *rows)))


def _line(cells: Sequence[str]) -> str:
    # A line break or a bar would end the cell.
    return f"| {' | '.join(' '.join(cell.split()).replace('|', BAR) for cell in cells)} |"
