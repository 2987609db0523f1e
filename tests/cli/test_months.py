"""From a usage file to documents by commands alone, as an operator does it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.app import create_app
from portal.config import Settings
from portal.domain.periods import Month
from portal.models.billing_groups import BillingProfile
from portal.models.documents import DocumentFile
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Organization
from tests.usage_texts import a_file, a_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from sqlalchemy.orm import Session

ADDRESS = [
    "--country",
    "de",
    "--region",
    "Berlin",
    "--city",
    "Berlin",
    "--street",
    "Torstr.1",
    "--postal-code",
    "10119",
]


def make(flask: Callable[..., Result], slug: str, *options: str) -> Result:
    return flask("organization", "create", slug, "--name", slug.title(), "--catalogue", "atlas", *options)


def test_a_month_goes_from_a_file_to_documents(flask: Callable[..., Result], session: Session, tmp_path: Path) -> None:
    usage = tmp_path / "usage.csv"
    usage.write_bytes(a_file(a_row(), a_row(external_id="u-2", usage_date="2024-02-01", quantity="100")))
    assert make(flask, "acme", "--project", "shop", "--payment-method", "card_ok", *ADDRESS).exit_code == 0
    assert flask("usage", "import", str(usage)).exit_code == 0
    closed = flask("month", "close", "2024-01")
    assert closed.exit_code == 0, closed.output
    assert "acme: CI-" in closed.stdout
    assert "Charges made: 1. Documents made: 2." in closed.stdout
    again = flask("month", "close", "2024-01")
    assert again.stdout == "acme: nothing to close\nCharges made: 0. Documents made: 0.\n"
    total = session.scalar(select(func.sum(InvoiceLine.amount_cents)))
    assert session.scalars(select(Invoice.usage_cents)).all() == [1_296] == [total]
    assert session.scalar(select(func.count()).select_from(DocumentFile)) == 2
    assert len(list((tmp_path / "files").rglob("*.pdf"))) == 2


def test_an_organization_that_fails_does_not_stop_the_others(
    flask: Callable[..., Result], session: Session, tmp_path: Path
) -> None:
    usage = tmp_path / "usage.csv"
    usage.write_bytes(a_file(a_row(), a_row(organization="faulty")))
    make(flask, "faulty", "--project", "shop")
    make(flask, "acme", "--project", "shop", *ADDRESS)
    flask("usage", "import", str(usage))
    closed = flask("month", "close", "2024-01")
    assert closed.exit_code == 1
    assert "faulty: set aside. The organization has no billing address" in closed.stderr
    assert "acme: CI-" in closed.stdout
    assert session.scalar(select(func.count()).select_from(Invoice)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2024-13",), "2024-13 is not a month"),
        (("january",), "“january” is not a month. Write it as YYYY-MM"),
        (("2024-01", "--organization", "nobody"), "There is no organization “nobody”."),
    ],
)
def test_a_close_that_cannot_be_is_refused_in_one_line(
    flask: Callable[..., Result], arguments: tuple[str, ...], said: str
) -> None:
    refused = flask("month", "close", *arguments)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.output


def test_the_address_is_kept_in_its_tidy_form(flask: Callable[..., Result], session: Session) -> None:
    make(flask, "acme", *ADDRESS, "--tax-id", "DE136695976")
    (profile,) = session.scalars(select(BillingProfile))
    assert (profile.country, profile.city, profile.company, profile.tax_id) == ("DE", "Berlin", "Acme", "DE136695976")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--country", "XX"), "--country: Choose a country from the list."),
        (("--country", "US", "--region", "Texas", "--postal-code", "1"), "--postal-code: Enter a ZIP"),
        (("--country", "CA", "--region", "Texas"), "--region: Choose a province from the list."),
        (("--country", "DE"), "--street: "),
    ],
)
def test_a_bad_address_is_refused_option_by_option_and_nothing_is_made(
    flask: Callable[..., Result], session: Session, options: tuple[str, ...], said: str
) -> None:
    refused = make(flask, "acme", *options)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert session.scalars(select(Organization)).all() == []


def test_a_member_is_added_with_an_account(flask: Callable[..., Result]) -> None:
    make(flask, "acme")
    added = flask("organization", "add-member", "acme", "a@acme.example", "--role", "ORG_OWNER", "--password", "secret")
    assert (added.exit_code, added.stdout) == (0, "a@acme.example: member of acme.\n")
    unknown = flask("organization", "add-member", "acme", "b@acme.example", "--role", "KING", "--password", "secret")
    assert unknown.exit_code == 1
    assert "There is no role “KING”" in unknown.stderr


def test_upgrading_twice_is_upgrading_once(flask: Callable[..., Result]) -> None:
    for _ in range(2):
        upgraded = flask("db", "upgrade")
        assert (upgraded.exit_code, upgraded.stdout) == (0, "The database is at the newest migration.\n")


def test_a_demo_can_close_a_month_as_if_it_had_ended(flask: Callable[..., Result], session: Session) -> None:
    make(flask, "acme")
    today = date.today()  # noqa: DTZ011 - the command reads the real clock, too
    early = flask("month", "close", str(Month.of(today)))
    assert "has not ended yet" in early.stderr
    closed = flask("month", "close", str(Month.of(today)), "--as-of", str(Month.of(today).ends_before))
    assert closed.exit_code == 0, closed.output
    (invoice,) = session.scalars(select(Invoice))
    assert invoice.closed_at.date() == Month.of(today).ends_before


def test_in_production_documents_are_issued_on_their_own_day(database_url: str, tmp_path: Path) -> None:
    environ = {"MODE": "production", "SECRET_KEY": "x" * 40, "DATABASE_URL": database_url, "FILES_DIR": str(tmp_path)}
    app = create_app(Settings.from_environment(environ | {"BASE_URL": "https://portal.example"}, root=tmp_path))
    refused = app.test_cli_runner().invoke(args=["month", "close", "2024-01", "--as-of", "2024-02-01"])
    app.extensions["database"].dispose()
    assert refused.exit_code == 1
    assert "--as-of is for demos" in refused.stderr
