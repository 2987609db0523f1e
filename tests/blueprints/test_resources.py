"""Everybody reads the developer resources and searches in them."""

from __future__ import annotations

import pytest

from portal.config import ROOT
from portal.services.resources import Library

DATABASES = ("sqlite",)


def test_every_page_is_in_the_list_and_opens(visitor):
    page = visitor.get("/resources")
    links = [link["href"] for link in page.soup.select("#resources a") if link["href"].startswith("/resources/")]
    assert len(links) == len(list((ROOT / "portal/resources").glob("*.md"))) >= 8
    for link in links:
        opened = visitor.get(link, budget=1)
        assert opened.status == 200
        assert opened.soup.select(".prose > *")


def test_a_search_narrows_the_list_and_says_when_nothing_fits(visitor):
    assert [head.text for head in visitor.get("/resources?q=restore+a+backup").soup.select("#resources h2")] == [
        "Backups and restore"
    ]
    assert visitor.part("/resources?q=restore+a+backup").soup.section["id"] == "resources"
    assert "No page fits" in visitor.get("/resources?q=chocolate+cake").text
    assert visitor.get(f"/resources?q={'x' * 201}").status == 422


@pytest.mark.parametrize("name", ["nowhere", "..%2fdomain", "%2e%2e", "connection-errors.md", "a%00b"])
def test_what_is_no_page_is_not_there(visitor, name):
    assert visitor.get(f"/resources/{name}").status == 404


def test_a_page_dropped_into_the_folder_is_read_at_once(app, visitor, tmp_path):
    app.extensions["library"] = Library(tmp_path)
    assert "No page yet" in visitor.get("/resources").text
    (tmp_path / "zebra.md").write_text("# Zebra mode\n\n<script>alert(1)</script>\n\n# Second\n\nStripes.")
    page = visitor.get("/resources").click("Zebra mode")
    assert page.h1 == "Zebra mode"
    assert page.soup.select_one(".prose h2").text == "Second"
    assert "<script>alert(1)</script>" in page.text
