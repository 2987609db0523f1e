"""One customer, four times the same: the demo's database, `simulate` of its file, its Preview and its invoice pages."""

from __future__ import annotations

import io
import json
from datetime import date

import click.testing
import pytest
from sqlalchemy import select

from portal import catalogues, clock
from portal.app import create_app
from portal.cli.simulate import simulate_command
from portal.config import Settings
from portal.database import reading
from portal.domain import commitments
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.models.organizations import Organization
from portal.services import demo, simulation_answer
from portal.web import formatting
from tests.pages import Visitor
from tests.scenarios import simulate

DATABASES = ("sqlite",)

LABELS = catalogues.load("atlas").payment_labels


@pytest.fixture(scope="module")
def before():
    """What the demo's file comes to by the rules as they are."""
    return simulate(json.loads(demo.scenario_text("acme", today=clock.today())))


@pytest.fixture(scope="module", params=[0, 1], ids=["by the rules", "with a figure changed in the core"])
def cents_more(request, before):
    """How many cents more a month's share of a commitment is, everywhere in this process."""
    share_of = commitments.share_of

    def more(*args):
        return share_of(*args) + Money(request.param, USD)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(commitments, "share_of", more)
        yield request.param


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def app(databases, folder, cents_more):
    """The portal with the demo, without its documents, for tests that only look."""
    with databases.fresh() as url:
        environ = {"FILES_DIR": str(folder / "files"), "DATABASE_URL": url, "SECRET_KEY": "x" * 32}
        app = create_app(Settings.from_environment(environ, root=folder))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("portal.jobs.documents.render", lambda *_, **__: 0)
            result = app.test_cli_runner().invoke(args=["demo", "load"])
        assert result.exit_code == 0, result.output
        yield app
        app.extensions["database"].dispose()


@pytest.fixture(scope="module")
def simulated(app, folder):
    """What `flask simulate` prints for the file that the demo was made of."""
    printed = click.testing.CliRunner().invoke(simulate_command, [str(folder / "demo/acme.json")])
    assert printed.exit_code == 0, printed.stderr
    answer = json.loads(printed.stdout)
    assert sum(len(one["payments"]) for one in answer["invoices"]) >= 14
    return answer


def signed_in(app, email):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def words(tag):
    return " ".join(tag.get_text().split())


def shown(row):
    """Label, usage, billed usage and total of a payment as pages write them."""
    total = Money.of(row["total"], row["currency"])
    usage, billed = (formatting.amount(Money.of(row[key], USD)) for key in ("usage", "billed"))
    return LABELS[row["method"]], usage, billed, formatting.money(total)


def on_invoice_page(visitor, number):
    """The same of every payment on the page of an invoice, and the sentence below it."""
    page = visitor.get(f"/orgs/acme/billing/invoices/{number}", budget=20)
    found = []
    for line in page.soup.select("tr[id^=payment-]"):
        label = words(line.th).partition(" Issued")[0]
        cells = [words(line.find(attrs={"data-label": name})) for name in ("Usage", "Billed usage", "Total cost")]
        found.append(((label, *cells), words(line.find_next("tr", class_="explain").find("p"))))
    return found


def on_preview_page(visitor, content):
    """The same of every payment that the Preview of a scenario file explains, by month."""
    form = visitor.get("/staff/preview").soup.find("form", action="/staff/preview/file")
    token = form.find("input", attrs={"name": "csrf_token"})["value"]
    fields = {"csrf_token": token, "file": (io.BytesIO(content), "acme.json")}
    page = visitor.post("/staff/preview/file", fields)
    assert page.status == 200, page.text
    months = {}
    for one in page.soup.select("[aria-labelledby=explained-head] details"):
        name = words(one.summary).partition(":")[0]
        months[name] = [
            ((words(head), *figures(head.parent)), words(head.find_next("p"))) for head in one.find_all("h3")
        ]
    return months


def figures(block):
    """Usage, billed usage and total of a payment; what bears no money has no total of ours."""
    values = {words(line.dt): words(line.dd) for line in block.select("dl > div")}
    return values["Used here"].removeprefix("$"), values["Billed usage"].removeprefix("$"), values.get("Total", "$0.00")


def test_a_figure_of_the_core_is_one_of_the_answer(before, simulated, cents_more):
    now, then = (
        next(row for one in answer["invoices"] for row in one["payments"] if row["method"] == "monthly_commitment")
        for answer in (simulated, before)
    )
    assert Money.of(now["billed"], USD) == Money.of(then["billed"], USD) + Money(cents_more, USD)


def test_the_database_agrees_with_simulate_field_by_field(app, simulated, folder):
    until = date.fromisoformat(json.loads((folder / "demo/acme.json").read_text("utf-8"))["until"])
    with reading(app.extensions["database"])() as session:
        acme = session.scalars(select(Organization).where(Organization.slug == "acme")).one()
        assert simulation_answer.answer(session, acme, until=until) == simulated


def test_the_preview_and_every_invoice_page_show_the_rows_of_simulate_with_one_reason(app, simulated, folder):
    owner = signed_in(app, "owner@acme.example")
    preview = on_preview_page(signed_in(app, "sales@portal.example"), (folder / "demo/acme.json").read_bytes())
    assert len(preview) == len(simulated["invoices"])
    for one in simulated["invoices"]:
        expected = [shown(row) for row in one["payments"]]
        of_invoice = on_invoice_page(owner, one["number"])
        of_preview = preview[formatting.month(Month.parse(one["period"])).replace("\xa0", " ")]
        assert [row for row, _ in of_invoice] == expected
        assert of_preview == of_invoice
