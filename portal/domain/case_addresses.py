"""Addresses on CC: read from what somebody typed, compared without case (CC-1, CC-4, CC-11)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from portal.domain.errors import Refusal
from portal.domain.mail import is_address

_SIGNS = {"space": " \t", "comma": ",;", "newline": "\r\n"}
_LONGEST_SHOWN = 60


def read(typed: str, *, separators: Iterable[str]) -> tuple[str, ...]:
    """The addresses in `typed`, each once and in their order; refused as a whole where one is malformed (CC-11)."""
    signs = "".join(_SIGNS[separator] for separator in separators)
    words = [word for word in re.split(f"[{re.escape(signs)}]+", typed) if word]
    check(words)
    return distinct(words)


def check(addresses: Iterable[str]) -> None:
    """Refuse all where one is no address."""
    wrong = next((address for address in addresses if not is_address(address)), None)
    if wrong is not None:
        raise Refusal(f"“{_shown(wrong)}” is not an e-mail address.")


def distinct(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each address once, in small letters, in their order."""
    return tuple(dict.fromkeys(address.strip().casefold() for address in addresses))


def to_add(wanted: Iterable[str], *, requester: str, present: Collection[str], most: int) -> Sequence[str]:
    """Those that are not the requester's and not there yet (CC-11); refused beyond `most` on one case."""
    known = {requester.casefold(), *present}
    new = [address for address in distinct(wanted) if address not in known]
    if len(present) + len(new) > most:
        raise Refusal(f"At most {most} addresses can be on CC; this would be {len(present) + len(new)}.")
    return new


def _shown(word: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in word)
    return printable if len(printable) <= _LONGEST_SHOWN else f"{printable[:_LONGEST_SHOWN]}…"
