"""The usage of a closed invoice is drawn once: what can still change shows at once, and nobody gets another's."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from flask import g
from sqlalchemy import update

from portal import database
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.models.billing_groups import BillingGroup
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import billing_profiles
from portal.web import kept
from tests import customers
from tests.billed import MEMBER, OWNER, VIEWER, Billed, bill_acme
from tests.pages import Visitor, counted

if TYPE_CHECKING:
    from flask import Flask

    from tests.pages import Page
    from tests.world import World

DATABASES = ("sqlite",)
LIST = "/orgs/acme/billing/invoices"
PARTS = ("#usage-chart", "#usage-details", "section[aria-labelledby=by-project]", "section[aria-labelledby=by-service]")


@pytest.fixture
def billed(app: Flask, world: World) -> Billed:
    with database.writing(app.extensions["database"]).begin() as session:
        return bill_acme(session, world)


@pytest.fixture
def march(billed: Billed) -> str:
    """The address of an invoice with two projects."""
    return f"{LIST}/{billed.numbers['2024-03']}"


@pytest.fixture
def viewer(visitor: Visitor, billed: Billed) -> Visitor:
    visitor.sign_in(VIEWER)
    return visitor


def usage(page: Page) -> list[str]:
    return [str(page.soup.select_one(part)) for part in PARTS]


def text(page: Page) -> str:
    """The page without the tokens of its forms, which are others each second."""
    for token in page.soup.select("input[name=csrf_token]"):
        token.decompose()
    return str(page.soup)


def sidebar(page: Page) -> list[str]:
    return [" ".join(link.text.split()) for link in page.soup.select("#nav .nav a")]


def signed_in(app: Flask, email: str) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def test_the_second_look_shows_the_same_and_asks_less(app: Flask, viewer: Visitor, march: str) -> None:
    with counted(app) as first:
        before = viewer.get(march)
    with counted(app) as second:
        after = viewer.get(march)
    assert text(before) == text(after)
    assert "None" not in usage(before)
    assert [statement for statement in first if "invoice_lines" in statement]
    assert not [statement for statement in second if "invoice_lines" in statement]


def test_a_status_that_changed_shows_at_once(app: Flask, viewer: Visitor, march: str) -> None:
    assert "Invoiced" in viewer.get(march).text
    with database.writing(app.extensions["database"]).begin() as session:
        changed = update(Invoice).where(Invoice.number == march.rpartition("/")[2])
        session.execute(changed.values(status=InvoiceStatus.FORGIVEN))
    badge = viewer.get(march).soup.select_one(".page-head .badge")
    assert badge
    assert badge.get_text(strip=True) == "Forgiven"


def test_status_and_due_of_the_list_show_at_once(app: Flask, viewer: Visitor, billed: Billed) -> None:
    def april(page: Page) -> tuple[str, ...]:
        row = page.soup.select("#invoices tbody tr")[0]
        return tuple(str(cell.get_text(strip=True)) for cell in row.select("[data-label$=status], [data-label$=due]"))

    number = billed.numbers["2024-04"]
    assert april(viewer.get(LIST)) == ("Closed", "$47.61")
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(update(Payment).where(Payment.total_minor == 4761).values(status=PaymentStatus.FORGIVEN))
    assert april(viewer.get(LIST)) == ("Closed", "$0.00")
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(update(Invoice).where(Invoice.number == number).values(status=InvoiceStatus.PAID))
    assert april(viewer.get(LIST)) == ("Successful", "$0.00")


def test_what_becomes_of_a_payment_shows_at_once(app: Flask, viewer: Visitor, billed: Billed) -> None:
    def seen(page: Page) -> tuple[str, ...]:
        cells = page.soup.select("[data-label=Status], [data-label='Amount due'], .figures div:first-child .figure")
        return tuple(str(cell.get_text(strip=True)) for cell in cells)

    april = f"{LIST}/{billed.numbers['2024-04']}"
    payment = update(Payment).where(Payment.total_minor == 4761)
    assert seen(viewer.get(april)) == ("$47.61", "New", "$47.61")
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(payment.values(status=PaymentStatus.FORGIVEN))
    assert seen(viewer.get(april)) == ("$0.00", "Forgiven", "$0.00")


def test_the_name_of_who_is_billed_shows_at_once(app: Flask, viewer: Visitor, billed: Billed) -> None:
    """A profile without a company bills the organization by its name, which may change."""
    with database.writing(app.extensions["database"]).begin() as session:
        group = session.get_one(BillingGroup, billed.customer.group.id)
        billing_profiles.change(session, group, at=customers.midnight(date(2024, 5, 2)), company="")
        (may,) = customers.close(session, billed.customer, "2024-05")
        number = may.number
    for name in ("Acme at last", "Acme forever"):
        with database.writing(app.extensions["database"]).begin() as session:
            session.execute(update(Organization).where(Organization.slug == "acme").values(name=name))
        facts = viewer.get(f"{LIST}/{number}").soup.select_one("dl.facts")
        assert facts
        assert name in facts.get_text()


def test_only_who_may_change_the_profile_is_led_to_it_whoever_looked_first(app: Flask, march: str) -> None:
    visitors = {email: signed_in(app, email) for email in (VIEWER, OWNER)}
    led = [bool(visitors[email].get(march).soup.select("dl.facts a")) for email in (OWNER, VIEWER, OWNER, VIEWER)]
    assert led == [True, False, True, False]


def test_everybody_has_the_sidebar_of_their_own_roles_whoever_looked_first(app: Flask, billed: Billed) -> None:
    visitors = {email: signed_in(app, email) for email in (OWNER, VIEWER, MEMBER)}
    looks = [{email: sidebar(visitor.get("/orgs/acme/")) for email, visitor in visitors.items()} for _ in range(2)]
    assert looks[0] == looks[1]
    assert "Billing" in looks[0][VIEWER]
    assert "Billing" not in looks[0][MEMBER]


def test_the_sidebar_marks_the_page_that_is_open(viewer: Visitor, march: str) -> None:
    for path, open_ in ((march, None), (LIST, "Invoices"), ("/orgs/acme/", "Overview"), (LIST, "Invoices")):
        marked = viewer.get(path).soup.select_one("#nav .nav [aria-current=page]")
        assert (marked.get_text(strip=True) if marked else None) == open_


def test_a_kept_part_leads_into_the_organization_of_the_address(app: Flask) -> None:
    template = app.jinja_env.from_string(
        "{% call kept('link', 'id') %}{{ url_for('billing.invoice', number='1') }}{% endcall %}"
    )
    for slug in ("acme", "cobalt", "acme"):
        with app.test_request_context("/"):
            g.slug = slug
            assert template.render() == f"/orgs/{slug}/billing/invoices/1"


def test_nobody_else_gets_what_was_kept(app: Flask, world: World, viewer: Visitor, march: str) -> None:
    assert viewer.get(march).status == 200
    assert signed_in(app, MEMBER).get(march).status == 403
    stranger = signed_in(app, "admin@cobalt.example")
    assert stranger.get(march).status == 404
    assert stranger.get(march.replace("acme", "cobalt")).status == 404
    assert Visitor(app).get(march).status == 303


def test_nothing_of_a_person_is_kept(app: Flask, viewer: Visitor, march: str) -> None:
    first = viewer.get(march)
    page = signed_in(app, OWNER).get(march)
    assert usage(page) == usage(first)
    assert not [part for part in usage(page) if "csrf" in part]
    account = page.soup.select_one(".account")
    assert account
    assert OWNER in account.get_text()


def test_each_filter_of_the_same_invoice_draws_its_own(viewer: Visitor, march: str) -> None:
    drawn = [
        usage(viewer.get(f"{march}{query}"))[1] for query in ("", "?sort=amount", "?zero=y", "?service=Backup", "")
    ]
    assert len(set(drawn)) == 4
    assert drawn[0] == drawn[-1]


def test_a_wrong_filter_is_refused_however_often(viewer: Visitor, march: str) -> None:
    for _ in range(2):
        page = viewer.get(f"{march}?from=nonsense")
        assert page.status == 422
        assert "There is 1 thing to correct" in page.text


def test_a_part_for_htmx_is_never_the_kept_whole(viewer: Visitor, march: str) -> None:
    viewer.get(march)
    part = viewer.part(march).soup.select_one("#usage-chart")
    assert part
    assert part["data-hx-swap-oob"] == "outerHTML"


def test_what_was_looked_at_longest_ago_makes_room(app: Flask) -> None:
    with app.app_context():
        kept.init_app(app, most_letters=10)
        for name in ("a", "b"):
            kept.keep((name,), name * 4)
        assert kept.find(("a",)) == "aaaa"
        kept.keep(("c",), "cc")
        kept.keep(("c",), "ccc")
        assert [kept.find((name,)) for name in "abc"] == ["aaaa", None, "ccc"]
