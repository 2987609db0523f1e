"""Text whose lines were broken by a mail program, put together again (RFC 3676)."""

from __future__ import annotations

import re

_QUOTE = re.compile(r"(>*)( ?)(.*)", re.DOTALL)
_SIGNATURE = "-- "


def unwrapped(text: str, *, deletes_space: bool) -> str:
    """The paragraphs of a text with `format=flowed`; a line that ends with a space goes on in the next one."""
    lines: list[str] = []
    depth_before, goes_on = 0, False
    for line in text.split("\n"):
        marks, words = _taken_apart(line)
        is_signature = words == _SIGNATURE
        if goes_on and depth_before == len(marks) and not is_signature:
            lines[-1] += words
        else:
            lines.append(f"{marks} {words}" if marks else words)
        depth_before, goes_on = len(marks), words.endswith(" ") and not is_signature
        if goes_on and deletes_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line if line.endswith(_SIGNATURE) else line.rstrip() for line in lines)


def _taken_apart(line: str) -> tuple[str, str]:
    found = _QUOTE.fullmatch(line)
    assert found, "every line is marks, a space or none, and words"
    return found[1], found[3]
