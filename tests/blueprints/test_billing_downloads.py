"""The files of an invoice as a browser gets them: true figures, the same bytes each time, for members only."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from portal import database
from portal.gateways.queue import Queue
from portal.models.documents import TaxInvoice
from portal.models.invoices import Invoice
from tests import customers
from tests.billed import MEMBER, VIEWER, Billed, bill_acme, customer_of, make_documents
from tests.pages import Visitor

if TYPE_CHECKING:
    from flask import Flask

    from tests.world import World

BILLING = "/orgs/acme/billing"


@pytest.fixture
def billed(app: Flask, world: World) -> Billed:
    with database.writing(app.extensions["database"]).begin() as session:
        return bill_acme(session, world)


@pytest.fixture
def viewer(visitor: Visitor, billed: Billed) -> Visitor:
    visitor.sign_in(VIEWER)
    return visitor


@pytest.fixture
def made(app: Flask, billed: Billed) -> None:
    """Every document has its file."""
    make_documents(app)


@pytest.fixture
def march(app: Flask, billed: Billed) -> Invoice:
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(Invoice).where(Invoice.number == billed.numbers["2024-03"])).one()


@pytest.fixture
def tax_invoice(app: Flask, billed: Billed) -> TaxInvoice:
    """That of March's elastic part, in euros."""
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(TaxInvoice).where(TaxInvoice.currency == "EUR")).one()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def addresses(march: Invoice, tax_invoice: TaxInvoice) -> list[str]:
    return [
        f"{BILLING}/invoices/{march.number}/cloud-invoice.pdf",
        f"{BILLING}/tax-invoices/{tax_invoice.number}/tax-invoice.pdf",
        f"{BILLING}/invoices/{march.number}/usage.csv",
    ]


def test_both_pdfs_are_linked_from_the_invoice_and_carry_the_figures_of_the_database(viewer, made, march, tax_invoice):
    page = viewer.get(f"{BILLING}/invoices/{march.number}")
    links = [str(link["href"]) for link in page.soup.select("main a[href$='.pdf']")]
    cloud, tax = addresses(march, tax_invoice)[:2]
    assert cloud in links
    assert tax in links
    assert "tax" not in cloud
    assert "tax-invoice" in tax
    cloud_text, tax_text = text_of(viewer.client.get(cloud).data), text_of(viewer.client.get(tax).data)
    for text in (march.number, "300.05", "200.05", "100.00"):
        assert text in cloud_text
    assert (tax_invoice.net_minor, tax_invoice.tax_minor, tax_invoice.total_minor) == (18305, 3478, 21783)
    for text in (tax_invoice.number, "183.05", "34.78", "217.83", "0.915", march.number):
        assert text in tax_text


def test_a_file_comes_as_an_attachment_named_by_its_number_and_stays_out_of_caches(viewer, made, march, tax_invoice):
    kinds = ("application/pdf", "application/pdf", "text/csv")
    names = (f"{march.number}.pdf", f"{tax_invoice.number}.pdf", f"{march.number}.csv")
    for path, kind, name in zip(addresses(march, tax_invoice), kinds, names, strict=True):
        answer = viewer.client.get(path)
        assert answer.mimetype == kind
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_document_is_the_same_bytes_each_time(viewer, made, march, tax_invoice):
    for path in addresses(march, tax_invoice)[:2]:
        once, again = viewer.client.get(path), viewer.client.get(path)
        assert (once.data, once.headers["ETag"]) == (again.data, again.headers["ETag"])
        known = viewer.client.get(path, headers={"If-None-Match": once.headers["ETag"]})
        assert (known.status_code, known.data) == (304, b"")


def test_a_document_without_a_file_is_drawn_by_a_worker_and_not_by_the_web_process(
    app, viewer, settings, march, tax_invoice, tmp_path
):
    for path, number in zip(addresses(march, tax_invoice), (march.number, tax_invoice.number), strict=False):
        file = tmp_path / f"{number}.sqlite"
        with closing(Queue(f"sqlite:///{file}")) as queue:
            app.extensions["queue"] = queue
            page = viewer.get(path)
        assert (page.status, page.answer.headers["Retry-After"]) == (503, "5")
        assert (page.h1, number in page.text) == ("This document is being made", True)
        assert not list(Path(settings.files_dir).rglob("*.pdf"))
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT data FROM task").fetchall() == [(b"portal.gateways.queue.documents",)]
    make_documents(app)
    assert page.click("Try again").answer.mimetype == "application/pdf"


def test_a_file_that_was_changed_in_the_archive_is_not_handed_out(app, viewer, made, settings, march, tax_invoice):
    (path,) = Path(settings.files_dir).rglob(f"{march.number}.pdf")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"%")
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert viewer.client.get(addresses(march, tax_invoice)[0]).status_code == 500


def test_the_csv_adds_up_to_the_invoice(viewer, march):
    answer = viewer.client.get(f"{BILLING}/invoices/{march.number}/usage.csv")
    text = answer.get_data(as_text=True)
    assert text.count("\r\n") == len(text.splitlines())
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sum(Decimal(row["Amount"]) for row in rows) == Decimal(march.subtotal_cents - march.credits_cents) / 100
    first = rows[0] | {"Organization ID": "", "Project ID": ""}
    assert {name: value for name, value in first.items() if value} == {
        "Organization Name": "Acme", "Date": "2024-03-20", "Usage Date": "2024-03-20", "Description": "Clusters, AWS",
        "SKU": "M30", "Quantity": "200.05", "Unit": "hour", "Unit Price": "1.00", "Amount": "200.05", "Project": "lab",
    }  # fmt: skip


def test_a_member_is_refused_and_strangers_find_nothing(app, march, tax_invoice):
    for email, status in ((MEMBER, 403), ("super_admin@borealis.example", 404)):
        visitor = Visitor(app)
        visitor.sign_in(email)
        for path in addresses(march, tax_invoice):
            assert visitor.client.get(path).status_code == status, (email, path)
    for path in addresses(march, tax_invoice):
        assert app.test_client().get(path).location.startswith("/sign-in")


def test_anothers_documents_do_not_exist_under_ones_own_name(app, world, viewer, billed):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "borealis")
        customers.live_at(session, customer)
        customers.use(session, customer, customers.START, "5")
        number = customers.close(session, customer, "2024-01")[0].number
        own = select(TaxInvoice.number).where(TaxInvoice.organization_id == customer.organization.id)
        tax_number = session.scalars(own).one()
    for path in (
        f"{BILLING}/invoices/{number}/cloud-invoice.pdf",
        f"{BILLING}/invoices/{number}/usage.csv",
        f"{BILLING}/tax-invoices/{tax_number}/tax-invoice.pdf",
        f"{BILLING}/tax-invoices/{billed.numbers['2024-03']}/tax-invoice.pdf",
        f"{BILLING}/invoices/nothing/cloud-invoice.pdf",
    ):
        assert viewer.client.get(path).status_code == 404, path
