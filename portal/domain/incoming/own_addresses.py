"""The addresses that mail to support goes to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(r"[0-9a-z]{26,40}")


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """`support` is where answers go, with a case's token behind a plus sign; `others` are ours too."""

    support: str
    others: frozenset[str] = field(default_factory=frozenset)

    def tokens(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """The tokens in those that are answers to a case, each once. Mail servers may have changed their case."""
        local, _, domain = self.support.casefold().rpartition("@")
        found = []
        for address in addresses:
            name, _, at = address.casefold().rpartition("@")
            before, plus, token = name.partition("+")
            if plus and (before, at) == (local, domain) and _TOKEN.fullmatch(token):
                found.append(token)
        return tuple(dict.fromkeys(found))

    def is_ours(self, address: str) -> bool:
        """Whether a mail to it comes to us."""
        known = address.casefold()
        return known == self.support.casefold() or known in self.others or bool(self.tokens([known]))

    def without_ours(self, addresses: Iterable[str]) -> Sequence[str]:
        """Those of others, in small letters, each once."""
        return tuple(dict.fromkeys(one.casefold() for one in addresses if not self.is_ours(one)))

    def without_tokens(self, text: str) -> str:
        """The text with support's bare address in place of those that are answers to a case (MAIL-48)."""
        local, _, domain = self.support.rpartition("@")
        token = re.compile(
            rf"(?<![\w.+-])({re.escape(local)})(?:\+|%2B)[0-9a-z]{{26,40}}(?=(?:@|%40){re.escape(domain)})",
            re.IGNORECASE,
        )
        return token.sub(r"\1", text)
