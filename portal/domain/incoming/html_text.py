"""HTML of a mail as plain text: nothing of it is ever shown as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

# Longer mails are machines' work; their beginning says enough, and the whole is kept.
LONGEST = 400_000
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
# A blank line stands around these.
_APART = frozenset(["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"])
_DROPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "title",
        "template",
        "noscript",
        "svg",
        "math",
        "object",
        "iframe",
        "textarea",
        "select",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0", re.IGNORECASE)
_BEGINS = frozenset("/!?abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TURN = re.compile(r"[<>]|=\s{0,5}[\"']")
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]*")
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9:-]*)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")
# Who quotes without a blockquote marks the quotation like this: Yahoo, GMX and WEB.DE, old Outlooks on the web.
_QUOTING = re.compile(r"yahoo_quoted|zmail_extra|^quote$", re.IGNORECASE)


@dataclass(slots=True)
class _Open:
    name: str
    is_dropped: bool = False
    is_quoted: bool = False
    link: str = ""
    link_from: int = 0


@dataclass(slots=True)
class _Writer:
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    dropped: int = 0
    quoted: int = 0
    kept_spaces: int = 0
    is_apart: bool = False

    def say(self, text: str) -> None:
        if self.dropped:
            return
        words = unescape(text)
        if self.kept_spaces:
            first, *others = words.split("\n")
            self.line.append(first)
            for other in others:
                self.end_line()
                self.line.append(other)
            return
        self.line.append(re.sub(r"[ \t\r\n\f\xa0]+", " ", words))

    def end_line(self, *, is_forced: bool = True) -> None:
        written = "".join(self.line)
        text = written.rstrip() if self.kept_spaces else re.sub(" {2,}", " ", written).strip()
        self.line.clear()
        if not text and not is_forced:
            return
        mark = "> " * self.quoted
        if self.is_apart and self.lines and self.lines[-1].strip("> "):
            self.lines.append(mark.rstrip())
        self.is_apart = False
        self.lines.append(f"{mark}{text}".rstrip())

    def part(self) -> None:
        self.end_line(is_forced=False)
        self.is_apart = True


def text_of(html: str) -> str:
    """The text that a reader sees: quotations behind `> `, links with their addresses; hidden things are left out."""
    writer = _Writer()
    for token in _tokens(html[:LONGEST]):
        if token.startswith("<") and token.endswith(">"):
            _take_tag(writer, token[1:-1])
        else:
            writer.say(token)
    writer.end_line(is_forced=False)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(writer.lines)).strip("\n")


def _tokens(html: str) -> Iterator[str]:
    """Tags and what stands between them, in one pass: however it is broken, each character is looked at a few times."""
    at = 0
    while at < len(html):
        begin = html.find("<", at)
        if begin < 0:
            yield html[at:]
            return
        if begin > at:
            yield html[at:begin]
        if html.startswith("<!--", begin):
            end = html.find("-->", begin + 4)
            at = end + 3 if end >= 0 else len(html)
            continue
        if html[begin + 1 : begin + 2] not in _BEGINS:
            yield "<"
            at = begin + 1
            continue
        at = _end_of_tag(html, begin)
        yield html[begin:at]


def _end_of_tag(html: str, begin: int) -> int:
    """Where the tag ends: a bracket in a quoted value is none of its. What another tag begins in is none."""
    at = begin + 1
    while at < len(html):
        found = _TURN.search(html, at)
        if not found:
            break
        at = found.end()
        sign = found[0][-1]
        if sign == ">":
            return at
        if sign == "<":
            return at - 1
        closing = html.find(sign, at)
        if closing < 0:
            break
        at = closing + 1
    end = html.find(">", begin)
    return end + 1 if end >= 0 else len(html)


def _take_tag(writer: _Writer, tag: str) -> None:
    found = _NAME.match(tag)
    if not found:
        return
    name = found[0].casefold()
    if name.startswith("/"):
        _close(writer, name[1:])
        return
    known = {key.casefold(): unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(tag)}
    _open(writer, name, known)
    if name in _VOID or tag.endswith("/"):
        _close(writer, name)


def _open(writer: _Writer, name: str, known: dict[str, str]) -> None:
    one = _Open(name, is_dropped=name in _DROPPED or bool(_HIDDEN.search(known.get("style", ""))))
    if name in _BLOCKS:
        writer.end_line(is_forced=False)
        writer.is_apart = writer.is_apart or name in _APART
    marks = (known.get("class", ""), known.get("id", ""), known.get("name", ""))
    one.is_quoted = name == "blockquote" or any(_QUOTING.search(mark) for mark in marks)
    writer.dropped += one.is_dropped
    writer.quoted += one.is_quoted
    writer.kept_spaces += name == "pre"
    if name == "br":
        writer.end_line()
    elif name == "li":
        writer.say("- ")
    elif name in {"td", "th"} and "".join(writer.line).strip():
        writer.say(" | ")
    elif name == "img" and known.get("alt", "").strip():
        writer.say(f"[{known['alt'].strip()}]")
    elif name == "a":
        one.link, one.link_from = known.get("href", ""), len(writer.line)
    writer.open.append(one)


def _close(writer: _Writer, name: str) -> None:
    if not any(one.name == name for one in writer.open[-50:]):
        return
    while writer.open:
        one = writer.open.pop()
        _leave(writer, one)
        if one.name == name:
            return


def _leave(writer: _Writer, one: _Open) -> None:
    if one.link.startswith(("http://", "https://")) and not writer.dropped:
        said = "".join(writer.line[one.link_from :]).strip()
        if said and said not in one.link and one.link.rstrip("/") != said:
            writer.line.append(f" ({one.link[:500]})")
    if one.name in _BLOCKS:
        writer.end_line(is_forced=False)
        writer.is_apart = writer.is_apart or one.name in _APART
    writer.dropped -= one.is_dropped
    writer.quoted -= one.is_quoted
    writer.kept_spaces -= one.name == "pre"
