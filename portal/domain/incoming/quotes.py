"""Tells a reply from what it quotes. What is taken for a quotation is folded, never thrown away (MAIL-34)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from portal.domain.incoming.quote_words import FORWARDED, LABELS, ORIGINAL, REPLY_LINE, SENT_FROM, WROTE, Label

_MARK = re.compile(r"^ {0,2}[>›]")
_ADDRESS = re.compile(r"[^\s<>@:]{1,64}@[^\s<>@]{1,190}")
_MOMENT = re.compile(r"\b\d{4}\b|\b\d{1,2}[:.h]\d{2}\b|\d{1,2}\.\s?\d{1,2}\.|\d年|\d月")
_LONGEST_ATTRIBUTION, _ATTRIBUTION_LINES = 500, 4
_BLOCK_LINES, _LEAST_LABELS = 9, 3
_SIGNATURE_LINES = 20
_RULE = re.compile(r"^\s*[_\-=*‐—–]{5,}\s*$")


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail's text taken apart: what was written now, and what was quoted around it, with the signature."""

    reply: str
    quoted: str


def take_apart(text: str) -> Taken:
    """The reply, and what stands around it from before.

    Quotations in the midst of a reply stay there: it answers them. Where nothing would be left although the text is
    no quotation of ours, all of it is the reply.
    """
    lines = text.split("\n")
    end = _end_of_new(lines)
    first, last = _without_quotes(lines, end)
    last = _without_signature(lines, first, last)
    reply = _joined(lines[first:last])
    quoted = "\n\n".join(part for part in (_joined(lines[:first]), _joined(lines[last:])) if part)
    if not reply and REPLY_LINE not in text:
        return Taken(_joined(lines), "")
    return Taken(reply, quoted)


def _end_of_new(lines: Sequence[str]) -> int:
    """The line from which on all is from before, without marks: our line, a head as Outlook writes, an attribution."""
    for at, line in enumerate(lines):
        if _MARK.match(line):
            continue
        if ORIGINAL.match(line) and any(_MARK.match(one) for one in lines[at + 1 : at + 5]):
            continue
        if REPLY_LINE in line or ORIGINAL.match(line):
            introduced = _introduction(lines, at)
            return _before_rule(lines, at) if introduced is None else introduced
        if _is_head(lines, at) or _is_unmarked_attribution(lines, at):
            return _before_rule(lines, at)
    return len(lines)


def _without_quotes(lines: Sequence[str], end: int) -> tuple[int, int]:
    """From which to which line the reply goes: without what is quoted before and after it."""
    last = end
    while last and (_is_blank(lines[last - 1]) or _MARK.match(lines[last - 1])):
        last -= 1
    begin = next((at for at in range(last, end) if not _is_blank(lines[at])), end)
    if begin < end:
        introduced = _introduction(lines, begin)
        # What nobody introduces is likely no mail of before: somebody shows a message behind marks.
        last = introduced if introduced is not None else begin if _is_ours(lines[begin:end]) else end
    return _after_first_quote(lines, last), last


def _after_first_quote(lines: Sequence[str], last: int) -> int:
    """The first line of a reply that stands below what it quotes; 0 where it does not."""
    first = next((at for at in range(last) if _MARK.match(lines[at])), last)
    if first == last:
        return 0
    introduced = _introduction(lines, first)
    if any(not _is_blank(line) for line in lines[: first if introduced is None else introduced]):
        return 0
    block = [*takewhile(lambda line: _MARK.match(line) or _is_blank(line), lines[first:last])]
    if introduced is None and not _is_ours(block):
        return 0
    if any(_MARK.match(line) for line in lines[first + len(block) : last]):
        # Answers stand between the quoted lines: the last of these before the first answer is what it answers.
        return first + _begin_of_last_paragraph(block)
    return first + len(block)


def _begin_of_last_paragraph(block: Sequence[str]) -> int:
    end = len(block)
    while end and not block[end - 1].strip(" >›"):
        end -= 1
    return next((at for at in range(end, 0, -1) if not block[at - 1].strip(" >›")), 0)


