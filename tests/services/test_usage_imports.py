"""Importing usage files: all rows or none, each once, late ones where they are billed next."""

from __future__ import annotations

import io
import threading
import tracemalloc
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.database import writing
from portal.domain.periods import Month
from portal.domain.usage_rows import FileRefused
from portal.models.usage import UsageImport, UsageRow
from portal.services import usage, usage_files, usage_imports
from portal.services.usage_imports import ImportResult, Late
from tests.builders import a_closed_month, a_project, an_organization
from tests.usage_texts import COLUMNS, HEADING, a_file, a_row

AT = datetime(2024, 2, 10, 12, tzinfo=UTC)


@pytest.fixture
def acme(session):
    """An organization with two projects."""
    acme = an_organization(session, "acme")
    a_project(session, acme, "shop")
    a_project(session, acme, "lab")
    return acme


def import_bytes(session, content, *, name="usage.csv", from_spreadsheet=False, at=AT):
    with usage_files.opened(io.BytesIO(content), name, from_spreadsheet=from_spreadsheet) as file:
        return usage_imports.import_file(session, file, at=at)


def errors_of(session, content, **options):
    with pytest.raises(FileRefused) as refused:
        import_bytes(session, content, **options)
    return [(error.line, error.column, error.reason) for error in refused.value.errors]


def stored(session):
    return session.scalars(select(UsageRow).order_by(UsageRow.id)).all()


def counts(session):
    return tuple(session.scalar(select(func.count()).select_from(table)) for table in (UsageRow, UsageImport))


def test_a_file_is_stored_row_by_row_with_the_name_and_the_hash_of_the_file(session, acme):
    content = a_file(a_row(), a_row(external_id="u-2", project="lab", provider="", quantity="0.000000001"))
    result = import_bytes(session, content)
    [record] = session.scalars(select(UsageImport)).all()
    assert result == ImportResult(rows=2, new=2, late=(), import_id=record.id)
    assert (record.name, record.rows, record.imported_at) == ("usage.csv", 2, AT)
    assert len(record.sha256) == 64
    first, second = stored(session)
    assert (first.organization_id, first.import_id, first.external_id) == (acme.id, record.id, "u-1")
    assert (first.service, first.sku, first.unit, first.provider) == ("Clusters", "M10 AWS Frankfurt", "hour", "AWS")
    assert (first.used_on, first.posted_on) == (date(2024, 1, 10), date(2024, 1, 10))
    assert (first.quantity_nano, first.unit_price_pico) == (24 * 10**9, 54 * 10**10)
    assert (second.provider, second.quantity_nano) == (None, 1)
    assert first.project_id != second.project_id


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(
        st.tuples(st.decimals(0, 10**9, places=9, allow_nan=False), st.decimals(0, 10**4, places=12, allow_nan=False)),
        min_size=1,
        max_size=8,
    )
)
def test_quantities_and_prices_are_stored_to_the_last_digit(session, acme, pairs):
    with session.begin_nested() as attempt:
        rows = (
            a_row(quantity=format(quantity, "f"), unit_price=format(price, "f"), external_id=f"u-{number}")
            for number, (quantity, price) in enumerate(pairs)
        )
        import_bytes(session, a_file(*rows))
        kept = [(Decimal(row.quantity_nano) / 10**9, Decimal(row.unit_price_pico) / 10**12) for row in stored(session)]
        attempt.rollback()
    assert kept == pairs


