"""At 400 % on a window of 1280 × 1024: one column, every word to be read, every stop of the keyboard in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal import database
from tests import failing
from tests.billed import OWNER, bill_acme
from tests.journeys.conftest import Walk
from tests.journeys.keyboard import stops

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

BILLING = "/orgs/acme/billing"
PUBLIC = ("/", "/plans/atlas", "/plans/aiven", "/plans/neon", "/sign-in", "/nowhere")
STAFF = ("/staff/", "/staff/components", "/staff/components/dialog")

# Every word, brought into sight: what it sticks out of, what cuts it off, what lies over it. A table that says so may
# scroll in its own box (WCAG 1.4.10); the way to a page is one line, and its end stands whole in the heading; what is
# meant for the ear alone is left out.
WORDS = """() => {
  const found = [];
  const heard = ".hide, .skip, thead, caption, noscript, option, script, .steps li:not([aria-current]), [popover]";
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (words.nextNode()) {
    const text = words.currentNode;
    const tag = text.parentElement;
    if (!text.data.trim() || tag.closest(heard) || !tag.checkVisibility({ visibilityProperty: true })) continue;
    const scrolls = tag.closest("[data-scroll], .table-box:has(.keep), pre");
    tag.scrollIntoView({ block: "center", inline: "nearest" });
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width < 2) continue;
      const place = `${text.data.trim().slice(0, 40)} in ${tag.outerHTML.slice(0, 90)}`;
      if (!scrolls && (box.left < 0 || box.right > innerWidth + 1)) found.push(`sticks out: ${place}`);
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (x < 0 || x > innerWidth || y < 0 || y > innerHeight) continue;
      const over = document.elementFromPoint(x, y);
      // A link that covers its whole card lies over the words of that card, and lets them through.
      const isCard = over?.matches("a") && over.closest("li, article")?.contains(tag);
      const isOver = over && !isCard && !over.contains(tag) && !tag.contains(over);
      if (isOver) found.push(`under ${over.outerHTML.slice(0, 60)}: ${place}`);
    }
    for (let around = tag; around !== document.body; around = around.parentElement) {
      const look = getComputedStyle(around);
      const cuts = !around.closest(".crumbs") && !["visible", "auto", "scroll"].includes(look.overflowX);
      if (cuts && around.scrollWidth > around.clientWidth + 1) found.push(`cut off: ${text.data.trim().slice(0, 40)}`);
    }
  }
  return [...new Set(found)];
}"""


def test_every_page_can_be_read_and_used_at_400_per_cent(site: Site, browser: Browser) -> None:
    site.app.register_blueprint(failing.bp)
    with database.writing(site.app.extensions["database"]).begin() as session:
        number = bill_acme(session, site.world).numbers["2024-03"]
    invoice = f"{BILLING}/invoices/{number}"
    owner = ("/", "/orgs/acme/", BILLING, f"{BILLING}/invoices", f"{BILLING}/invoices?from=tomorrow", invoice)
    details = (f"{invoice}/payments/1", f"{BILLING}/profile", f"{BILLING}/taxes", "/orgs/acme/failing/429")
    found = list[str]()
    for email, paths in (("", PUBLIC), (OWNER, owner + details), ("support@portal.example", STAFF)):
        context = browser.new_context(viewport={"width": 320, "height": 256}, device_scale_factor=4)
        walk = Walk(context.new_page(), site.address)
        if email:
            walk.sign_in(email)
            walk.page.wait_for_load_state("networkidle")
        for path in paths:
            walk.open(path)
            assert stops(walk.page) > 2
            found += [f"{path}: {words}" for words in unreadable(walk)]
        context.close()
    assert not found, "\n".join(found)


def test_what_sticks_out_and_what_is_covered_is_found(site: Site, browser: Browser) -> None:
    """Without this, a test that finds nothing could be one that does not look."""
    page = browser.new_page(viewport={"width": 320, "height": 256})
    walk = Walk(page, site.address)
    walk.open("/sign-in")
    page.evaluate("document.querySelector('h1').style.cssText = 'width: 400px; white-space: nowrap; font-size: 120px'")
    assert any("sticks out" in words for words in unreadable(walk))
    walk.open("/sign-in")
    page.evaluate("document.querySelector('h1').style.cssText = 'position: absolute; z-index: -1; opacity: .5'")
    page.evaluate("document.querySelector('main').prepend(Object.assign(document.createElement('div'), {id: 'lid'}))")
    page.evaluate("document.querySelector('#lid').style.cssText = 'position: fixed; inset: 0'")
    assert any('under <div id="lid"' in words for words in unreadable(walk))
    page.close()


def unreadable(walk: Walk) -> list[str]:
    """Every word of the page that cannot be read as a whole, and the page itself when it scrolls sideways."""
    page = walk.page
    # What is folded has to be readable when it is opened.
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    found: list[Any] = page.evaluate(WORDS)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"scrolls sideways by {wider}"] if wider > 0 else [])]
