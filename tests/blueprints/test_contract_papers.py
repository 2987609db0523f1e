"""The papers of a contract: on the page of subscriptions, as files, and the upload of the signed agreement."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from portal import clock, database
from portal.services import contracts, subscriptions
from tests import customers
from tests.billed import MEMBER, VIEWER, customer_of, make_documents
from tests.contracts import activate, terms
from tests.pages import Visitor
from tests.papers import SIGNED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask
    from werkzeug.test import TestResponse

    from tests.world import World

DATABASES = ("sqlite",)
# Three of them are about papers, however many there are.
QUERIES = 22
AS = "boundary=part"
PAGE = "/orgs/acme/billing/subscriptions"
SALES, FINANCE = "sales@portal.example", "billing@portal.example"


def multipart(fields: Mapping[Any, Any], content: bytes, name: str) -> bytes:
    """A form with a file as a browser sends it; the test client would leave a large one open."""
    parts = [
        f'--part\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()
    ]
    file = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return "".join([*parts, file]).encode() + content + b"\r\n--part--\r\n"


@pytest.fixture
def desk(app: Flask, world: World) -> str:
    """Where staff upload the agreement of a prepaid contract that began 40 days ago and was amended today."""
    today = clock.today()
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        customers.live_at(session, customer)
        agreed = terms("prepaid", "5000.00", starts_on=today - timedelta(days=40))
        subscription = activate(session, customer, agreed)
        contract = contracts.of_subscription(session, subscription)
        changes = {"purchase_order": "PO-7"}
        subscriptions.agree(session, contract, changes, at=clock.now(), by=None, reason="asked for")
        return f"/staff/organizations/{customer.organization.hex_id}/contracts/{subscription.hex_id}/agreement"


@pytest.fixture
def upload(app: Flask, desk: str) -> Callable[..., TestResponse]:
    staff = Visitor(app)
    staff.sign_in(SALES)

    def upload(content: bytes, name: str = "signed.pdf") -> TestResponse:
        form = {field["name"]: field["value"] for field in staff.get(desk).soup.select("main form input[type=hidden]")}
        return staff.client.post(desk, data=multipart(form, content, name), content_type=f"multipart/form-data; {AS}")

    return upload


def test_the_page_lists_them_with_what_holds_and_what_is_overdue(visitor, desk, upload):
    upload(SIGNED)
    visitor.sign_in(VIEWER)
    rows = [row.get_text(" ", strip=True) for row in visitor.get(PAGE, budget=QUERIES).soup.select("main tbody tr")]
    of_papers = [row for row in rows if "PDF" in row]
    year = clock.today().year
    assert [row.split(" ", 3)[:3] for row in of_papers[:2]] == [
        ["Order", "form", f"OF-{year}-000002"],
        ["Order", "form", f"OF-{(clock.today() - timedelta(days=40)).year}-000001"],
    ]
    assert ["In force" in row for row in of_papers] == [True, False, False, True]
    assert "Replaced" in of_papers[1]
    assert "Overdue" in of_papers[2]
    assert of_papers[3].startswith("signed.pdf")


def test_every_file_on_the_page_can_be_downloaded(app, visitor, desk, upload):
    upload(SIGNED)
    make_documents(app)
    visitor.sign_in(VIEWER)
    links = [str(link["href"]) for link in visitor.get(PAGE, budget=QUERIES).soup.select("main a[href$='.pdf']")]
    assert len(links) == 4
    for link in links:
        answer = visitor.client.get(link)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), link
        assert answer.headers["Content-Disposition"].startswith("attachment; "), link
        assert ("tax-invoice" in link) == ("tax" in link)
        assert link.startswith("/orgs/acme/")
    order_form = PdfReader(io.BytesIO(visitor.client.get(links[0]).data))
    assert "Purchase order PO-7" in " ".join(order_form.pages[0].extract_text().split())
    assert not any(word in links[0] for word in ("tax", "invoice"))


def test_the_agreement_comes_back_to_the_byte_and_can_do_nothing(visitor, desk, upload):
    upload(SIGNED)
    visitor.sign_in(VIEWER)
    (link,) = [link["href"] for link in visitor.get(PAGE, budget=QUERIES).soup.select("main a[href*='/agreements/']")]
    answer = visitor.client.get(link)
    assert answer.data == SIGNED
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="agreement-1.pdf"'


def test_members_without_billing_are_refused_and_strangers_find_nothing(app, visitor, desk, upload):
    upload(SIGNED)
    make_documents(app)
    visitor.sign_in(VIEWER)
    links = [str(link["href"]) for link in visitor.get(PAGE, budget=QUERIES).soup.select("main a[href$='.pdf']")]
    for email, status in ((MEMBER, 403), ("super_admin@borealis.example", 404)):
        other = Visitor(app)
        other.sign_in(email)
        for link in links:
            assert other.client.get(link).status_code == status, (email, link)
            assert other.client.get(link.replace("/acme/", "/borealis/")).status_code == 404, (email, link)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Choose a PDF file."),
        (b"<html>%PDF-1.4</html>", "The file is not a PDF."),
        (SIGNED + b" " * 10_500_000, "The file is larger than 10 MB."),
    ],
    ids=["nothing", "a page", "too large"],
)
def test_what_is_no_agreement_is_refused_beside_the_field(app, desk, upload, content, reason):
    answer = upload(content, "signed.pdf" if content else "")
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.data, "html.parser")
    (field,) = soup.select("input[type=file]")
    assert field["aria-invalid"] == "true"
    error = soup.find(id="file-error")
    assert error
    assert reason in error.get_text()
    assert "No agreement yet" in soup.get_text()


def test_the_upload_says_so_and_keeps_earlier_ones(upload):
    upload(SIGNED)
    answer = upload(SIGNED.replace(b"-1.4", b"-1.7"), "amended.pdf")
    assert answer.status_code == 303
    page = upload(b"")
    rows = [row.get_text(" ", strip=True) for row in BeautifulSoup(page.data, "html.parser").select("tbody tr")]
    assert rows[0].startswith("amended.pdf 2, in force")
    assert rows[1].startswith("signed.pdf 1")


def test_a_form_sent_twice_is_one_version(app, desk, upload):
    staff = Visitor(app)
    staff.sign_in(SALES)
    form = {field["name"]: field["value"] for field in staff.get(desk).soup.select("main form input[type=hidden]")}
    for _ in range(2):
        assert staff.client.post(desk, data={**form, "file": (io.BytesIO(SIGNED), "a.pdf")}).status_code == 303
    assert len(staff.get(desk).soup.select("main tbody tr")) == 1


def test_only_sales_uploads(app, desk):
    staff = Visitor(app)
    staff.sign_in(FINANCE)
    assert staff.client.get(desk).status_code == 403
