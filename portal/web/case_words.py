"""What happened to a case, in words: one sentence without its subject for each happening (CASE-6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.cases import CUSTOMER_WORDS, STAFF_WORDS, CaseState, Happening, Video
from portal.domain.catalogue import Catalogue
from portal.models.case_entries import CaseEntry
from portal.web.formatting import listed


@dataclass(frozen=True, slots=True)
class Told:
    """What an event tells: who did it, what, and the sign beside it. `is_staff` marks the vendor's people."""

    who: str
    what: str
    icon: str
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: words and severities are the vendor's, and states read otherwise for staff."""

    catalogue: Catalogue
    for_staff: bool = False

    def tell(self, entry: CaseEntry) -> Told:
        """The words of an entry of the kind `event`."""
        if entry.happening is None:
            raise ValueError("only events are told; comments and notes stand for themselves")
        who, words = self.author(entry), _WORDS[entry.happening](entry.facts, self)
        if entry.happening is Happening.ASSIGNED and entry.facts.get("agent") == who:
            words = "took it"
        return Told(who, words, _ICONS[entry.happening], entry.by_staff and entry.author is not None)

    def author(self, entry: CaseEntry) -> str:
        """Who wrote it, by name; an outsider by their address, the portal itself by what it is."""
        if entry.author is not None:
            return entry.author.name
        return entry.author_address or "The portal"

    def severity(self, key: str | None) -> str:
        """What a severity is called, also one that the vendor has no more."""
        if key is None:
            return "no severity"
        known = self.catalogue.severities.get(key)
        return known.name if known else key

    def state(self, state: CaseState) -> str:
        """What the state reads."""
        return (STAFF_WORDS if self.for_staff else CUSTOMER_WORDS)[state]


def _state(facts: Mapping[str, Any], reader: Reader) -> str:
    words = f"set it to “{reader.state(CaseState(facts['new']))}”"
    reason = reader.catalogue.close_reasons.get(facts.get("reason", ""))
    return f"{words}: {reason.lower()}" if reason else words


def _severity(facts: Mapping[str, Any], reader: Reader) -> str:
    new, known = reader.severity(facts["new"]), reader.catalogue.severities
    if not facts.get("counts", True):
        return f"asked for {new}"
    if facts["old"] not in known or facts["new"] not in known:
        return f"set {new}"
    verb = "raised" if known[facts["new"]].rank < known[facts["old"]].rank else "lowered"
    return f"{verb} the severity from {reader.severity(facts['old'])} to {new}"


def _cc(verb: str) -> Callable[[Mapping[str, Any], Reader], str]:
    return lambda facts, _: f"{verb} {listed(facts['addresses'])}"


def _numbered(words: str) -> Callable[[Mapping[str, Any], Reader], str]:
    return lambda facts, reader: words.format(number=facts["number"], case=reader.catalogue.words.case)


def _said(words: str) -> Callable[[Mapping[str, Any], Reader], str]:
    return lambda _, reader: words.format(case=reader.catalogue.words.case)


def _assigned(facts: Mapping[str, Any], _: Reader) -> str:
    return f"gave it to {facts['agent']}" if facts.get("agent") else "left it to nobody"


def _video(facts: Mapping[str, Any], _: Reader) -> str:
    answers = {Video.ASKED: "asked for a video chat", Video.GRANTED: "granted the video chat"}
    return answers.get(Video(facts["answer"]), "declined the video chat")


_WORDS: Mapping[Happening, Callable[[Mapping[str, Any], Reader], str]] = {
    Happening.OPENED: _said("opened the {case}"),
    Happening.STATE: _state,
    Happening.SEVERITY: _severity,
    Happening.DISAGREED: lambda facts, reader: f"disagrees with {reader.severity(facts['severity'])}",
    Happening.SETTLED: lambda facts, reader: f"settled the disagreement about {reader.severity(facts['severity'])}",
    Happening.ASSIGNED: _assigned,
    Happening.CC_ADDED: _cc("put on CC:"),
    Happening.CC_REMOVED: _cc("took off CC:"),
    Happening.VIDEO: _video,
    Happening.MERGED: _numbered("merged {case} {number} into this one"),
    Happening.MERGED_INTO: _numbered("merged this into {case} {number}, where it goes on"),
    Happening.LINKED: _numbered("linked {case} {number}"),
    Happening.PUBLISHED: lambda facts, _: f"showed the answer of {facts['address']} to everybody",
    Happening.FOLLOWS: _numbered("opened this as a follow-up of {case} {number}"),
    Happening.FOLLOWED_BY: _numbered("opened {case} {number} as a follow-up"),
    Happening.DUE_SOON: _said("says that the first response is due soon"),
    Happening.OVERDUE: _said("says that the first response is overdue"),
    Happening.RATED: lambda facts, _: "found the help good" if facts["good"] else "found the help not good",
}
_ICONS: Mapping[Happening, str] = {
    Happening.OPENED: "plus",
    Happening.STATE: "activity",
    Happening.SEVERITY: "flag",
    Happening.DISAGREED: "flag",
    Happening.SETTLED: "flag",
    Happening.ASSIGNED: "users",
    Happening.CC_ADDED: "mail",
    Happening.CC_REMOVED: "mail",
    Happening.VIDEO: "video",
    Happening.MERGED: "layers",
    Happening.MERGED_INTO: "layers",
    Happening.LINKED: "layers",
    Happening.PUBLISHED: "message-circle",
    Happening.FOLLOWS: "history",
    Happening.FOLLOWED_BY: "history",
    Happening.DUE_SOON: "clock",
    Happening.OVERDUE: "clock",
    Happening.RATED: "message-circle",
}
