"""What happened to a case reads as a sentence, for customers and for staff."""

from __future__ import annotations

import pytest

from portal import catalogues
from portal.domain.cases import CaseState, Happening
from portal.models.case_entries import CaseEntry
from portal.models.organizations import User
from portal.web.case_words import Reader

TOLD = {
    Happening.OPENED: ({}, "opened the ticket"),
    Happening.STATE: ({"old": "open", "new": "solved", "reason": "workaround"}, "set it to “Solved”: workaround found"),
    Happening.SEVERITY: ({"old": "3", "new": "1", "counts": True}, "raised the severity from Severity 3 (Normal) to"),
    Happening.DISAGREED: ({"severity": "4"}, "disagrees with Severity 4 (Low)"),
    Happening.SETTLED: ({"severity": "4"}, "settled the disagreement about Severity 4 (Low)"),
    Happening.ASSIGNED: ({"agent": "Aki"}, "gave it to Aki"),
    Happening.CC_ADDED: ({"addresses": ["a@b.example", "c@d.example"]}, "put on CC: a@b.example and c@d.example"),
    Happening.CC_REMOVED: ({"addresses": ["a@b.example"]}, "took off CC: a@b.example"),
    Happening.VIDEO: ({"answer": "declined"}, "declined the video chat"),
    Happening.MERGED: ({"number": 7}, "merged ticket 7 into this one"),
    Happening.MERGED_INTO: ({"number": 7}, "merged this into ticket 7, where it goes on"),
    Happening.LINKED: ({"number": 7}, "linked ticket 7"),
    Happening.PUBLISHED: ({"address": "a@b.example"}, "showed the answer of a@b.example to everybody"),
    Happening.FOLLOWS: ({"number": 7}, "opened this as a follow-up of ticket 7"),
    Happening.FOLLOWED_BY: ({"number": 7}, "opened ticket 7 as a follow-up"),
    Happening.DUE_SOON: ({"due_at": None}, "says that the first response is due soon"),
    Happening.OVERDUE: ({"due_at": None}, "says that the first response is overdue"),
    Happening.RATED: ({"good": True}, "found the help good"),
}


def told(happening, facts, *, for_staff=False):
    entry = CaseEntry(happening=happening, facts=facts, by_staff=False, author=User(name="Alma", email="a@b.example"))
    return Reader(catalogues.load("neon"), for_staff=for_staff).tell(entry)


@pytest.mark.parametrize("happening", Happening)
def test_everything_that_happens_has_words(happening):
    facts, words = TOLD[happening]
    found = told(happening, facts)
    assert found.who == "Alma"
    assert found.what.startswith(words)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"old": "1", "new": "3"}, "lowered the severity from Severity 1 (Critical) to Severity 3 (Normal)"),
        ({"old": None, "new": "3"}, "set Severity 3 (Normal)"),
        ({"old": "3", "new": "1", "counts": False}, "asked for Severity 1 (Critical)"),
        ({"old": "3", "new": "0"}, "set 0"),
    ],
)
def test_a_severity_that_does_not_count_yet_was_asked_for(facts, words):
    """NE-22."""
    assert told(Happening.SEVERITY, facts).what == words


def test_staff_read_their_own_words_for_states():
    """CASE-6."""
    facts = {"old": CaseState.OPEN.value, "new": CaseState.PENDING.value}
    assert told(Happening.STATE, facts).what == "set it to “Awaiting your reply”"
    assert told(Happening.STATE, facts, for_staff=True).what == "set it to “Waiting for the customer”"


def test_who_takes_a_case_gave_it_to_nobody():
    assert told(Happening.ASSIGNED, {"agent": "Alma"}).what == "took it"
    assert told(Happening.ASSIGNED, {"agent": None}).what == "left it to nobody"


def test_who_is_no_user_is_told_by_address_and_the_portal_by_what_it_is():
    reader = Reader(catalogues.load("neon"))
    assert reader.author(CaseEntry(author_address="o@out.example")) == "o@out.example"
    assert reader.author(CaseEntry()) == "The portal"
