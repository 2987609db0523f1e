"""Projects: how they may be called, how they end, and what a catalogue says about them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import Refusal

LONGEST_NAME = 64
_SIGNS = frozenset(" -_.,:()@&+'")
_ID = re.compile(r"[0-9a-f]{24}")


class ProjectEnding(StrEnum):
    """How a project came to be no more where it was."""

    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """What a vendor's customers can do with projects, and the project role of who creates one (None: none)."""

    has_units: bool = False
    may_move: bool = False
    creator_role: str | None = None


def tidy_name(text: str, *, what: str, printable: Collection[str]) -> str:
    """The name of a project, unit or team as it is kept: blanks are single, none stands at the ends (PROJ-2).

    Refused when it is empty, too long, cannot be printed on an invoice, or looks like an id; `what` is it in words.
    """
    name = " ".join(text.split())
    if not name:
        raise Refusal(f"Enter a name for the {what}.")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"Enter at most {LONGEST_NAME} characters.")
    odd = next((sign for sign in name if not (sign.isalnum() or sign in _SIGNS) or sign not in printable), None)
    if odd:
        shown = f"“{odd}”" if odd.isprintable() else "a character that cannot be seen"
        raise Refusal(f"Use letters, digits, spaces and -_.,:()@&+' alone, not {shown}.")
    if _ID.fullmatch(name):
        raise Refusal("A name of 24 hexadecimal digits looks like an ID. Choose another one.")
    return name
