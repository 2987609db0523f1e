"""Preview: a contract and expected usage become months of invoices, the same as `flask simulate` comes to."""

from __future__ import annotations

import io
import json
from typing import Any

import click.testing
import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.cli.simulate import simulate_command
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.throttles import PREVIEW, Hit
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import throttles
from portal.web import formatting
from tests import scenarios
from tests.billed import MEMBER, OWNER, VIEWER, customer_of
from tests.customers import live_at, pay_by
from tests.previewed import PAGE, STAFF, address

DATABASES = ("sqlite",)

SALES = "sales@portal.example"


@pytest.fixture
def owner(visitor):
    visitor.sign_in(OWNER)
    return visitor


def row(page, month):
    """The cells of a month's row in the table of months."""
    table = page.soup.select_one("[aria-labelledby=months-head] table")
    [found] = [line for line in table.select("tbody tr") if " ".join(line.th.text.split()) == month]
    return [" ".join(cell.text.split()) for cell in found.find_all("td")]


def error(page, field):
    """What stands beside the field."""
    assert page.status == 422
    found = page.soup.find(id=f"{field}-error")
    assert found, page.text
    return " ".join(found.text.split())


def test_twelve_months_show_usage_bills_taxes_totals_and_what_is_left(owner):
    page = owner.get(address())
    # MC1: 600 of 1,000 used, the commitment is charged, and 11,400 can still be used.
    assert row(page, "January 2027") == ["600.00", "1,000.00", "11,400.00", "€173.85", "€1,088.85", "1"]
    # 1,500 used: 1,000 commitment, 400 left over from January, 100 above it.
    assert row(page, "February 2027") == ["1,500.00", "1,100.00", "9,900.00", "€191.24", "€1,197.74", "1"]
    assert len(page.soup.select("[aria-labelledby=months-head] tbody tr")) == 12
    assert "$600.00 used, $1,000.00 committed: the commitment is charged." in page.text


@pytest.mark.parametrize(
    ("email", "path", "status"),
    [(VIEWER, PAGE, 200), (MEMBER, PAGE, 403), (SALES, STAFF, 200), ("support@portal.example", STAFF, 403)],
)
def test_the_page_is_open_to_who_sees_billing_and_to_nobody_else(visitor, email, path, status):
    visitor.sign_in(email)
    assert visitor.get(address(path)).status == status


def test_the_form_begins_with_what_is_known_of_the_organization(app, world, owner):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        live_at(session, customer, "AT", region="Wien", tax_id="ATU12345675")
        pay_by(session, customer, "paypal_ok", on=world.organizations["acme"].created_at.date())
    page = owner.get(f"{PAGE}?type=prepaid")
    assert not page.soup.find(id="months-head")
    assert {name: page.soup.find(id=name)["value"] for name in ("country", "region", "tax_id")} == {
        "country": "Austria", "region": "Wien", "tax_id": "ATU12345675",
    }  # fmt: skip
    assert [page.soup.find(id=name).find(selected=True)["value"] for name in ("type", "pays_by")] == [
        "prepaid", "paypal_ok",
    ]  # fmt: skip


def test_the_scenario_file_of_a_preview_is_simulated_to_the_same_figures(owner, tmp_path):
    kinds = ("monthly_commitment", "flex_commitment", "prepaid", "gcp_monthly_commitment", "none")
    pages = [owner.get(address(type=kind, starts="2027-01-12", growth="7.5", shown="4")) for kind in kinds]
    files = [tmp_path / f"{kind}.json" for kind in kinds]
    for page, file in zip(pages, files, strict=True):
        file.write_bytes(page.click("Download as scenario file").answer.data)
    printed = click.testing.CliRunner().invoke(simulate_command, [*map(str, files)])
    assert printed.exit_code == 0, printed.stderr
    for page, line in zip(pages, printed.stdout.splitlines(), strict=True):
        invoices = json.loads(line)["invoices"]
        assert len(invoices) == 4
        for one in invoices:
            shown = row(page, formatting.month(Month.parse(one["period"])).replace("\xa0", " "))
            billed = Money.total((Money.of(payment["billed"], USD) for payment in one["payments"]), USD)
            assert shown[:2] == [formatting.amount(Money.of(one["usage"], USD)), formatting.amount(billed)]
            for payment in one["payments"]:
                total = Money.of(payment["total"], payment["currency"])
                assert formatting.money(total) in page.text or not payment["tax_invoice"]


