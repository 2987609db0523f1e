"""Numbers of payment cards: nobody needs them in a case, and nobody may keep them (MAIL-36)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Groups of digits with one sign between them, as cards print them and as people type them, also over the end of a line.
# Nothing is tried twice in it: a megabyte of digits takes as long as a megabyte of words.
_PART = r"[0-9０-９]++(?!\w)"
_BETWEEN = r"(?:[ \u00a0\t-]{1,2}+(?:\r?\n(?:> ?)*+)?+|\r?\n(?:> ?)*+)"
_DIGITS = re.compile(rf"(?<![\w.]){_PART}(?:{_BETWEEN}{_PART}){{0,40}}+")
_GROUP = re.compile(r"[0-9０-９]+")
# How the schemes begin their numbers, and how long these are: not every long number is a card's.
_CARD = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    r"|3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11}|35[0-9]{14}|6[0-9]{12,18}|5[0678][0-9]{11,17}"
)
_SHORTEST, _LONGEST, _SHOWN, _LEAST = 13, 19, 4, 3
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def mask(text: str, *, sign: str = "•") -> str:
    """The text with `sign` in place of each digit of a card's number but the last four; as long as it was."""
    return _DIGITS.sub(lambda found: _masked(found[0], sign), text)


def mask_bytes(content: bytes) -> bytes:
    """The same in bytes, with X; as long as they were, so that lines and boundaries stay where they are."""
    return mask(content.decode("latin-1"), sign="X").encode("latin-1")


def is_card_number(digits: str) -> bool:
    """Whether these digits can be the number of a card: the length and beginning of a scheme, and Luhn's sum."""
    if not _CARD.fullmatch(digits):
        return False
    ours = (int(digit) for digit in reversed(digits))
    return sum(_DOUBLED[digit] if at % 2 else digit for at, digit in enumerate(ours)) % 10 == 0


def _masked(run: str, sign: str) -> str:
    groups = [*_GROUP.finditer(run)]
    digits = ["".join(str(int(digit)) for digit in group[0]) for group in groups]
    signs = list(run)
    first = 0
    while first < len(groups):
        taken = _card_from(digits[first : first + _LONGEST])
        places = [at for group in groups[first : first + taken] for at in range(*group.span())]
        for at in places[:-_SHOWN]:
            signs[at] = sign
        first += taken or 1
    return "".join(signs)


def _card_from(digits: Sequence[str]) -> int:
    """How many of the groups, from the first on, are the number of a card; the most that are, 0 for none."""
    found, number = 0, ""
    for count, group in enumerate(digits, start=1):
        # Dates and times stand in small groups; a card's number does not, but for its end.
        if count > 1 and len(digits[count - 2]) < _LEAST:
            break
        number += group
        if len(number) > _LONGEST:
            break
        if len(number) >= _SHORTEST and is_card_number(number):
            found = count
    return found
