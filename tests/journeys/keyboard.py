"""The keyboard alone: going from one place to the next, and seeing at each where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# Who has to press the key more often does not find what is looked for.
MOST_STOPS = 120

# What can be said of the place of the keyboard. An outline of the browser's own counts, one without width does not.
PLACE = """() => {
  const place = document.activeElement;
  const box = place.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 1), innerHeight - 1);
  const over = document.elementFromPoint(x, y);
  const isIts = over && (place.contains(over) || over.contains(place) || over.closest("label")?.control === place);
  const look = getComputedStyle(place);
  return {
    html: place.outerHTML.slice(0, 160),
    isInSight: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    isOnTop: Boolean(isIts),
    isMarked: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 1 || look.boxShadow !== "none",
    isBody: place === document.body,
  };
}"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press the tab key until `wanted` has the keyboard, and look at each stop on the way."""
    expect(wanted.first).to_be_attached()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        check_place(page)
        if wanted.first.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by the keyboard")


def stops(page: Page) -> int:
    """Go once through the whole page; how many stops there are. Each can be seen."""
    for count in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if check_place(page)["isBody"]:
            return count
    raise AssertionError("the keyboard does not get out of the page")


def check_place(page: Page) -> dict[str, Any]:
    """The place of the keyboard is in sight, marked, and under nothing."""
    place: dict[str, Any] = page.evaluate(PLACE)
    if not place["isBody"]:
        hidden = [name for name in ("isInSight", "isOnTop", "isMarked") if not place[name]]
        assert not hidden, f"not {', '.join(hidden)}: {place['html']} on {page.url}"
    return place
