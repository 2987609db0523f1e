"""Markdown of strangers is drawn so that it can do nothing but be read."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from portal.services import markdown


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("It **stops** at `SELECT 1`.", "<p>It <strong>stops</strong> at <code>SELECT 1</code>.</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("~~no~~", "<p><s>no</s></p>"),
    ],
)
def test_marks_are_drawn(source, drawn):
    assert markdown.html(source).strip() == drawn


def test_html_is_text():
    assert markdown.html('<script>alert(1)</script> <b onclick="x">y</b>').strip() == (
        '<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick="x"&gt;y&lt;/b&gt;</p>'
    )


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://a.example/"]
)
def test_an_address_that_is_neither_web_nor_mail_leads_nowhere(target):
    drawn = BeautifulSoup(markdown.html(f"[here]({target}) <{target}> ![p]({target})"), "html.parser")
    assert not drawn.find_all("a", href=True)
    assert not drawn.find_all("img")


def test_a_link_tells_its_target_nothing_and_a_bare_address_is_a_link():
    drawn = BeautifulSoup(markdown.html("[a](https://a.example/) https://b.example/x?y=1 c.example"), "html.parser")
    links = drawn.find_all("a")
    assert [link["href"] for link in links] == ["https://a.example/", "https://b.example/x?y=1"]
    assert all(link["rel"] == ["nofollow", "noopener"] for link in links)


def test_a_picture_from_outside_is_a_link_and_loads_nothing():
    drawn = markdown.html("![our logo](https://spy.example/pixel.png)")
    assert drawn.strip() == ('<p><a href="https://spy.example/pixel.png" rel="nofollow noopener">our logo</a></p>')


def test_heads_of_a_comment_are_no_heads_of_the_page():
    assert markdown.html("# Big *news*\ntext").strip() == ("<p><strong>Big <em>news</em></strong></p>\n<p>text</p>")


def test_heads_of_a_page_begin_where_the_page_says():
    assert markdown.html("## One\n### Two", heads_from=2).strip() == "<h2>One</h2>\n<h3>Two</h3>"
    assert "<h6>deep</h6>" in markdown.html("# top\n###### deep", heads_from=3)


def test_a_very_long_text_is_shown_as_it_is():
    source = "**" + "<" * markdown.LONGEST
    assert markdown.html(source) == "<p>**" + "&lt;" * markdown.LONGEST + "</p>"


def test_in_a_text_with_a_word_without_end_no_address_is_looked_for():
    """It takes longer the longer the word is: seconds for thousands of addresses."""
    longest = "https://a.example/" + "b" * 1_982
    assert markdown.html(longest).count("<a ") == 1
    drawn = markdown.html("**So** [far](https://a.example/): " + "http://a" * 6_000)
    assert (drawn.count("<a "), drawn.count("<strong>So</strong>")) == (1, 1)


def test_words_have_no_marks():
    source = "# Head\n\nA **bold** [link](https://a.example/), `code`.\n\n- one\n- two\n\n"
    source += "```\nraw *text*\n```\n\n|a|b|\n|-|-|\n|c|d|\n"
    assert markdown.words(source).splitlines() == [
        "Head", "A bold link, code.", "one", "two", "raw *text*", "a", "b", "c", "d",
    ]  # fmt: skip


@given(st.text(alphabet="<>&\"'`*_[]()!|#-\n :/ajx0", max_size=80))
def test_nothing_but_known_tags_and_attributes_comes_out(source):
    drawn = BeautifulSoup(markdown.html(source), "html.parser")
    for tag in drawn.find_all(True):
        assert tag.name not in {"script", "img", "iframe", "style", "input", "form", "svg"}
        assert set(tag.attrs) <= {"href", "rel", "start", "scope", "class"}
