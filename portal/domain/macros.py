"""Replies that agents keep for later: texts with places for what differs from case to case (MACRO-1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.domain.errors import Refusal

PLACEHOLDERS: Mapping[str, str] = {
    "requester": "who asked, by name",
    "number": "the number of the case",
    "subject": "what it is called",
    "organization": "the customer",
    "agent": "who answers, by name",
}
LONGEST_NAME, LONGEST_BODY = 100, 8_000
_PLACE = re.compile(r"\{([a-z_]+)\}")


def check(name: str, body: str) -> None:
    """Refuse a macro without name or text, too long, or with a placeholder that stands for nothing."""
    if not name.strip():
        raise Refusal("Give it a name that agents find it by.")
    if not body.strip():
        raise Refusal("Write what the reply says.")
    if len(name) > LONGEST_NAME or len(body) > LONGEST_BODY:
        raise Refusal(f"The name takes at most {LONGEST_NAME} characters, the text {LONGEST_BODY:,}.")
    unknown = next((place for place in _PLACE.findall(body) if place not in PLACEHOLDERS), None)
    if unknown:
        raise Refusal(
            f"“{{{unknown}}}” stands for nothing. There are {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}."
        )


def filled_in(body: str, values: Mapping[str, str]) -> str:
    """The text with `values` in its places; what stands in a value is not looked at again."""
    return _PLACE.sub(lambda place: values.get(place.group(1), place.group()), body)
