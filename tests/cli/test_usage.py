"""`flask usage import`: what a person at the terminal sees."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cli.usage import usage_commands
from portal.config.database import DatabaseSettings
from portal.models.usage import UsageImport, UsageRow
from portal.web import db
from tests.builders import a_closed_month, a_project, an_organization
from tests.usage_texts import a_file, a_row


@pytest.fixture
def flask_usage(database_url, session):
    """Runs `flask usage …` on a database with the organization acme."""
    a_project(session, an_organization(session, "acme"))
    session.commit()
    app = Flask("test")
    db.init_app(app, database_url, DatabaseSettings())
    app.cli.add_command(usage_commands)
    yield lambda *arguments, **options: app.test_cli_runner().invoke(args=["usage", *map(str, arguments)], **options)
    app.extensions["database"].dispose()


@pytest.fixture
def usage_file(tmp_path):
    """A sound file of two rows."""
    path = tmp_path / "usage.csv"
    path.write_bytes(a_file(a_row(), a_row(external_id="u-2")))
    return path


def count(session, table):
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))


def test_a_file_is_stored_and_the_same_file_again_changes_nothing(flask_usage, session, usage_file):
    first = flask_usage("import", usage_file)
    assert (first.exit_code, first.stdout) == (0, f"{usage_file}: rows: 2, new: 2, stored already: 0.\n")
    assert first.stderr == ""
    again = flask_usage("import", usage_file)
    assert (again.exit_code, again.stdout) == (0, f"{usage_file}: nothing changed; every row is stored already.\n")
    assert (count(session, UsageRow), count(session, UsageImport)) == (2, 1)
    assert session.scalars(select(UsageImport.name)).all() == ["usage.csv"]


def test_a_file_comes_in_through_a_pipe(flask_usage, session):
    result = flask_usage("import", "-", input=a_file(a_row()))
    assert (result.exit_code, count(session, UsageRow)) == (0, 1)
    assert result.stdout.startswith("standard input: ")


def test_a_bad_file_is_refused_with_every_error_on_a_line_and_nothing_is_stored(flask_usage, session, usage_file):
    usage_file.write_bytes(a_file(a_row(), a_row(quantity="1e400", external_id="u-2"), "acme"))
    result = flask_usage("import", usage_file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"{usage_file}:3: quantity: “1e400” is not a plain decimal number such as 24 or 0.0125",
        f"{usage_file}:4: line: 10 values are expected, not 1",
        f"{usage_file}: refused; nothing was stored.",
    ]
    assert (count(session, UsageRow), count(session, UsageImport)) == (0, 0)


def test_after_a_hundred_errors_it_says_that_there_are_more(flask_usage, usage_file):
    usage_file.write_bytes(a_file(*["acme"] * 101))
    lines = flask_usage("import", usage_file).stderr.splitlines()
    assert (len(lines), lines[100]) == (102, f"{usage_file}: and more after these 100 errors.")


def test_rows_of_a_closed_month_are_told_with_where_they_are_posted(flask_usage, session, tmp_path, usage_file):
    borealis = an_organization(session, "borealis")
    a_project(session, borealis)
    a_closed_month(session, borealis, date(2024, 1, 1))
    session.commit()
    usage_file.write_bytes(a_file(a_row(), a_row(organization="borealis")))
    lines = flask_usage("import", usage_file).stdout.splitlines()
    assert lines[1:] == ["borealis: 2024-01 is closed; new rows of it, posted on the first day of 2024-02: 1."]


def test_what_a_spreadsheet_wrote_needs_its_option(flask_usage, usage_file):
    usage_file.write_bytes(b"\xef\xbb\xbf" + a_file(a_row()).replace(b"\n", b"\r\n"))
    refused = flask_usage("import", usage_file)
    assert refused.exit_code == 1
    assert "--from-spreadsheet" in refused.stderr
    assert flask_usage("import", "--from-spreadsheet", usage_file).exit_code == 0


def test_a_file_that_is_not_there_is_named(flask_usage, tmp_path):
    result = flask_usage("import", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "none.csv" in result.stderr
