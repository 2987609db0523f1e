"""The letters about a case: what people read when it was opened, commented or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal import catalogues
from portal.domain.cases import CUSTOMER_WORDS, CaseState, Happening
from portal.domain.catalogue import Catalogue
from portal.domain.incoming import charsets
from portal.domain.incoming.quote_words import REPLY_LINE
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.services import letters
from portal.services.case_doing import Doing
from portal.services.letters import Letter

_VIDEO = {
    "granted": "The video chat that was asked for takes place.",
    "declined": "The video chat that was asked for does not take place.",
    "asked": "A video chat is asked for.",
}
_SAID = {
    Happening.DISAGREED: "The severity is disagreed with.",
    Happening.SETTLED: "The disagreement about the severity is settled.",
}


def opened(case: Case, doing: Doing) -> Letter:
    """The confirmation with the number, for who opened it (AV-42)."""
    return letters.write("case_opened", **_facts(case, doing, is_user=True))


def opened_for_others(case: Case, first: CaseEntry, doing: Doing, *, is_user: bool) -> Letter:
    """That it was opened, and what for; `is_user` says whether the reader can see it in the portal."""
    facts = _facts(case, doing, is_user=is_user)
    return letters.write("case_opened_for_others", **facts, lines=_lines(first.body))


def for_account_team(case: Case, doing: Doing) -> Letter:
    """That it was opened, for those who look after the organization (AV-41)."""
    catalogue = catalogues.load(case.organization.catalogue)
    severity = catalogue.severities.get(case.severity or "")
    facts = _facts(case, doing, is_user=True)
    return letters.write("case_opened_for_team", **facts, severity=severity.name if severity else "none")


def commented(
    case: Case,
    entry: CaseEntry,
    doing: Doing,
    *,
    added: Sequence[str],
    is_user: bool,
    turned: CaseEntry | None = None,
) -> Letter:
    """A comment; `added` are the addresses that came to the case with it, `turned` is what became of its state."""
    catalogue = catalogues.load(case.organization.catalogue)
    news = _news(catalogue, turned.happening, turned.facts) if turned else ""
    facts = _facts(case, doing, is_user=is_user) | {"who": _writer(entry, doing)}
    return letters.write("case_commented", **facts, lines=_lines(entry.body), added=tuple(added), news=news)


def changed(case: Case, entry: CaseEntry, doing: Doing, *, is_user: bool) -> Letter:
    """What happened to it, and why, where somebody said so."""
    catalogue = catalogues.load(case.organization.catalogue)
    news = _news(catalogue, entry.happening, entry.facts)
    facts = _facts(case, doing, is_user=is_user)
    return letters.write("case_changed", **facts, news=news, lines=_lines(entry.body))


def _facts(case: Case, doing: Doing, *, is_user: bool) -> dict[str, object]:
    return {
        "reply_line": REPLY_LINE,
        "number": case.id,
        "subject": case.subject,
        "word": catalogues.load(case.organization.catalogue).words.case,
        "organization": case.organization.name,
        "who": doing.by.name if doing.by else "Support",
        # Who is no user could open no link (CC-5).
        "link": f"{doing.base_url}/cases/{case.id}" if is_user else "",
    }


def _writer(entry: CaseEntry, doing: Doing) -> str:
    """Who wrote the comment: an outsider is known by an address alone, also when staff publish it."""
    if entry.author_address:
        return entry.author_address
    if entry.author:
        return entry.author.name
    return doing.by.name if doing.by else "Support"


def _lines(source: str) -> tuple[str, ...]:
    """The text line by line, without signs that no mail has."""
    return tuple(charsets.clean(source).split("\n"))


def _news(catalogue: Catalogue, happening: Happening | None, facts: Mapping[str, Any]) -> str:
    if happening is Happening.STATE:
        return f"It is now: {CUSTOMER_WORDS[CaseState(facts['new'])]}."
    if happening is Happening.SEVERITY:
        known = catalogue.severities.get(facts["new"])
        new = known.name if known else facts["new"]
        # What staff have assessed stays until they assess it anew (NE-22).
        return f"The severity is now: {new}." if facts.get("counts", True) else f"{new} is asked for."
    if happening is Happening.VIDEO:
        return _VIDEO[facts["answer"]]
    if happening is Happening.MERGED:
        return f"The {catalogue.words.case} {facts['number']} goes on in this one."
    if happening is Happening.CC_ADDED:
        return f"Now on CC: {', '.join(facts['addresses'])}."
    return _SAID.get(happening, "It was changed.") if happening else "It was changed."