BOM = b"\xef\xbb\xbf"
BAD_FILES = {
    "empty": (b"", (1, "line", "the file is empty")),
    "byte order mark": (
        BOM + a_file(a_row()),
        (1, "line", "the file begins with a byte order mark; save it as UTF-8 without one, or pass --from-spreadsheet"),
    ),
    "CR LF": (
        a_file(a_row()).replace(b"\n", b"\r\n"),
        (1, "line", "ends with CR LF; save the file with LF line ends, or pass --from-spreadsheet"),
    ),
    "CR LF in one line only": (
        a_file(a_row(), a_row(external_id="u-2") + "\r"),
        (3, "line", "ends with CR LF; save the file with LF line ends, or pass --from-spreadsheet"),
    ),
    "CR alone": (
        a_file(a_row()).replace(b"\n", b"\r"),
        (1, "line", "has a carriage return (CR); LF alone ends a line"),
    ),
    "NUL": (a_file(a_row(sku="M\0")), (2, "line", "has a NUL character; the file is expected to be UTF-8 text")),
    "UTF-16": (
        a_file(a_row()).decode().encode("utf-16"),
        (1, "line", "has a NUL character; the file is expected to be UTF-8 text"),
    ),
    "Latin-1": (
        a_file(a_row(sku="Größe")).decode().encode("latin-1"),
        (2, "line", "is not UTF-8; save the file as UTF-8"),
    ),
    "cut off within the last line": (
        a_file(a_row(), a_row(external_id="u-2"))[:-20],
        (3, "line", "the file ends within this line and may be cut off; its last line needs a line break"),
    ),
    "cut off before the last line break": (
        a_file(a_row())[:-1],
        (2, "line", "the file ends within this line and may be cut off; its last line needs a line break"),
    ),
    "heading alone without a line break": (
        HEADING.encode(),
        (1, "line", "the file ends within this line and may be cut off; its last line needs a line break"),
    ),
    "one huge line": (a_file(a_row(), a_row(sku="x" * 70_000)), (3, "line", "is longer than 65536 bytes")),
    "column missing": (a_file(heading=",".join(COLUMNS[1:])), (1, "organization", "is missing in the heading")),
    "column twice": (a_file(heading=f"{HEADING},Unit Price"), (1, "unit_price", "stands twice in the heading")),
    "column unknown": (
        a_file(heading=f"{HEADING},amount"),
        (1, "line", "“amount” is not a column of usage files"),
    ),
    "no heading": (a_file(heading=a_row()), (1, "line", "“acme” is not a column of usage files")),
    "too few values": (a_file(a_row(), "acme,shop"), (3, "line", "10 values are expected, not 2")),
    "too many values": (a_file(a_row() + ",x"), (2, "line", "10 values are expected, not 11")),
    "empty line": (a_file(a_row(), ""), (3, "line", "is empty")),
    "quotation mark not closed": (
        a_file(a_row(sku='"M10')),
        (2, "line", "a quotation mark is not closed on this line, or does not stand where a value ends"),
    ),
    "negative quantity": (a_file(a_row(quantity="-1")), (2, "quantity", "“-1” is negative")),
    "exponent": (
        a_file(a_row(quantity="1e400")),
        (2, "quantity", "“1e400” is not a plain decimal number such as 24 or 0.0125"),
    ),
    "30 February": (
        a_file(a_row(usage_date="2023-02-30")),
        (2, "usage_date", "“2023-02-30” is not a day of the calendar"),
    ),
    "future": (a_file(a_row(usage_date="2024-02-11")), (2, "usage_date", "“2024-02-11” lies in the future")),
    "unknown organization": (
        a_file(a_row(organization="nobody")),
        (2, "organization", "“nobody” is not an organization"),
    ),
    "unknown project": (a_file(a_row(project="attic")), (2, "project", "“attic” is not a project of acme")),
}


