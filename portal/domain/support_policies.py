"""Versions of a vendor's support policy, and the check that each says all that a policy has to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Malformed

# What every policy says, as heads of the second level, in any order.
SECTIONS = (
    "Scope",
    "What is not covered",
    "Severities",
    "First response",
    "Etiquette",
    "What we ask of you",
    "Changes of this policy",
)
SEVERITIES, FIRST_RESPONSE = "{severities}", "{first_response}"
# The tables that are drawn from the catalogue, each in its section.
TABLES = {SEVERITIES: "Severities", FIRST_RESPONSE: "First response"}
_TITLE = re.compile(r"# \S")
_HEAD = re.compile(r"^## (.+?)\s*$", re.MULTILINE)
_MARK = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """The policy as it was posted on a day, in Markdown; it holds for cases that are opened from that day on.

    `text` may have the marks of `TABLES`, which stand for tables of the catalogue.
    """

    posted_on: date
    text: str

    @property
    def version(self) -> str:
        """What it is called: its day, as `2024-09-02`."""
        return self.posted_on.isoformat()

    @property
    def title(self) -> str:
        """Its head."""
        return self.text.partition("\n")[0].removeprefix("# ").strip()

    def written_out(self, tables: Mapping[str, str]) -> str:
        """The whole text, with `tables` in the place of their marks."""
        return _MARK.sub(lambda mark: tables[mark.group()], self.text)


def read_version(text: str, *, source: str, name: str) -> PolicyVersion:
    """The version in a file called `name`, a day; `Malformed` names `source` and what is expected."""
    if not _TITLE.match(text):
        raise Malformed(source, "a title is expected first: “# ” and words")
    sections = _sections(text, source)
    for section in SECTIONS:
        if not sections.get(section):
            raise Malformed(source, f"a section “## {section}” with text is expected")
    for mark in _MARK.findall(text):
        if mark not in TABLES:
            raise Malformed(source, f"{mark} is not known here; there are {', '.join(TABLES)}")
        if mark not in sections[TABLES[mark]]:
            raise Malformed(source, f"{mark} is expected in the section “{TABLES[mark]}”")
    try:
        return PolicyVersion(date.fromisoformat(name), text)
    except ValueError:
        raise Malformed(source, "a day like 2024-09-02 is expected for a name") from None


def in_force(versions: tuple[PolicyVersion, ...], on: date) -> PolicyVersion | None:
    """The version that holds for what begins on the day; None before the first."""
    return max((one for one in versions if one.posted_on <= on), key=lambda one: one.posted_on, default=None)


def _sections(text: str, source: str) -> dict[str, str]:
    """What stands below each head; no head stands twice."""
    _, *parts = _HEAD.split(text)
    heads, bodies = parts[::2], parts[1::2]
    for head in heads:
        if heads.count(head) > 1:
            raise Malformed(source, f"the section “## {head}” stands twice")
    return {head: body.strip() for head, body in zip(heads, bodies, strict=True)}