def _without_signature(lines: Sequence[str], first: int, last: int) -> int:
    """Where the reply ends before its writer's signature, or before what a telephone adds."""
    for at in range(max(first, last - _SIGNATURE_LINES), last):
        if lines[at].rstrip(" ") == "--" and any(not _is_blank(line) for line in lines[first:at]):
            if not any(_MARK.match(line) for line in lines[at:last]):
                last = at
            break
    while last > first and _is_blank(lines[last - 1]):
        last -= 1
    if last - first > 1 and SENT_FROM.match(lines[last - 1].strip(" *_")):
        return _before_rule(lines, last - 1)
    return last


def _introduction(lines: Sequence[str], begin: int) -> int | None:
    """The first line of what introduces a quotation that begins at `begin`; None where nothing does."""
    end = begin
    while end and begin - end < 3 and _is_blank(lines[end - 1]):
        end -= 1
    above = takewhile(lambda at: not _is_blank(lines[at]) and not _MARK.match(lines[at]), range(end - 1, -1, -1))
    told = [at for at in islice(above, _ATTRIBUTION_LINES) if _is_attribution(" ".join(lines[at:end]))]
    if told:
        # A long one is broken over lines: the day stands in its first.
        dated = (at for at in told if _MOMENT.search(" ".join(lines[at:end])))
        return _before_rule(lines, next(dated, told[0]))
    if end and ORIGINAL.match(lines[end - 1]):
        return end - 1
    # Apple's mail program puts its attribution into the quotation, and in HTML so do others.
    inner = [line.lstrip(" >›") for line in lines[begin : begin + _BLOCK_LINES] if line.strip(" >›")]
    is_inside = any(_is_attribution(" ".join(inner[:count])) for count in range(1, _ATTRIBUTION_LINES + 1))
    return begin if _MARK.match(lines[begin]) and (is_inside or (inner and _is_head(inner, 0))) else None


def _is_attribution(text: str) -> bool:
    """Whether a line says who wrote what follows, and when: it ends with a colon, and names an address or a writer."""
    line = text.strip(" *_\t-")
    if not line.endswith((":", "：")) or len(line) > _LONGEST_ATTRIBUTION:
        return False
    has_address, has_moment = bool(_ADDRESS.search(line)), bool(_MOMENT.search(line))
    return (has_address and (has_moment or bool(WROTE.search(line)))) or (has_moment and bool(WROTE.search(line)))


def _is_unmarked_attribution(lines: Sequence[str], at: int) -> bool:
    """Whether an attribution begins here whose quotation has no marks, as Yahoo's and ProtonMail's older ones."""
    if FORWARDED.match(lines[at]):
        return False
    for count in range(1, _ATTRIBUTION_LINES + 1):
        if at + count > len(lines) or _is_blank(lines[at + count - 1]):
            return False
        line = " ".join(lines[at : at + count])
        if _is_attribution(line) and WROTE.search(line):
            below = next((one for one in lines[at + count :] if not _is_blank(one)), "")
            return bool(below) and not _MARK.match(below)
    return False


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Whether the head of an older mail begins here: sender, date, recipients, subject, each on a line of its own."""
    if _label(lines[at]) not in {Label.FROM, Label.DATE}:
        return False
    labels = {_label(line) for line in lines[at : at + _BLOCK_LINES]} - {None}
    is_whole = Label.FROM in labels and len(labels) >= _LEAST_LABELS
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if not _is_blank(line)), "")
    # A forwarded mail is what its sender wants to show.
    return is_whole and not FORWARDED.match(above)


def _label(line: str) -> Label | None:
    text = line.strip(" \t\xa0*_")[:80]
    return next((label for label, words in LABELS.items() if words.match(text)), None)


def _before_rule(lines: Sequence[str], at: int) -> int:
    """The line itself, or the rule above it that parts it from the reply."""
    above = at
    while above and at - above < 2 and _is_blank(lines[above - 1]):
        above -= 1
    return above - 1 if above and (_RULE.match(lines[above - 1]) or ORIGINAL.match(lines[above - 1])) else at


def _is_ours(block: Sequence[str]) -> bool:
    return any(REPLY_LINE in line for line in block)


def _is_blank(line: str) -> bool:
    return not line.strip()


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
