"""Templates keep the rules of the house and of the content security policy."""

from __future__ import annotations

import re

import pytest

from tests.architecture import rules
from tests.architecture.sources import ROOT, Source, breaches, templates

# Each pattern with what to do instead.
FORBIDDEN = {
    r"\sstyle\s*=": "Give it a class: the content security policy drops inline style.",
    r"<style\b": "Put the rules into a file of portal/static: the content security policy drops inline style.",
    r"<script\b(?![^>]*\ssrc\s*=)[^>]*>": "Put the script into a file of portal/static: inline script does not run.",
    r"\son[a-z]{3,}\s*=\s*[\"']": "Listen in a script of portal/static: handlers in attributes do not run.",
    r"\bhx-on\b": "Listen in a script of portal/static: hx-on needs eval.",
    r"[\"']js:|javascript:": "Send the value as a field: js: needs eval.",
    r"(?<!data-)\bhx-[a-z]+": "Spell it data-hx-…: HTML has no other place for it.",
    r"data-hx-trigger\s*=\s*\"[^\"]*\[": "Decide in the route: trigger filters need eval.",
    r"data-hx-boost": "Say for each link what it swaps: there is no global boost.",
    r"\|\s*safe\b|autoescape\s+false": "Return Markup from the one function that knows it is safe.",
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_a_template_holds_to_the_policy(pattern):
    found = breaches(templates("portal/templates"), rules.forbidden_markup(pattern))
    assert not found, FORBIDDEN[pattern]


def test_a_template_is_read_in_one_sitting():
    found = breaches(templates("portal/templates", "invoices/templates"), rules.file_longer_than(120))
    assert not found, "Move a part into a fragment or a macro: at most 120 lines."


def test_every_icon_is_in_the_sprite():
    listed = (ROOT / "scripts/icons.txt").read_text("utf-8").split("\n")
    named = {
        name for page in templates("portal/templates") for name in re.findall(r"\bicon\(\"([^\"]+)\"", page.markup)
    }
    assert named <= set(listed), "Add the icon's name to scripts/icons.txt, then run `make setup`."


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, '<p style="color: red">'),
        (1, "<style>p {}</style>"),
        (2, "<script>alert(1)</script>"),
        (3, "<a onclick='go()'>"),
        (4, '<a data-hx-on:click="go()">'),
        (5, '<a data-hx-vals="js:{a: 1}">'),
        (6, '<a hx-get="/">'),
        (7, '<a data-hx-trigger="keyup[key==1]">'),
        (8, '<body data-hx-boost="true">'),
        (9, "{{ text | safe }}"),
    ],
)
def test_each_pattern_finds_what_it_forbids(number, text):
    assert breaches([Source("page.html", text)], rules.forbidden_markup(list(FORBIDDEN)[number]))


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_pattern_finds_what_is_allowed(pattern):
    page = """
    {# hx-get and style="…" may stand in a comment. #}
    <script src="/static/portal.js" defer></script>
    <form data-hx-post="/x" data-hx-target="#y" data-hx-trigger="change delay:200ms">
    {{ month(invoice, on="2024-01-01") }} {{ macro(a, on=day) }}
    """
    assert breaches([Source("page.html", page)], rules.forbidden_markup(pattern)) == []
