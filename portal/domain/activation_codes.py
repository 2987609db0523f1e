"""Activation codes: how one is written and read, how long it is good, and when the contract behind it begins."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date, timedelta
from enum import StrEnum

BITS = 100
GOOD_FOR = timedelta(days=90)

# Crockford's: without I, L, O and U, which are taken for other signs or make words (CODE-2).
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS_OF_SIGN = 5
_GROUP = 5
_LENGTH = BITS // _BITS_OF_SIGN
_MISREAD = str.maketrans("OIL", "011")
# Nobody types so much; what comes after it is not worth looking at.
_LONGEST = 200


class CodeState(StrEnum):
    """How far a code is: it can be applied, was applied, was left too long, or was taken back."""

    ISSUED = "ISSUED"
    REDEEMED = "REDEEMED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


def spelled(number: int) -> str:
    """A number of `BITS` bits as people read it: `7K3QX-0M2TB-99ZFA-C4HRW`."""
    signs = [_SIGNS[number >> shift & 31] for shift in range(0, BITS, _BITS_OF_SIGN)]
    return "-".join("".join(signs[start : start + _GROUP]) for start in range(0, _LENGTH, _GROUP))


def canonical(text: str) -> str:
    """What was typed without what may differ: case, spaces, hyphens, O for 0, I and L for 1 (CODE-3)."""
    signs = unicodedata.normalize("NFKC", text[:_LONGEST]).upper()
    kept = (sign for sign in signs if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"})
    return "".join(kept).translate(_MISREAD)


def digest(text: str) -> str:
    """What is kept of a code (CODE-1): a plain hash, because nobody can try 2¹⁰⁰ codes, as one could try passwords."""
    return hashlib.sha256(canonical(text).encode("utf-8", "replace")).hexdigest()


def expires_on(issued_on: date, starts_on: date | None) -> date:
    """The last day on which it can be applied: 90 days after it was issued, or after a later start (CODE-4)."""
    return max(issued_on, starts_on or issued_on) + GOOD_FOR


def begins_on(starts_on: date | None, *, applied_on: date) -> date:
    """The first day of the term: the agreed start, or the day of the application where that is later (CODE-5)."""
    return max(starts_on or applied_on, applied_on)


def state_of(*, is_redeemed: bool, is_void: bool, expires_on: date, on: date) -> CodeState:
    """The state on the day `on`; only what is issued can be applied."""
    if is_redeemed:
        return CodeState.REDEEMED
    if is_void:
        return CodeState.VOID
    return CodeState.EXPIRED if on > expires_on else CodeState.ISSUED
