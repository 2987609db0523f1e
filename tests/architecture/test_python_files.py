"""Python files keep the rules of the house."""

from __future__ import annotations

import pytest

from tests.architecture import rules
from tests.architecture.sources import Source, breaches, python

BOTH = ("portal", "invoices")
EVERYTHING = (*BOTH, "tests", "scripts", "migrations/env.py", "wsgi.py")
MAY_COMMIT = ("portal/web/db.py", "portal/cli/", "portal/jobs/")
# The demo loads one scenario file of each catalogue by its name.
MAY_NAME_CATALOGUES = ("portal/demo.py", "portal/demo/", "portal/cli/demo.py")
MAY_READ_THE_CLOCK = ("portal/clock.py",)


def without(places, sources):
    return (source for source in sources if not source.path.startswith(places))


def test_a_file_is_read_in_one_sitting():
    found = breaches(python(*BOTH), rules.file_longer_than(250))
    assert not found, "Split the file by noun or by step: at most 250 lines."


def test_a_conftest_stays_short():
    files = (source for source in python("tests") if source.path.endswith("conftest.py"))
    found = breaches(files, rules.file_longer_than(150))
    assert not found, "Put builders and servers into modules of their own: a conftest has at most 150 lines."


def test_a_function_fits_on_a_screen():
    found = breaches(python(*BOTH), rules.function_longer_than(40))
    assert not found, "Name the steps and make them functions: at most 40 lines."


def test_a_route_is_guard_load_act_answer():
    found = breaches(python("portal/blueprints"), rules.route_longer_than(20))
    assert not found, "Move the work into a service or a view model: a route's body has at most 20 lines."


def test_only_the_edge_commits():
    found = breaches(without(MAY_COMMIT, python(*BOTH)), rules.commits)
    assert not found, "Let the caller commit: one request is one transaction, ended in web/db.py, a command or a job."


def test_nothing_asks_which_catalogue_it_is():
    found = breaches(without(MAY_NAME_CATALOGUES, python(*BOTH)), rules.names_a_catalogue)
    assert not found, "Make it a value in portal/catalogues/*.toml and ask for that value."


def test_money_is_counted_in_whole_units():
    found = breaches(python("portal/domain", "portal/services"), rules.counts_in_floats)
    assert not found, "Use Money, Decimal and round_half_up of portal/domain/money.py."


def test_time_comes_in_as_an_argument():
    found = breaches(without(MAY_READ_THE_CLOCK, python(*BOTH)), rules.reads_the_clock)
    assert not found, "Take `at` or `on` as an argument; routes, commands and jobs get it from portal.clock."


def test_the_core_imports_the_standard_library_and_stdnum_only():
    found = breaches(python("portal/domain"), rules.imports_beyond("portal.domain", "stdnum"))
    assert not found, "Let the value come in as an argument: whoever calls the core may import more."


def test_every_module_says_what_it_answers_for():
    found = breaches(python(*EVERYTHING), rules.lacks_a_docstring)
    assert not found, "Begin the file with a docstring of one line: what does this module answer for?"


def test_no_work_is_left_behind_in_comments():
    files = without(("tests/architecture/",), python(*EVERYTHING))
    found = breaches(files, rules.leaves_work_behind)
    assert not found, "Do it now, or open an issue and remove the mark."


def test_a_name_says_what_a_thing_is():
    found = breaches(python(*BOTH), rules.has_an_empty_name)
    assert not found, "Find the noun of docs/glossary.md: data, info, manager, helper, util and common name nothing."


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (rules.file_longer_than(1), "a = 1\nb = 2\n"),
        (rules.function_longer_than(1), "def f():\n    return 1\n"),
        (rules.route_longer_than(1), '@bp.get("/")\ndef f():\n    """Say."""\n    a = 1\n    return a\n'),
        (rules.commits, "session.commit()"),
        (rules.commits, "db.session().commit()"),
        (rules.names_a_catalogue, 'if organization.catalogue == "atlas": pass'),
        (rules.names_a_catalogue, "def aiven_tiers(): ..."),
        (rules.names_a_catalogue, "from portal.catalogues import neon"),
        (rules.counts_in_floats, "float(amount)"),
        (rules.counts_in_floats, "round(amount, 2)"),
        (rules.counts_in_floats, "rate * 0.19"),
        (rules.reads_the_clock, "datetime.datetime.now(UTC)"),
        (rules.reads_the_clock, "date.today()"),
        (rules.reads_the_clock, "mapped_column(server_default=sa.func.now())"),
        (rules.lacks_a_docstring, "import os"),
        (rules.lacks_a_docstring, '"""Two\nlines."""'),
        (rules.leaves_work_behind, "# TODO later"),
        (rules.has_an_empty_name, "def user_info(): ..."),
        (rules.has_an_empty_name, "class TaxManager: ..."),
        (rules.has_an_empty_name, "data = load()"),
        (rules.imports_beyond("portal.domain"), "from portal import models"),
        (rules.imports_beyond("portal.domain"), "import sqlalchemy"),
    ],
)
def test_each_rule_finds_what_it_forbids(rule, text):
    assert breaches([Source("portal/sample.py", text)], rule)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (rules.names_a_catalogue, '"""Roles, by atlas 1.2."""'),
        (rules.reads_the_clock, "clock.now()"),
        (rules.has_an_empty_name, "metadata = form.name.data"),
        (
            rules.imports_beyond("portal.domain", "stdnum"),
            "from portal.domain import money\nimport stdnum.eu.vat, decimal",
        ),
        (rules.lacks_a_docstring, ""),
    ],
)
def test_no_rule_finds_what_is_allowed(rule, text):
    assert breaches([Source("portal/sample.py", text)], rule) == []
