"""The developer resources are searched as they lie in their folder, and what they do not hold is not found."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from portal.config import ROOT
from portal.domain import resources as weighing
from portal.gateways.answers.extracts import Extracts
from portal.services import resource_pages
from portal.services.resources import RENEWED_AFTER, Library

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS = ROOT / "portal/resources"
ASKED = {
    "How do I change the billing contact?": ("billing-contact", "The billing contact"),
    "connection refused": ("connection-errors", "Connection refused or timed out"),
    "MongoNetworkError: connection refused 10.1.2.3:27017 since yesterday": (
        "connection-errors",
        "Connection refused or timed out",
    ),
    "I forgot my password": ("passwords-and-sessions", "Forgotten password"),
    "restoring backups": ("backups-and-restore", "Restore a backup"),
    "Why is my invoice higher than my usage?": ("invoices-explained", "Why the amount differs from your usage"),
    "apply an activation code": ("credits-and-commitments", "Activation codes"),
    "the cost rose suddenly last month": ("usage-and-costs", "The cost rose suddenly"),
    "remove a member": ("roles-and-permissions", "Remove somebody"),
    "upgrade my support plan": ("support-plans", "Upgrade, downgrade, cancel"),
}
NONSENSE = (
    "What is the airspeed velocity of an unladen swallow?", "How do I bake a chocolate cake?",
    "What is the price of bitcoin?", "How do I change the oil in my car?", "weather in Paris tomorrow",
    "Who won the world cup in 1998?", "asdf qwer", "hello", "how old are you", "Wie backe ich Brot?", "?", "",
    "x" * 9000, '" OR title:* NEAR(', "1 2 3", "書類はどこですか",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ticks.md").write_text("# Clock ticks\n\nA tick is a second.\n\n## Tock\n\nAfter it comes a tock.\n")
    return tmp_path


def names(found):
    return [passage.page for passage in found]


@pytest.mark.parametrize("question", ASKED)
def test_what_is_asked_most_is_found_first(question):
    first, *_ = Library(OURS).search(question, limit=3, at=AT)
    assert (first.page, first.head) == ASKED[question]


@pytest.mark.parametrize("question", NONSENSE)
def test_what_no_page_holds_is_not_found(question):
    assert not Library(OURS).search(question, limit=3, at=AT)


def test_a_page_that_is_dropped_in_changed_or_taken_away_meanwhile_counts_at_once(folder):
    library = Library(folder)
    assert names(library.search("a second", limit=3, at=AT)) == ["ticks"]
    assert not library.search("How do I enable zebra mode?", limit=3, at=AT)
    page = folder / "Zebra mode.md"
    page.write_text("To enable zebra mode, set `stripes` to 7.")
    [found] = library.search("How do I enable zebra mode?", limit=3, at=AT)
    assert (found.page, found.title) == ("Zebra mode", "Zebra mode")
    page.write_text("# Stripes\n\nThere is no zebra mode to enable any more.")
    assert library.search("zebra mode", limit=3, at=AT)[0].title == "Stripes"
    page.unlink()
    assert not library.search("zebra mode", limit=3, at=AT)
    assert library.find("Zebra mode", at=AT) is None


def test_the_index_is_made_anew_once_a_day_whatever_the_folder_looks_like(folder):
    library, page = Library(folder), folder / "ticks.md"
    before = page.stat()
    assert library.pages(at=AT)[0].title == "Clock ticks"
    page.write_text(page.read_text().replace("Clock", "Watch"))
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert library.pages(at=AT + RENEWED_AFTER - timedelta(seconds=1))[0].title == "Clock ticks"
    assert library.pages(at=AT + RENEWED_AFTER)[0].title == "Watch ticks"


def test_a_file_that_is_no_page_is_left_out_and_the_others_stay(folder):
    (folder / "latin.md").write_bytes("# Gr\xfc\xdfe".encode("latin-1"))
    (folder / "long.md").write_text("a" * (resource_pages.MOST_BYTES + 1))
    (folder / ".draft.md").write_text("# Draft")
    (folder / "notes.txt").write_text("# Notes")
    (folder / "inside.md").mkdir()
    assert [page.name for page in Library(folder).pages(at=AT)] == ["ticks"]
    assert not Library(folder / "nowhere").pages(at=AT)


def test_a_page_is_read_with_its_title_its_summary_and_its_passages():
    page = resource_pages.parse("a-name", "# A *title*\n\nIt is **about** this.\n\n## Part\n\none\n\n- two\n")
    assert (page.title, page.summary) == ("A title", "It is about this.")
    assert page.source == "It is **about** this.\n\n## Part\n\none\n\n- two"
    assert [(one.head, one.source) for one in page.passages] == [
        ("", "It is **about** this."),
        ("Part", "one\n\n- two"),
    ]
    assert resource_pages.parse("a-name", "text").title == "A name"
    assert not resource_pages.parse("a-name", "").passages


def test_a_long_part_is_cut_into_passages_between_its_paragraphs():
    page = resource_pages.parse("long", "## Part\n\n" + "\n\n".join(f"{number} {'x' * 300}" for number in range(4)))
    assert [one.source[0] for one in page.passages] == ["0", "2"]
    assert {one.head for one in page.passages} == {"Part"}


def test_pages_are_found_once_however_many_of_their_passages_fit():
    found = Library(OURS).search_pages("backup restore", limit=5, at=AT)
    assert [page.name for page in found] == ["backups-and-restore"]


def test_a_rare_word_tells_more_and_one_that_stands_nowhere_as_much_as_the_rarest():
    weight_of = weighing.weights(["rare", "frequent", "absent"], {"rare": 1, "frequent": 50, "absent": 0}, of=100)
    assert weight_of["absent"] == weight_of["rare"] > weight_of["frequent"] > 0
    assert weighing.fits(weight_of, ["rare", "frequent"])
    assert not weighing.fits(weight_of, ["frequent"])
    assert not weighing.fits({}, [])


def test_an_answer_of_extracts_is_what_the_pages_say_with_their_names(folder):
    passages = Library(folder).search("tock", limit=3, at=AT)
    assert Extracts().answer("tock?", passages) == "**Clock ticks: Tock**\n\n> After it comes a tock."
