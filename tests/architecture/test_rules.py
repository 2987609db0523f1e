"""Every rule that the code cites by its id stands in docs/rules, where a reader finds it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from tests.architecture.sources import ROOT, Source, breaches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RULES = ROOT / "docs/rules"
PLACES = ("portal", "invoices", "tests", "migrations")
KINDS = (".py", ".toml", ".html")
FAMILIES = ("atlas", "aiven", "neon")
# Letters of rules and worked examples, and words of rules; the second kind is known from what is defined, too.
_LETTERED = r"(?:[ADEFGPRTX]|M|MC|GC|PP|MP|TX)[1-9][0-9]?[ab]?"
_WORDED = r"(?:AMB|V-AMB|UM|AV|NE|SL|CC|BG)-[0-9]+"
_FAMILY = rf"(?:{'|'.join(FAMILIES)})"
_NUMBER = r"(?:1[0-4]|[0-9])\.[1-9](?!\.?[0-9])"
_CHAPTER = r"(?:1[0-4]|[1-9])(?!\.?[0-9])"
# `atlas 4.5`; `(7.7, …` or `(10)`; `4.1: …` at the beginning of a line.
_SECTIONS = (
    re.compile(rf"\b(?P<family>{_FAMILY}) (?P<number>{_NUMBER}|{_CHAPTER})"),
    re.compile(rf"\((?P<number>{_NUMBER})(?=[,;) ])"),
    re.compile(rf"\([^()]*[,;] (?P<number>{_NUMBER})(?=[,;)])"),
    re.compile(rf"\((?P<number>{_CHAPTER})\)"),
    re.compile(rf"^[#\s]*(?P<number>{_NUMBER})(?=[:,]| and )", re.MULTILINE),
)
# Papers that were there before the code, and are not with it.
_ELSEWHERE = re.compile(
    r"\bspec/|\bcontract(?:\.md| [0-9])|\b(?:house_style|design)\.md|/work/|aiven_neon|\(issue [0-9]"
)
_FIRST_CELL = re.compile(r"^\| *([^|]+?) *\|", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_FILE = re.compile(r"`((?:portal|invoices|migrations|tests|scripts|docs)/[^`\s*{]+)`")


def test_every_rule_that_is_cited_is_defined():
    found = breaches(readable(PLACES), undefined(defined()))
    assert not found, "Add the rule to a file of docs/rules: a row of a table, its id first."


def test_nothing_refers_to_what_a_reader_does_not_have():
    found = breaches(readable((*PLACES, "docs", "README.md", "CHANGELOG.md"), (*KINDS, ".md")), refers_elsewhere)
    assert not found, "Say it in your own words, or cite a rule of docs/rules by its id."


def test_a_reference_to_elsewhere_is_found():
    texts = ("# By contract.md 3.", "# By contract 3.", "# See spec/atlas.md 4.", "# For all (issue 2).")
    assert all(breaches([Source("sample.py", text)], refers_elsewhere) for text in texts)


def test_a_rule_is_defined_once():
    rows = [name for name, _ in rows_of_rules()]
    assert not {name for name in rows if rows.count(name) > 1}, "Keep one of the rows: a rule has one place."


@pytest.mark.parametrize("pattern", [_LINK, _FILE], ids=["links", "files"])
def test_what_the_documentation_leads_to_is_there(pattern):
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
        for target in pattern.findall(page.read_text("utf-8"))
        if "://" not in target and not any((start / target).exists() for start in (page.parent, ROOT))
    ]
    assert not missing


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sample.py", '"""Rounds as G99 says."""'),
        ("sample.py", "# P77"),
        ("sample.py", "def f():\n    '''Draws from the top (D1, E9).'''"),
        ("sample.py", "STATUS = 1\n'''What people read (13.9).'''"),
        ("sample.py", '"""Draws from the top (D1, 6.9)."""'),
        ("sample.py", "# 8.9: the month ends."),
        ("sample.py", "# Closed by atlas 11.3."),
        ("sample.py", "# Closed by atlas 14."),
        ("sample.py", "# Roles of neon 7.7."),
        ("sample.py", "# Pays the failed ones (14)."),
        ("sample.py", 'VECTORS = [("TX99", 1)]'),
        ("sample.py", "# AMB-99"),
        ("sample.py", "# TAX-99"),
        ("sample.toml", "days = 30 # G99"),
        ("sample.html", "{# Shows what P77 permits. #}"),
    ],
)
def test_an_id_that_nobody_defined_is_found(path, text):
    found = breaches([Source(path, text)], undefined(defined()))
    assert found


@pytest.mark.parametrize(
    "text",
    [
        '"""Rounds as G1 says, at atlas 7.7 (6.2, D1–D4) and (10)."""',
        "# 4.1: where the month has no such day, its last day counts.",
        '"""TX1 to TX12, TAX-7, AMB-13."""',
        "sku = 'M10'\nheight = 4.5  # 0.54, $1.00 and 1,234.5 are amounts; CI-2026-000317 is a number.",
        "# The list ends before Ladakh (38), at Python 3.11 and UTF-8.",
    ],
)
def test_what_is_defined_and_what_is_no_id_pass(text):
    found = breaches([Source("sample.py", text)], undefined(defined()))
    assert not found


def undefined(known: frozenset[str]) -> Callable[[Source], Iterator[tuple[int, str]]]:
    """Ids and sections that `known` does not have."""
    prefixes = {name.rpartition("-")[0] for name in known if re.fullmatch(r"[A-Z-]+-[0-9]+", name)}
    worded = re.compile(rf"(?<![A-Za-z0-9-])(?:{_WORDED}|(?:{'|'.join(sorted(prefixes))})-[0-9]+|TX[0-9]+)(?![\w-])")
    lettered = re.compile(rf"(?<![\w./#-]){_LETTERED}(?![\w-])")

    def rule(source: Source) -> Iterator[tuple[int, str]]:
        cited = [(line, name) for line, text in enumerate(source.text.split("\n"), 1) for name in worded.findall(text)]
        for line, remark in remarks(source):
            cited += [(line, name) for name in lettered.findall(remark)]
            for family, number in sections(remark):
                # A number alone is one of the file's own catalogue, so that any family will do.
                if not any(f"{one} {number}" in known for one in ([family] if family else FAMILIES)):
                    yield line, f"{family or 'section'} {number}"
        yield from ((line, name) for line, name in cited if name not in known)

    return rule


def sections(remark: str) -> Iterator[tuple[str | None, str]]:
    for pattern in _SECTIONS:
        for match in pattern.finditer(remark):
            yield match.groupdict().get("family"), match["number"]


def remarks(source: Source) -> Iterator[tuple[int, str]]:
    """What a file says to its reader: comments and documentation, each with its line."""
    if source.path.endswith(".toml"):
        yield from ((line, text.partition("#")[2]) for line, text in enumerate(source.text.split("\n"), 1))
    elif source.path.endswith(".html"):
        for match in re.finditer(r"\{#.*?#\}", source.text, re.DOTALL):
            yield source.text.count("\n", 0, match.start()) + 1, match[0]
    else:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield node.lineno, str(node.value.value)


def refers_elsewhere(source: Source) -> Iterator[tuple[int, str]]:
    """Mentions of papers that are not in the repository."""
    for line, text in enumerate(source.text.split("\n"), 1):
        yield from ((line, found) for found in _ELSEWHERE.findall(text))


def readable(places: Iterable[str], kinds: tuple[str, ...] = KINDS) -> Iterator[Source]:
    """Every file of these kinds but this one, whose samples are made up."""
    for place in places:
        start = ROOT / place
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in kinds and not name.endswith("architecture/test_rules.py"):
                yield Source(name, path.read_text("utf-8"))


def defined() -> frozenset[str]:
    return frozenset(name for name, _ in rows_of_rules())


def rows_of_rules() -> Iterator[tuple[str, str]]:
    """The first cell of each row that begins with an id or a section, with its file."""
    name = re.compile(rf"{_LETTERED}|[A-Z]+(?:-[A-Z]+)?-[0-9]+|{_FAMILY} [0-9.]+")
    for page in sorted(RULES.glob("*.md")):
        for cell in _FIRST_CELL.findall(page.read_text("utf-8")):
            if name.fullmatch(cell):
                yield cell, page.name
