"""The developer resources: the pages there are now, and the passages that fit what somebody asks."""

from __future__ import annotations

import re
import sqlite3
import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from portal.domain import resources
from portal.domain.resources import Passage, ResourcePage
from portal.services import markdown, resource_pages
from portal.services.resource_pages import Look

# So old the index may be at most, whatever the folder looks like.
RENEWED_AFTER = timedelta(days=1)
# Of a long text the first words say what it is about.
MOST_WORDS = 60
_WORD = re.compile(r"\w+")
# Words that stand in every question and tell nothing of it.
_EMPTY_WORDS = frozenset(
    _WORD.findall(
        """a about after again all also am an and any are as at be because been before being but by can cannot could did
        do does doing don done for from get gets getting give go got had has have having hello help her here hi him his
        how i if in into is isn it its just know let like ll make many may me might more most much must my need needs no
        not now of old on one only or other our out over please possible re same see shall she should since so some
        still such t tell than thank thanks that the their them then there these they this those to today too try trying
        up us use used using ve very want wants was we were what when where which while who whom why will with would
        yesterday you your"""
    )
)
_SCHEMA = """
CREATE VIRTUAL TABLE passages USING fts5(title, head, body, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE stems USING fts5vocab(passages, instance);
CREATE VIRTUAL TABLE question USING fts5(body, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE asked USING fts5vocab(question, row);
"""


class Library:
    """The pages of a folder and an index of them in memory; both are made anew when the folder looks different."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._look: Look | None = None
        self._read_at: datetime | None = None
        self._pages: tuple[ResourcePage, ...] = ()
        self._index = _Index(())

    def pages(self, *, at: datetime) -> Sequence[ResourcePage]:
        """Every page, by title."""
        with self._lock:
            self._renew(at)
            return self._pages

    def find(self, name: str, *, at: datetime) -> ResourcePage | None:
        """The page of this name; None where there is none."""
        return next((page for page in self.pages(at=at) if page.name == name), None)

    def search(self, text: str, *, limit: int, at: datetime) -> Sequence[Passage]:
        """The passages of pages that fit what `text` asks, the best first; none where nothing fits (CHAT-7)."""
        with self._lock:
            self._renew(at)
            return self._index.search(text, limit=limit)

    def search_pages(self, text: str, *, limit: int, at: datetime) -> Sequence[ResourcePage]:
        """The pages that fit, the best first."""
        found = dict.fromkeys(passage.page for passage in self.search(text, limit=8 * limit, at=at))
        by_name = {page.name: page for page in self.pages(at=at)}
        return [by_name[name] for name in found if name in by_name][:limit]

    def _renew(self, at: datetime) -> None:
        look = resource_pages.look(self._folder)
        if look == self._look and self._read_at and at - self._read_at < RENEWED_AFTER:
            return
        self._pages = resource_pages.read(self._folder)
        self._index = _Index([passage for page in self._pages for passage in page.passages])
        self._look, self._read_at = look, at


class _Index:
    """Passages in a full-text index of SQLite, in memory; row n is the nth passage. One thread at a time."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._rows_of = defaultdict[str, list[int]](list)
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self._database.close)
        self._database.executescript(_SCHEMA)
        for row, passage in enumerate(passages):
            self._rows_of[passage.page].append(row)
            fields = (row, passage.title, passage.head, markdown.words(passage.source))
            self._database.execute("INSERT INTO passages (rowid, title, head, body) VALUES (?, ?, ?, ?)", fields)

    def search(self, text: str, *, limit: int) -> Sequence[Passage]:
        words = _telling_words(text)
        if not words or not self._passages:
            return ()
        by_page, by_row = self._fitting(words)
        ranked = [row for row in self._ranked(words) if self._passages[row].page in by_page]
        # Where a page answers only as a whole, its best passage leads to it.
        rows = [row for row in ranked if row in by_row] or ranked[:1]
        return [self._passages[row] for row in rows[:limit]]

    def _ranked(self, words: Iterable[str]) -> list[int]:
        """The passages with any of the words, the best first; what introduces a page comes after what it introduces."""
        # Words are letters and digits alone, and quoted: nothing in them is an operator.
        query = " OR ".join(f'"{word}"' for word in words)
        statement = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, 4, 4, 1), rowid"
        rows = [row for (row,) in self._database.execute(statement, (query,))]
        return sorted(
            rows, key=lambda row: not self._passages[row].head and len(self._rows_of[self._passages[row].page]) > 1
        )

    def _fitting(self, words: Iterable[str]) -> tuple[set[str], set[int]]:
        """The pages that have enough of the words, in whatever form, and the passages that have by themselves."""
        rows = {stem: set(self._rows_with(stem)) for stem in self._stems(words)}
        # A number that stands nowhere is somebody's own: an address, a port, a time.
        stems = [stem for stem, found in rows.items() if found or not any(map(str.isdigit, stem))]
        found_in = {stem: len(rows[stem]) for stem in stems}
        weight_of = resources.weights(stems, found_in, of=len(self._passages))

        def fits(own: Iterable[int]) -> bool:
            return resources.fits(weight_of, (stem for stem in stems if not rows[stem].isdisjoint(own)))

        by_page = {page for page, own in self._rows_of.items() if fits(own)}
        return by_page, {row for page in by_page for row in self._rows_of[page] if fits([row])}

    def _stems(self, words: Iterable[str]) -> list[str]:
        """The words as the index knows them: cut and written as it cuts and writes its own."""
        self._database.execute("DELETE FROM question")
        self._database.execute("INSERT INTO question (body) VALUES (?)", (" ".join(words),))
        return [stem for (stem,) in self._database.execute("SELECT term FROM asked ORDER BY term")]

    def _rows_with(self, stem: str) -> Iterator[int]:
        for (row,) in self._database.execute("SELECT DISTINCT doc FROM stems WHERE term = ?", (stem,)):
            yield row


def _telling_words(text: str) -> list[str]:
    """The words of a question that tell what it is about, each once; a single letter or digit tells nothing."""
    words = dict.fromkeys(_WORD.findall(text.lower()))
    return [word for word in words if len(word) > 1 and word not in _EMPTY_WORDS][:MOST_WORDS]
