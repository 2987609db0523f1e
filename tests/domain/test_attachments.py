"""Names, sizes and kinds of files that come with a case."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import catalogues
from portal.domain.attachments import (
    LONGEST_NAME,
    Content,
    Group,
    Limits,
    check_count,
    check_parts,
    check_size,
    ending_of,
    group_of,
    kind_of,
    limits_of,
    safe_name,
    size_in_words,
)
from portal.domain.errors import Refusal

MIB = 1024 * 1024
LIMITS = Limits(most=5, most_bytes=10 * MIB)
PNG = Content(frozenset({"png"}), is_text=False, title="a PNG picture")
PLAIN = Content(frozenset(), is_text=True, title="a text")
PROGRAM = Content(frozenset({"exe", "dll"}), is_text=False, title="a program for Windows")
UNKNOWN = Content(frozenset(), is_text=False)


@pytest.mark.parametrize("name", ["atlas", "aiven", "neon"])
def test_the_limits_are_those_of_the_catalogues_form(name):
    assert limits_of(catalogues.load(name).case_form) == LIMITS


def test_the_limits_are_said_before_somebody_chooses():
    assert LIMITS.in_words.startswith("Up to 5 files of 10 MiB each: pictures, ")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("mongod.log", "mongod.log"),
        ("Zusammenfassung (neu).pdf", "Zusammenfassung (neu).pdf"),
        ("日本語.png", "日本語.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Eve\\dump.gz", "dump.gz"),
        ("a\r\nSet-Cookie: x=1.log", "aSet-Cookie_ x=1.log"),
        ("photo\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe", "photognp.exe"),
        ("zero\N{ZERO WIDTH SPACE}width.txt", "zerowidth.txt"),
        ("..hidden..", "hidden"),
        ('what? "this": <is>|*.txt', "what_ _this__ _is___.txt"),
        ("CON.log", "_CON.log"),
        ("a   b .txt", "a b.txt"),
        ("", "file"),
        ("/", "file"),
        ("\0", "file"),
        ("e\N{COMBINING ACUTE ACCENT}.txt", "é.txt"),
    ],
)
def test_a_name_is_made_safe(given_name, kept):
    assert safe_name(given_name) == kept


def test_a_long_name_keeps_its_ending():
    assert safe_name("x" * 300 + ".log") == "x" * (LONGEST_NAME - 4) + ".log"
    assert len(safe_name("語" * 300 + ".png").encode()) <= 200


@given(st.text(max_size=400))
def test_whatever_a_file_is_called_its_name_is_safe_and_stays_so(given_name):
    name = safe_name(given_name)
    assert name
    assert len(name) <= LONGEST_NAME
    assert len(name.encode()) <= 200
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert not name.startswith(".")
    assert {unicodedata.category(sign)[0] for sign in name}.isdisjoint("C")
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "ending"), [("a.PNG", "png"), ("a.tar.gz", "gz"), ("README", ""), (".profile", ""), ("a.", "")]
)
def test_the_ending_is_what_stands_behind_the_last_dot(name, ending):
    assert ending_of(name) == ending


def test_a_file_of_exactly_the_most_bytes_is_taken_and_one_more_byte_is_not():
    check_size("dump.gz", 10 * MIB, LIMITS)
    with pytest.raises(Refusal, match=r"“dump.gz” is too large: it has 10.1 MiB, and a file may have 10 MiB"):
        check_size("dump.gz", 10 * MIB + 1, LIMITS)


def test_an_empty_file_is_refused():
    with pytest.raises(Refusal, match=r"“a.log” is empty"):
        check_size("a.log", 0, LIMITS)


def test_the_sixth_file_is_one_too_many():
    check_count("5.png", already=4, limits=LIMITS)
    with pytest.raises(Refusal, match=r"“6.png” is one file too many: at most 5"):
        check_count("6.png", already=5, limits=LIMITS)


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("shot.png", PNG, "image/png"),
        ("SHOT.PNG", PNG, "image/png"),
        ("mongod.log", PLAIN, "text/plain"),
        ("mongod.log.2024-11-20T10-00-00", PLAIN, "text/plain"),
        ("README", PLAIN, "text/plain"),
        ("rows.csv", PLAIN, "text/plain"),
    ],
)
def test_a_kind_is_known_by_its_content(name, content, content_type):
    assert kind_of(name, content).content_type == content_type


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tool.png", PROGRAM, "“tool.png” is not a PNG picture, as its name says: it looks like a program for Windows"),
        ("notes.png", PLAIN, "“notes.png” is not a PNG picture, as its name says: it looks like a text"),
        ("shot.pdf", PNG, "“shot.pdf” is not a PDF, as its name says: it looks like a PNG picture"),
        ("core.zip", UNKNOWN, "“core.zip” is not a ZIP archive, as its name says: its content is something else"),
        ("tool.exe", PROGRAM, "“tool.exe” could run when somebody opens it, and is not taken.$"),
        (
            "repro.js",
            PLAIN,
            "“repro.js” could run when somebody opens it, and is not taken. Send it as “repro.js.txt”.",
        ),
        ("logo.svg", PLAIN, "could run when somebody opens it"),
        ("page.HTML", PLAIN, "could run when somebody opens it"),
        ("tool.bin", PROGRAM, "“tool.bin” is a program for Windows that is not taken. Send pictures"),
        ("core", UNKNOWN, "“core” is of a kind that is not taken"),
        ("shot.txt", PNG, "“shot.txt” is a PNG picture that is not taken"),
    ],
)
def test_what_is_not_taken_is_refused_by_name_and_reason(name, content, words):
    with pytest.raises(Refusal, match=words):
        kind_of(name, content)


DOCX = kind_of("a.docx", Content(frozenset({"docx"}), is_text=False))


def test_a_document_is_known_by_its_parts():
    check_parts("a.docx", DOCX, frozenset({"[Content_Types].xml", "word/document.xml"}))
    check_parts("a.zip", kind_of("a.zip", Content(frozenset({"zip"}), is_text=False)), frozenset({"a.log"}))


def test_an_archive_named_like_a_document_is_refused():
    with pytest.raises(Refusal, match=r"“a.docx” is not a Word document, as its name says: it looks like a ZIP"):
        check_parts("a.docx", DOCX, frozenset({"tool.exe"}))


def test_a_document_with_macros_is_refused():
    with pytest.raises(Refusal, match=r"“a.docx” has macros in it"):
        check_parts("a.docx", DOCX, frozenset({"word/document.xml", "word/vbaProject.bin"}))


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 byte"), (831, "831 bytes"), (1024, "1 KiB"), (1025, "2 KiB"), (10 * MIB, "10 MiB"), (MIB + 1, "1.1 MiB")],
)
def test_a_size_is_said_as_people_read_it(size, words):
    assert size_in_words(size) == words


def test_what_a_kept_file_is_shows_in_its_type():
    assert (group_of("image/png"), group_of("application/zip")) == (Group.PICTURE, Group.PACKED)
    assert group_of("text/plain") is Group.TEXT
