"""Every page that each kind of person can reach, wide and narrow, light and dark: axe finds nothing on any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest

from portal import database
from portal.config import ROOT
from tests import failing, previewed
from tests.billed import bill_acme
from tests.crawl import shape
from tests.desk_examples import let_all_talk
from tests.journeys.conftest import Walk
from tests.visits import VISITED, let_agent_in
from tests.world import token_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

AXE = ROOT / "node_modules/axe-core/axe.min.js"
# Who looks, and where they begin beside their first page.
PEOPLE = {
    "nobody": ("", ["/sign-in?ended=1", "/nowhere", f"/invitations/{token_of('invited@acme.example')}"]),
    "owner": (
        "org_owner@acme.example",
        [
            previewed.address(compare=["prepaid", "none"]),
            *(f"/orgs/acme/failing/{status}" for status in failing.STATUSES),
        ],
    ),
    "billing viewer": ("org_billing_read_only@acme.example", ["/orgs/acme/billing/invoices?from=tomorrow"]),
    "member": ("org_member@acme.example", ["/orgs/acme/", "/orgs/acme/billing"]),
    "super admin": ("super_admin@borealis.example", ["/orgs/borealis/"]),
    "staff": (
        "support@portal.example",
        ["/staff/", "/staff/components", "/staff/components/dialog", f"/orgs/{VISITED}/"],
    ),
}
LOOKS = {"wide and light": (1440, 900, "light"), "narrow and dark": (390, 844, "dark")}
# Who does what where, and what is there when it has gone wrong: forms sent with mistakes, parts answered by an error;
# and a panel that was opened.
SEND = "document.querySelector('main form[method=post]').requestSubmit()"
FAIL = "htmx.ajax('GET', '/orgs/acme/failing/{}', {{target: '#main', headers: {{'HX-Request-Type': 'partial'}}}})"
OWNER, STAFF = "org_owner@acme.example", "support@portal.example"
WENT_WRONG = (
    ("", "/sign-in", SEND, ".error-summary"),
    (OWNER, "/orgs/acme/billing/profile", f"document.querySelector('#city').value = ''; {SEND}", ".error-summary"),
    (OWNER, "/orgs/acme/billing/invoices?from=tomorrow", "1", ".error-summary"),
    (STAFF, "/staff/components", SEND, ".error-summary"),
    (OWNER, "/orgs/acme/", "document.querySelector('#chat-icon').click()", "#chat-panel textarea"),
    *((OWNER, "/orgs/acme/", FAIL.format(status), "#alert .notice") for status in (404, 409, 422, 500)),
)
# A crawl that finds more kinds of pages than this goes round in circles.
MOST_PAGES = 120


@pytest.fixture
def site(site: Site) -> Site:
    """The portal with months to look at, and with every error."""
    site.app.register_blueprint(failing.bp)
    with database.writing(site.app.extensions["database"]).begin() as session:
        bill_acme(session, site.world)
        let_agent_in(session, site.world)
        let_all_talk(session, site.world, "acme")
    return site


def test_axe_finds_nothing_on_any_page_that_somebody_can_reach(site: Site, browser: Browser) -> None:
    found, looked_at = list[str](), set[str]()
    for person, (email, begins) in PEOPLE.items():
        pages, visited = list[str](), list[str]()
        for look, walk in looks(site, browser):
            if email:
                walk.sign_in(email)
                walk.page.wait_for_load_state("networkidle")
            # What somebody else has seen narrow looks the same here; what is there at all is looked at by everybody.
            narrow = [path for path in pages if shape(path) not in looked_at]
            way = opened(walk, narrow) if pages else crawl(walk, ["/", *begins])
            for path in way:
                found += [f"{person}, {look}, {path}: {finding}" for finding in findings(walk)]
                visited.append(path)
            pages = list(visited)
        looked_at.update(map(shape, visited))
    assert not found, "\n".join(found)
    assert {"/", "/sign-in", "/orgs/_/billing", "/orgs/_/billing/invoices/_", "/staff/components"} <= looked_at


def test_axe_finds_nothing_where_something_went_wrong(site: Site, browser: Browser) -> None:
    found = list[str]()
    for look, walk in looks(site, browser):
        for email, path, act, sign in WENT_WRONG:
            walk.page.context.clear_cookies()
            if email:
                walk.sign_in(email)
                walk.page.wait_for_load_state("networkidle")
            walk.open(path)
            walk.page.evaluate(act)
            walk.page.wait_for_selector(sign)
            found += [f"{look}, {path}: {finding}" for finding in broken_rules(walk)]
    assert not found, "\n".join(found)


def test_axe_finds_what_is_wrong(site: Site, browser: Browser) -> None:
    """Without this, a test that finds nothing could be one that does not look."""
    walk = Walk(browser.new_page(), site.address)
    walk.open("/sign-in")
    walk.page.evaluate("document.querySelector('label[for=email]').remove()")
    assert any("label" in finding for finding in broken_rules(walk))
    walk.page.close()


def looks(site: Site, browser: Browser) -> Iterator[tuple[str, Walk]]:
    """A walk in each look, one after the other."""
    for look, (width, height, scheme) in LOOKS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]  # one of two words
        )
        yield look, Walk(context.new_page(), site.address)
        context.close()


def opened(walk: Walk, paths: Iterable[str]) -> Iterator[str]:
    """Each page, while it is open."""
    for path in paths:
        walk.complaints.clear()
        walk.open(path)
        yield path


def crawl(walk: Walk, begins: list[str]) -> Iterator[str]:
    """One page of each kind that links lead to, while it is open; names and numbers alone make no other kind."""
    waiting, kinds = list(begins), {shape(path) for path in begins}
    for path in opened(walk, waiting):  # What is added on the way is walked too.
        yield path
        for link in links(walk):
            if shape(link) not in kinds:
                kinds.add(shape(link))
                waiting.append(link)
        assert len(waiting) <= MOST_PAGES, waiting


def links(walk: Walk) -> list[str]:
    """Where the page's links lead inside the portal, without files to download."""
    addresses = walk.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    whole = [urlsplit(urljoin(walk.page.url, address)) for address in addresses]
    host = urlsplit(walk.address).netloc
    return [
        f"{one.path}?{one.query}" if one.query else one.path
        for one in whole
        if one.netloc == host and not re.search(r"\.(pdf|csv|json)$|/pdf$|/csv$|/static/", one.path)
    ]


def findings(walk: Walk) -> list[str]:
    """What axe finds on the page, in its dialog, and what the browser complained about on the way."""
    found = broken_rules(walk)
    for link in walk.page.locator("a[data-dialog]").all():
        link.click()
        found += broken_rules(walk)
        walk.page.keyboard.press("Escape")
    # A browser notes every answer of 400 and above; an error page is one.
    return found + [complaint for complaint in walk.complaints if "Failed to load resource" not in complaint]


def broken_rules(walk: Walk) -> list[str]:
    """Every rule of axe that the page breaks, with the first place where it does."""
    # Evaluated by the debugger, not loaded by the page: its policy stays as strict as it is for everybody.
    walk.page.evaluate(AXE.read_text("utf-8"))
    result: dict[str, Any] = walk.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:200]}" for rule in result["violations"]]
