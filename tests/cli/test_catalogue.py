"""`flask catalogue check`: what an operator sees of a file of their own (CAT-4)."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import catalogues
from portal.cli.catalogue import catalogue_commands
from portal.domain.support_policies import read_version


@pytest.fixture
def check():
    """Runs `flask catalogue check FILE` in an application that has no database."""
    app = Flask("test")
    app.cli.add_command(catalogue_commands)
    return lambda file: app.test_cli_runner().invoke(args=["catalogue", "check", str(file)])


@pytest.fixture
def own_file(tmp_path):
    """A catalogue of an operator's own."""
    path = tmp_path / "own.toml"
    path.write_text((catalogues.FOLDER / "neon.toml").read_text("utf-8").replace('"Neon"', '"Own"', 1), "utf-8")
    return path


def test_a_sound_file_is_summed_up_in_a_few_lines(check, own_file):
    answer = check(own_file)
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert len(lines) <= 12
    assert lines[0] == "Own: plans are bundled, invoices by organization."
    assert "Support plans: Community, Standard, Priority, Enterprise." in lines
    assert "Calendars: neon_doc." in lines
    assert "Consulting packages: none." in lines
    assert "Response targets: 8. Rules of change: 5." in lines


@pytest.mark.parametrize("name", catalogues.names())
def test_the_files_that_come_with_the_portal_are_sound(check, name):
    assert check(catalogues.FOLDER / f"{name}.toml").exit_code == 0


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('rank = 3\nobtained = "with_pricing_plan"', 'rank = 2\nobtained = "with_pricing_plan"',
         "support_plans.enterprise.rank: another rank than that of priority is expected"),
        ('calendar = "neon_doc"', 'calendar = "lunch"', "response_targets[0].calendar: one of "),
        ('title = "Own"', 'title = "Own', "valid TOML is expected ("),
        ('title = "Own"', 'titel = "Own"', "title: is missing"),
        ('title = "Own"', 'title = "Own"\ncolour = "blue"', "colour: is not known here"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_file_key_and_what_is_expected(check, own_file, good, bad, said):
    text = own_file.read_text("utf-8")
    assert good in text
    own_file.write_text(text.replace(good, bad, 1), "utf-8")
    answer = check(own_file)
    assert (answer.exit_code, answer.stdout) == (1, "")
    (line,) = answer.stderr.splitlines()
    assert line.startswith(f"{own_file}: {said}")


def test_a_file_that_is_not_there_or_no_text_is_said_so(check, tmp_path):
    assert check(tmp_path / "none.toml").stderr == (
        f"{tmp_path / 'none.toml'}: a file that can be read is expected (No such file or directory)\n"
    )
    (tmp_path / "latin.toml").write_bytes('title = "Grün"'.encode("latin-1"))
    answer = check(tmp_path / "latin.toml")
    assert (answer.exit_code, answer.stderr) == (1, f"{tmp_path / 'latin.toml'}: a text in UTF-8 is expected\n")


def test_the_whole_application_knows_the_command(flask, own_file):
    assert flask("catalogue", "check", str(own_file)).exit_code == 0


def test_a_policy_is_printed_with_its_tables_so_that_the_file_can_keep_them():
    app = Flask("test")
    app.cli.add_command(catalogue_commands)
    answer = app.test_cli_runner().invoke(args=["catalogue", "policy", "neon"])
    assert answer.exit_code == 0
    newest = catalogues.load_policies("neon")[-1]
    assert read_version(answer.stdout, source="printed", name=newest.version).title == newest.title
    assert "| Severity 1 (Critical) |" in answer.stdout
    assert "{" not in answer.stdout