WRONG = [
    ("commitment", "0", "Enter a number above 0."),
    ("commitment", "", "Enter the commitment in US dollars."),
    ("commitment", "12.000,00", "Write a number with a dot, for example 1300.00."),
    ("months", "0", "Enter a number from 1 to 60."),
    ("months", "", "Enter the term in months."),
    ("shown", "61", "Enter a number from 1 to 60."),
    ("usage", "many", "“many”: Write a number with a dot, for example 1300.00."),
    ("usage", " ", "Enter the usage of a month, or of up to 60 months, one a line."),
    ("usage", "\n".join(["1"] * 61), "Enter the usage of a month, or of up to 60 months, one a line."),
    ("unit_price", "0", "Enter a number above 0."),
    ("starts", "2027-02-30", "Enter a day that exists, as YYYY-MM-DD."),
    ("starts", "1999-12-31", "A day of the years 2000 to 2199 is expected."),
    ("country", "Atlantis", "Choose a country from the list."),
    ("currency", "ABC", "Choose one of the list."),
    ("tax_id", "x" * 50, "Enter at most"),
    ("compare", ["prepaid", "elastic", "none", "marketplace"], "Choose at most 3."),
    ("compare", ["gold"], "Choose from the list."),
]


def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(owner):
    for field, value, said in WRONG:
        given: dict[str, Any] = {field: value}
        page = owner.get(address(**given))
        assert said in error(page, field)
        assert not page.soup.find(id="months-head")
        control = page.soup.find(id=field)
        if field not in {"currency", "compare"}:
            assert (control.get("value") or control.text).strip() == str(value).strip()


def test_a_country_that_taxes_by_province_asks_for_it_beside_the_field(owner):
    assert error(owner.get(address(country="Canada", region="")), "region")


def test_types_are_compared_with_the_same_usage_and_the_cheapest_is_marked(owner):
    page = owner.get(address(compare=["elastic", "none"], currency="USD", shown="2"))
    lines = [" ".join(line.text.split()) for line in page.soup.select("[aria-labelledby=compared-head] tbody tr")]
    # 1,000.00 and 1,100.00 at 0.915, 600.00 and 1,500.00 at 1, of which a card is charged as much.
    assert lines == [
        "Monthly Commitment Cheapest $1,921.50 $365.09 –none",
        "Elastic $2,100.00 $399.00 $178.50",
        "No contract $2,100.00 $399.00 $178.50",
    ]
    assert "Costs in several currencies are not compared." in owner.get(address(compare="none", shown="1")).text


def test_a_prepaid_contract_shows_its_tax_invoice_before_the_months(owner):
    page = owner.get(address(type="prepaid"))
    assert row(page, "Prepayment€10,980.00 before taxes")[3:] == ["€2,086.20", "€13,066.20", "1"]
    assert row(page, "January 2027") == ["600.00", "600.00", "11,400.00", "–none", "–none", "–none"]


def test_a_vendor_whose_months_are_not_invoiced_here_has_nothing_to_preview(visitor):
    visitor.sign_in("super_admin@borealis.example")
    assert "Nothing to preview" in visitor.get("/orgs/borealis/billing/preview").text
    assert visitor.get(address("/orgs/borealis/billing/preview/scenario.json")).status == 422


def test_nothing_of_a_preview_is_kept(app, owner):
    owner.get(address())
    with database.reading(app.extensions["database"])() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 3
        assert session.scalar(select(func.count()).select_from(Payment)) == 0


def test_who_asks_too_often_waits(app, world, owner):
    hit = Hit(PREVIEW, str(world.person(OWNER).user_id))
    with database.writing(app.extensions["database"]).begin() as session:
        assert not any(throttles.count(session, [hit], at=clock.now()) for _ in range(PREVIEW.attempts - 1))
    assert [owner.get(address(shown="1")).status for _ in range(2)] == [200, 429]


def upload(visitor, content):
    form = visitor.get(STAFF).soup.find("form", action=f"{STAFF}/file")
    token = form.find("input", attrs={"name": "csrf_token"})["value"]
    return visitor.post(f"{STAFF}/file", {"csrf_token": token, "file": (io.BytesIO(content), "offer.json")})


def test_staff_play_a_scenario_file_and_read_where_it_is_wrong(visitor):
    visitor.sign_in(SALES)
    scenario = scenarios.a_scenario(
        scenarios.contract("2024-01-01", "monthly_commitment", "12000.00", elastic=True),
        scenarios.usage("2024-01-10", "600.00"),
        until="2024-02-01",
    )
    page = upload(visitor, json.dumps(scenario).encode())
    assert row(page, "January 2024")[:3] == ["600.00", "1,000.00", "11,400.00"]
    scenario["timeline"][0]["commitment"] = "0.00"
    assert error(upload(visitor, json.dumps(scenario).encode()), "file").startswith("timeline[0].commitment: ")
    assert error(upload(visitor, b"{"), "file").startswith("line 1: ")
    assert error(upload(visitor, b""), "file") == "Choose a scenario file."
    late = scenarios.a_scenario(scenarios.usage("2024-01-10", "1.00"), until="2030-01-01")
    assert error(upload(visitor, json.dumps(late).encode()), "file").startswith("until: a preview plays at most 60")
