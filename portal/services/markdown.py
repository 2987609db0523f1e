"""Markdown as people write it in comments, chats and pages, drawn as HTML that is safe to show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

# Longer texts are shown as they are: reading marks of all of it would take a page too long.
LONGEST = 50_000
# Longer than any address that a browser takes.
_ENDLESS = re.compile(r"\S{2001}")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    # Nobody is told that a link to them stands here, and their page cannot steer ours.
    link_rel="nofollow noopener",
    url_schemes={"http", "https", "mailto"},
    set_tag_attribute_values={"th": {"scope": "col"}, "table": {"class": "table"}},
)
_LOWEST_HEAD = 6


@dataclass(frozen=True, slots=True)
class Block:
    """A head, paragraph, list or table as it was written; `head_level` is 0 for what is no head."""

    head_level: int
    source: str


def html(source: str, *, heads_from: int | None = None) -> Markup:
    """The text as HTML: HTML in it is text, pictures are links, other addresses than web and mail are none.

    Heads are paragraphs in bold, because somebody's comment is no part of the page's outline; with `heads_from` the
    highest is a head of this level.
    """
    if len(source) > LONGEST:
        return Markup("<p>{}</p>").format(escape(source))
    tokens = _parsed(source)
    _set_heads(tokens, heads_from)
    return Markup(_CLEANER.clean(_READER.renderer.render(tokens, _READER.options, {})))  # noqa: S704 - it is cleaned.


def words(source: str) -> str:
    """The text without its marks, a line for each paragraph, item and cell: to search in, and to quote."""
    lines = (_words_of(token) for token in _parsed(source[:LONGEST]))
    return "\n".join(line for line in lines if line)


def blocks(source: str) -> Iterator[Block]:
    """What the text is made of, from top to bottom."""
    lines = source.splitlines()
    for token in _parsed("\n".join(lines)):
        if token.level == 0 and token.map and token.nesting >= 0:
            head_level = int(token.tag[1]) if token.type == "heading_open" else 0
            yield Block(head_level, "\n".join(lines[slice(*token.map)]).strip("\n"))


def _parsed(source: str) -> list[Token]:
    # Addresses are looked for from each place to the end of a word: thousands in one word would take many seconds.
    reader = _READER_WITHOUT_LINKS if _ENDLESS.search(source) else _READER
    return reader.parse(source)


def _set_heads(tokens: Sequence[Token], heads_from: int | None) -> None:
    heads = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1]) for token in heads), default=1)
    for token in heads:
        if heads_from is None:
            token.tag = "p"
        else:
            token.tag = f"h{min(int(token.tag[1]) - highest + heads_from, _LOWEST_HEAD)}"
    for token, following in pairwise(tokens):
        if heads_from is None and token.type == "heading_open":
            following.children = [_STRONG, *(following.children or ()), _STRONG_END]


def _words_of(token: Token) -> str:
    if token.type in {"fence", "code_block"}:
        return token.content.strip()
    return "".join(_texts(token.children or ())).strip() if token.type == "inline" else ""


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "code_inline", "image"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n"


def _reader(*, finds_links: bool) -> MarkdownIt:
    # A line that ends is a line that ends, as people write in forms.
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": finds_links})
    reader.enable(["table", "strikethrough", *(["linkify"] if finds_links else [])])
    linkify: Any = reader.linkify
    linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    reader.add_render_rule("image", _draw_picture)
    return reader


def _draw_picture(_renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: object) -> str:
    """A link in place of a picture: showing one from outside would tell its server who reads this."""
    token = tokens[index]
    address = str(token.attrGet("src") or "")
    return Markup('<a href="{}">{}</a>').format(address, token.content or address)


_STRONG, _STRONG_END = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
_READER, _READER_WITHOUT_LINKS = _reader(finds_links=True), _reader(finds_links=False)
