"""Whether a mail is from whom it says, as our own relay found (RFC 8601)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What our relay says of the sender: proven, forged, or neither."""

    PROVEN = "proven"
    FORGED = "forged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    properties: dict[str, str]


# Senders choose what stands before the @ of their address, and in quotes that may be anything: what is quoted says
# nothing by itself, and is taken whole.
_QUOTED = r'"(?:\\.|[^"\\])*"'
_SIGN = re.compile(rf'{_QUOTED}|\\.|[^"\\();]+|.', re.DOTALL)
_WORD = rf'(?:{_QUOTED}|[^\s"])+'
_RESULT = re.compile(r"\s*([a-z0-9-]{1,20})(?:/[0-9]+)?\s*=\s*([a-z]{1,20})\b(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(rf"(?:smtp|header|policy|body)\s*\.\s*([a-z0-9-]+)\s*=\s*({_WORD})|{_WORD}", re.IGNORECASE)
_METHODS = ("dmarc", "dkim", "spf")
_LONGEST = 10_000


def verdict(headers: Sequence[str], *, sender: str, relay: str | None) -> Verdict:
    """What `relay` says of `sender`, in `headers` from the topmost down (MAIL-38).

    Anybody can write such a header. Those of other names are passed over, and of each method the topmost header that
    tells of it counts: ours stands above all that came from outside. Proven is an address whose domain is the one that
    SPF or DKIM found, or lies in it, or that DMARC passed. Where DMARC failed, or SPF failed and DKIM proves nothing,
    it is forged.
    """
    domain = sender.rpartition("@")[2].casefold()
    if not relay or not domain:
        return Verdict.UNKNOWN
    told = _topmost([list(_results(header, relay)) for header in headers])
    passed = {one.method for one in told if one.result == "pass" and _is_about(one, domain)}
    failed = {one.method for one in told if one.result == "fail"}
    if "dmarc" in failed or ("spf" in failed and "dkim" not in passed and "dmarc" not in passed):
        return Verdict.FORGED
    return Verdict.PROVEN if passed else Verdict.UNKNOWN


def _topmost(headers: Sequence[Sequence[_Result]]) -> list[_Result]:
    counted: list[_Result] = []
    for method in _METHODS:
        told = (([one for one in results if one.method == method]) for results in headers)
        counted += next((results for results in told if results), [])
    return counted


def _results(header: str, relay: str) -> Iterator[_Result]:
    name, *statements = _statements(header[:_LONGEST])
    if [word.strip('"').casefold() for word in name.split()[:1]] != [relay.casefold()]:
        return
    for statement in statements:
        found = _RESULT.match(statement)
        if found:
            yield _Result(found[1].casefold(), found[2].casefold(), _properties(found[3]))


def _statements(header: str) -> Sequence[str]:
    """What stands between semicolons, without comments; one whose quotes or comments have no end says nothing."""
    found, depth = [""], 0
    for sign in _SIGN.findall(header):
        if sign == '"':
            return [""]
        if sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            found[-1] += " "
        elif depth:
            continue
        elif sign == ";":
            found.append("")
        else:
            found[-1] += sign
    return [""] if depth else found


def _properties(text: str) -> dict[str, str]:
    """By their names in small letters; of several of one name the first."""
    found: dict[str, str] = {}
    for key, value in _PROPERTY.findall(text):
        if key:
            found.setdefault(key.casefold(), _unquoted(value).casefold())
    return found


def _unquoted(value: str) -> str:
    whole = re.fullmatch(_QUOTED, value, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if whole else value


def _is_about(one: _Result, domain: str) -> bool:
    """Whether the result speaks of the sender's own domain: a pass for somebody else's says nothing about it."""
    if one.method == "dmarc":
        return _domain(one.properties.get("from", "")) == domain
    if one.method == "dkim":
        proven = _domain(one.properties.get("d") or one.properties.get("i", ""))
    else:
        proven = _domain(one.properties.get("mailfrom", ""))
    # A domain may speak for those in it. The other way round everybody with a domain in a shared one spoke for all.
    return "." in proven and (domain == proven or domain.endswith(f".{proven}"))


def _domain(value: str) -> str:
    return value.rpartition("@")[2].strip("<>.")