@pytest.mark.parametrize(("content", "error"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_line_column_and_reason_and_nothing_is_stored(session, acme, content, error):
    assert errors_of(session, content)[0] == error
    assert counts(session) == (0, 0)


def test_sound_rows_beside_a_bad_one_are_not_stored_even_if_the_caller_commits(engine, session, acme):
    rows = [a_row(external_id=f"u-{number}") for number in range(usage.BATCH + 1)]
    errors = errors_of(session, a_file(*rows, a_row(external_id="bad", quantity="-1")))
    assert errors == [(len(rows) + 2, "quantity", "“-1” is negative")]
    session.commit()
    assert counts(session) == (0, 0)


def test_errors_stand_in_the_order_of_the_lines_and_end_after_a_hundred(session, acme):
    with pytest.raises(FileRefused) as refused:
        import_bytes(session, a_file(*(a_row(quantity="-1", external_id=f"u-{number}") for number in range(150))))
    assert [error.line for error in refused.value.errors] == list(range(2, 102))
    assert refused.value.more
    with pytest.raises(FileRefused) as refused:
        import_bytes(session, a_file(*(a_row(quantity="-1", external_id=f"u-{number}") for number in range(100))))
    assert (len(refused.value.errors), refused.value.more) == (100, False)


def test_lines_are_counted_as_an_editor_does_although_a_quoted_value_runs_over_two(session, acme):
    rows = (a_row(sku='"M10\nAWS"'), a_row(quantity="-1", external_id="u-2"))
    assert errors_of(session, a_file(*rows))[-1] == (4, "quantity", "“-1” is negative")


def test_quoted_values_hold_commas_and_quotation_marks(session, acme):
    import_bytes(session, a_file(a_row(sku='"M10, ""large"""')))
    assert stored(session)[0].sku == 'M10, "large"'


def test_what_a_spreadsheet_writes_is_taken_when_it_is_asked_for(session, acme):
    content = BOM + a_file(a_row()).replace(b"\n", b"\r\n")
    assert import_bytes(session, content, from_spreadsheet=True).new == 1
    assert stored(session)[0].external_id == "u-1"


def test_a_file_cut_off_is_refused_from_a_spreadsheet_too(session, acme):
    content = BOM + a_file(a_row(), a_row(external_id="u-2")).replace(b"\n", b"\r\n")[:-2]
    assert [error[0] for error in errors_of(session, content, from_spreadsheet=True)] == [3]
    assert counts(session) == (0, 0)


def test_a_heading_without_rows_changes_nothing(session, acme):
    assert import_bytes(session, a_file()) == ImportResult(rows=0, new=0, late=(), import_id=None)
    assert counts(session) == (0, 0)


def test_the_same_file_twice_changes_nothing(session, acme):
    content = a_file(a_row(), a_row(external_id="u-2"))
    import_bytes(session, content)
    before = [(row.id, row.import_id, row.posted_on) for row in stored(session)]
    again = import_bytes(session, content, name="again.csv")
    assert again == ImportResult(rows=2, new=0, late=(), import_id=None)
    assert again.known == 2
    assert [(row.id, row.import_id, row.posted_on) for row in stored(session)] == before
    assert counts(session) == (2, 1)


def test_a_longer_file_adds_only_what_is_new(session, acme):
    import_bytes(session, a_file(a_row()))
    result = import_bytes(session, a_file(a_row(quantity="24.0"), a_row(external_id="u-2")))
    assert (result.rows, result.new, result.known) == (2, 1, 1)
    assert counts(session) == (2, 2)


def test_a_known_row_with_other_facts_is_refused_and_names_each_column_that_differs(session, acme):
    import_bytes(session, a_file(a_row()))
    changed = a_row(quantity="25", unit_price="0.55")
    assert errors_of(session, a_file(a_row(external_id="u-2"), changed)) == [
        (3, "quantity", "external id “u-1” has 24 since an earlier import"),
        (3, "unit_price", "external id “u-1” has 0.54 since an earlier import"),
    ]
    assert counts(session) == (1, 1)


def test_an_external_id_belongs_to_its_organization(session, acme):
    a_project(session, an_organization(session, "borealis"))
    result = import_bytes(session, a_file(a_row(), a_row(organization="borealis", quantity="7")))
    assert result.new == 2


def test_a_row_that_stands_twice_in_a_file_counts_once(session, acme):
    by_id = a_row(organization=acme.hex_id, quantity="24.0")
    result = import_bytes(session, a_file(a_row(), a_row(), by_id))
    assert (result.rows, result.new, result.known) == (3, 1, 2)
    assert counts(session) == (1, 1)


@pytest.mark.parametrize("between", [0, usage.BATCH])
def test_an_external_id_that_stands_twice_with_other_facts_names_the_first_line(session, acme, between):
    rows = [a_row(external_id=f"between-{number}") for number in range(between)]
    errors = errors_of(session, a_file(a_row(external_id="x"), a_row(), *rows, a_row(quantity="25")))
    assert errors == [(between + 4, "quantity", "external id “u-1” has 24 on line 3")]
    assert counts(session) == (0, 0)


def test_usage_of_a_closed_month_is_posted_on_the_first_day_of_the_next_open_one(session, acme):
    a_closed_month(session, acme, date(2023, 12, 1))
    a_closed_month(session, acme, date(2024, 1, 1))
    rows = (
        a_row(usage_date="2023-12-31"),
        a_row(usage_date="2024-01-31", external_id="u-2"),
        a_row(usage_date="2024-01-01", external_id="u-3"),
        a_row(usage_date="2024-02-03", external_id="u-4"),
    )
    result = import_bytes(session, a_file(*rows))
    assert result.late == (
        Late("acme", used_in=Month(2023, 12), posted_in=Month(2024, 2), rows=1),
        Late("acme", used_in=Month(2024, 1), posted_in=Month(2024, 2), rows=2),
    )
    assert [row.posted_on.isoformat() for row in stored(session)] == ["2024-02-01"] * 3 + ["2024-02-03"]


def test_each_organization_has_its_own_closed_months(session, acme):
    a_project(session, an_organization(session, "borealis"))
    a_closed_month(session, acme, date(2024, 1, 1))
    result = import_bytes(session, a_file(a_row(), a_row(organization="borealis")))
    assert [late.organization for late in result.late] == ["acme"]
    assert [row.posted_on for row in stored(session)] == [date(2024, 2, 1), date(2024, 1, 10)]


def test_a_row_stays_the_same_when_its_month_was_closed_after_it_came_or_before(session, acme):
    import_bytes(session, a_file(a_row()))
    a_closed_month(session, acme, date(2024, 1, 1))
    late = a_row(external_id="u-2")
    import_bytes(session, a_file(a_row(), late))
    a_closed_month(session, acme, date(2024, 2, 1))
    again = import_bytes(session, a_file(a_row(), late), at=AT.replace(month=3))
    assert (again.new, again.late) == (0, ())
    assert [row.posted_on for row in stored(session)] == [date(2024, 1, 10), date(2024, 2, 1)]


def test_a_project_and_an_organization_may_be_named_by_id_and_a_name_does_not_take_the_place_of_an_id(session, acme):
    victim = a_project(session, acme, "victim")
    a_project(session, acme, victim.hex_id)
    an_organization(session, acme.hex_id)
    import_bytes(session, a_file(a_row(organization=acme.hex_id, project=victim.hex_id)))
    assert [(row.organization_id, row.project_id) for row in stored(session)] == [(acme.id, victim.id)]


def test_another_organizations_project_is_unknown(session, acme):
    theirs = a_project(session, an_organization(session, "borealis"), "theirs")
    reason = f"“{theirs.hex_id}” is not a project of acme"
    assert errors_of(session, a_file(a_row(project=theirs.hex_id))) == [(2, "project", reason)]


def test_two_imports_of_one_file_at_once_store_each_row_once(engine, session, acme):
    session.commit()
    content = a_file(*(a_row(external_id=f"u-{number}") for number in range(300)))
    results = []

    def run():
        with writing(engine)() as own:
            results.append(import_bytes(own, content).new)
            own.commit()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 0, 0, 300]
    assert counts(session) == (300, 1)


SOUND_FILE = a_file(a_row(), a_row(external_id="u-2", sku='"a,b"'))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.integers(0, len(SOUND_FILE)), st.integers(0, 8), st.binary(max_size=6) | st.text(max_size=3).map(str.encode))
def test_damaged_bytes_are_refused_or_read_and_never_a_fault(session, acme, place, cut, put):
    with session.begin_nested() as attempt:
        with suppress(FileRefused):
            import_bytes(session, SOUND_FILE[:place] + put + SOUND_FILE[place + cut :])
        rows, imports = counts(session)
        attempt.rollback()
    assert (rows > 0) == (imports == 1)


def test_a_line_without_an_end_is_not_read_into_memory(session, acme, tmp_path):
    path = tmp_path / "usage.csv"
    with path.open("wb") as sparse:
        sparse.truncate(64 * 1024**2)
    tracemalloc.start()
    with (
        path.open("rb") as stream,
        usage_files.opened(stream, "usage.csv") as file,
        pytest.raises(FileRefused, match="longer than"),
    ):
        usage_imports.import_file(session, file, at=AT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024**2


def test_a_character_that_no_invoice_can_print_is_refused_at_its_place(session, acme):
    content = a_file(a_row(sku="M10 São Paulo – größer"), a_row(external_id="u-2", sku="M10 東京"))
    assert errors_of(session, content) == [(3, "sku", "“京” cannot be printed on an invoice")]
    assert counts(session) == (0, 0)


def test_of_a_file_that_is_refused_anyway_no_more_names_are_read():
    with usage_files.opened(io.BytesIO(a_file(*[a_row()] * 3, *["acme"] * 1_000)), "usage.csv") as file:
        assert list(usage_files.organizations_named(file, most_faulty=10)) == ["acme"] * 3
        assert file.content.readline() == b"acme\n"
