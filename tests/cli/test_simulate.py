"""`flask simulate` as it is called: what stands on standard output, on standard error, and in the exit status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click.testing
import pytest

from portal.cli.simulate import simulate_command
from tests.scenarios import a_scenario, an_address, elastic, step, usage

ROOT = Path(__file__).resolve().parents[2]
FLASK = Path(sys.executable).with_name("flask")
JANUARY = a_scenario(elastic("2024-01-01"), usage("2024-01-10", "1234.56"), until="2024-02-01")


@pytest.fixture
def file(tmp_path):
    """Writes a scenario, or any text, to a file of that name."""

    def write(content, name="offer.json"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write


def simulate(*files):
    return click.testing.CliRunner().invoke(simulate_command, [str(file) for file in files])


def refused(*files):
    """The one line that a refused run leaves behind."""
    result = simulate(*files)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_it_runs_without_settings_and_prints_one_json_document_and_nothing_else(file):
    offer = file(JANUARY)
    run = subprocess.run(
        [FLASK, "--app", "wsgi", "simulate", offer], cwd=ROOT, env={}, capture_output=True, check=False, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.count(b"\n") == 1
    answer = json.loads(run.stdout)
    assert list(answer) == ["invoices", "tax_invoices", "credits", "orders", "cases", "events", "organization"]
    assert answer["invoices"][0] == {
        "period": "2024-01",
        "number": "CI-2024-000001",
        "billing_group": None,
        "status": "INVOICED",
        "usage": "1234.56",
        "subtotal": "1234.56",
        "credits": "0.00",
        "lines": [{"project": "shop", "service": "Clusters", "amount": "1234.56"}],
        "payments": [
            {
                "method": "elastic", "usage": "1234.56", "billed": "1234.56", "unit_price": "1", "currency": "USD",
                "net": "1234.56", "taxes": [], "total": "1234.56", "due": "1234.56", "status": "INVOICED",
                "tax_invoice": "TI-2024-000001",
                "explain": {"usage": "1234.56", "covered_elsewhere": "0.00", "charged": "1234.56"},
            }
        ],
    }  # fmt: skip


def test_the_real_database_is_not_opened(file, tmp_path):
    database = tmp_path / "portal.sqlite"
    settings = {"DATABASE_URL": f"sqlite:///{database}"}
    command = [FLASK, "--app", "wsgi", "simulate", file(JANUARY)]
    subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, check=True, timeout=60)
    assert not database.exists()
    # Nobody answers there: whoever tried to connect would fail.
    settings = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, check=True, timeout=60)


def unnumbered(*files):
    """What is printed, without the numbers of documents: files that play together share their series."""
    return re.sub(r"(?<=[CT]I-2024-)[0-9]{6}", "…", simulate(*files).stdout)


def test_several_files_are_a_document_a_line_in_the_order_given_and_do_not_disturb_each_other(file):
    other = a_scenario(usage("2024-01-10", "7.00"), until="2024-04-01", payment_method=None)
    first, second = file(JANUARY, "b.json"), file(other, "a.json")
    alone = [unnumbered(first), unnumbered(second)]
    assert unnumbered(first, second) == "".join(alone)
    assert unnumbered(second, first, second) == "".join((alone[1], alone[0], alone[1]))


def test_none_is_printed_when_one_is_refused(file):
    good, bad = file(JANUARY, "good.json"), file(JANUARY | {"until": "2024-02-30"}, "bad.json")
    assert refused(good, bad) == f"{bad}: until: the calendar has no 2024-02-30\n"


def test_many_files_are_shared_among_the_processors_and_come_out_in_the_order_given(file):
    files = [
        file(a_scenario(usage("2024-01-10", f"{number}.00"), until="2024-02-01"), f"{number}.json")
        for number in range(25)
    ]
    answers = [json.loads(line) for line in simulate(*files).stdout.splitlines()]
    assert [answer["invoices"][0]["usage"] for answer in answers] == [f"{number}.00" for number in range(25)]
    bad = [file("{}", name) for name in ("x.json", "y.json")]
    assert refused(*files, *bad) == f"{bad[0]}: catalogue: is missing\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: valid JSON is expected"),
        ("{", "line 1: valid JSON is expected"),
        ("[]", "a table of named values is expected"),
        ('{"until": NaN}', "until: valid JSON is expected, which has no NaN"),
        ('{"until": -Infinity}', "until: valid JSON is expected, which has no -Infinity"),
        ('{"until": "2024-01-01", "until": "2024-01-01"}', "until: stands twice in one table"),
        ('{"timeline": [{}, {"amount": "1", "amount": "2"}]}', "timeline[1].amount: stands twice in one table"),
        ('{"catalogue": 1e400}', "catalogue: a text is expected"),
        ('{"catalogue": ' + "9" * 5000 + "}", "catalogue: a text is expected"),
        ('{"catalogue": "\\ud800"}', "a text in UTF-8 is expected"),
        ("[" * 100_000, "fewer tables inside each other are expected"),
        (b"\xff\xfe", "a text in UTF-8 is expected"),
        (b"\xef\xbb\xbf{}", "line 1: valid JSON is expected"),
    ],
)
def test_what_is_not_sound_json_is_refused_in_one_line(file, content, said):
    path = file(content)
    assert refused(path).startswith(f"{path}: {said}")


def test_a_name_of_two_lines_still_makes_one(file):
    assert "offer new.json: " in refused(file("{", "offer\nnew.json"))


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path):
    assert refused(tmp_path / "offer.json") == (
        f"{tmp_path / 'offer.json'}: the file cannot be read (No such file or directory)\n"
    )
    assert "cannot be read" in refused(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"catalogue": "aiven"}, "timeline[0]: Aiven has no subscription of the type elastic."),
        ({"catalogue": "mysql"}, "catalogue: one of"),
        ({"timeline": [step("2024-01-01", "metric")]}, 'timeline[0].do: "metric" is not there yet'),
        ({"timeline": [elastic("2024-01-01", type="flex_commitment")]}, "timeline[0].months: is missing"),
        ({"timeline": [elastic("2024-01-01", support_plan="gold")]}, "timeline[0].support_plan: one of"),
        ({"timeline": [elastic("2024-01-01"), {"no\nkey": 1}]}, "timeline[1].do: is missing"),
        (
            {"timeline": [step("2024-01-01", "set_address", address=an_address("XX", ""))]},
            "timeline[0].address.country: “XX” is not the two-letter code of a country",
        ),
        ({"projects": ["shop", *(f"p{number}" for number in range(250))]}, "projects: Acme GmbH has 250 projects"),
    ],
)
def test_what_cannot_be_played_is_refused_at_its_place(file, changed, said):
    path = file(JANUARY | changed)
    assert refused(path).startswith(f"{path}: {said}")


def test_an_address_that_leaves_the_tax_open_is_refused(file):
    path = file(a_scenario(until="2024-02-01", address=an_address("CA", "Berlin")))
    assert refused(path).startswith(f"{path}: organization.address.region: The tax for CA depends on the province")


def test_more_than_an_invoice_can_hold_is_refused_at_its_month(file):
    steps = [usage("2024-01-05", "9000000000.00", service=f"s{n}") for n in range(3)]
    path = file(a_scenario(elastic("2024-01-01", elastic_unit_price="1000000"), *steps, until="2024-02-01"))
    assert refused(path).startswith(f"{path}: 2024-01: ")
