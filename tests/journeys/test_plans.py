"""Plans are compared in a real browser, wide and at 400 % zoom, with script and without."""

from __future__ import annotations

from portal import catalogues

DATABASES = ("sqlite",)


def test_no_public_page_scrolls_sideways(walk):
    for path in ("/", *(f"/plans/{name}" for name in catalogues.names())):
        walk.open(path)
        for width in (320, 390, 820):
            walk.page.set_viewport_size({"width": width, "height": 800})
            assert walk.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, (path, width)
    assert walk.complaints == []


def test_the_names_of_the_plans_stay_in_sight(walk):
    walk.page.set_viewport_size({"width": 1440, "height": 600})
    walk.open("/")
    walk.page.get_by_role("link", name="Compare plans").click()
    walk.page.get_by_role("link", name="Atlas").click()
    walk.page.get_by_role("rowheader", name="Support hours").scroll_into_view_if_needed()
    name = walk.page.get_by_role("columnheader", name="Developer").bounding_box()
    bar = walk.page.get_by_role("banner").bounding_box()
    assert name["y"] >= 0
    assert name["y"] + 1 >= bar["y"] + bar["height"]
    assert walk.complaints == []


def test_which_hours_count_opens_with_the_keyboard(walk):
    walk.open("/plans/aiven")
    summary = walk.page.get_by_text("Which hours count")
    summary.focus()
    walk.page.keyboard.press("Enter")
    assert walk.page.get_by_text("08:00 to 18:00 in Berlin").is_visible()
