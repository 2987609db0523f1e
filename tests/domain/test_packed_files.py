"""Packed files that would fill a disk or a memory are refused; what people really send is not."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import packed_files
from portal.domain.errors import Refusal

MIB = 1024 * 1024
LINE = b"2026-11-20T10:00:00Z I NETWORK connection accepted from 10.0.0.1\n"


def check(content: bytes, name: str = "sent.zip") -> None:
    packed_files.check(name, io.BytesIO(content), len(content))


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as container:
        for name, content in files.items():
            container.writestr(name, content)
    return target.getvalue()


SENT = (zipped({"a.log": LINE * 9, "ü/b": LINE}), gzip.compress(LINE * 9), bz2.compress(LINE * 9))


@pytest.mark.parametrize(
    "content",
    [
        b"plain text is not packed",
        zipped({"a.log": LINE * 1000, "folder/b.log": LINE}),
        zipped({}),
        zipped({"zeros": bytes(MIB)}),
        gzip.compress(LINE * 1000),
        bz2.compress(LINE * 1000),
        zipped({"inner.zip": zipped({"a.log": LINE}), "rotated.log.gz": gzip.compress(LINE)}),
        gzip.compress(os.urandom(20 * MIB // 64) * 64, 1),
    ],
    ids=["text", "zip", "empty zip", "small zeros", "gzip", "bzip2", "zip in a zip", "large and harmless"],
)
def test_what_people_send_is_taken(content):
    check(content)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(bytes(17 * MIB)),
        bz2.compress(bytes(17 * MIB)),
        zipped({"zeros": bytes(17 * MIB)}),
        zipped({str(number): bytes(2 * MIB) for number in range(9)}),
        zipped({"inner.zip": zipped({"zeros": bytes(17 * MIB)})}),
        gzip.compress(gzip.compress(bytes(17 * MIB))),
    ],
    ids=["gzip", "bzip2", "zip", "many entries", "zip in a zip", "gzip in gzip"],
)
def test_a_bomb_is_refused(content):
    with pytest.raises(Refusal, match=r"“sent.zip” unpacks to far more than it has itself"):
        check(content)


def test_a_bomb_that_says_it_is_small_is_refused():
    honest = zipped({"zeros": bytes(17 * MIB)})
    lying = honest.replace(struct.pack("<I", 17 * MIB), struct.pack("<I", 1000))
    assert lying != honest
    with pytest.raises(Refusal, match="unpacks to far more"):
        check(lying)


def test_more_than_may_be_unpacked_is_refused_without_unpacking_it(monkeypatch):
    monkeypatch.setattr(packed_files, "MOST_UNPACKED", 10 * MIB)
    check(zipped({"a": os.urandom(9 * MIB)}, zipfile.ZIP_STORED))
    with pytest.raises(Refusal, match="unpacks to far more"):
        check(zipped({"a": os.urandom(6 * MIB), "b": os.urandom(6 * MIB)}, zipfile.ZIP_STORED))


def test_what_is_packed_again_and_again_is_refused():
    content = LINE
    for number in range(packed_files.DEEPEST):
        content = zipped({str(number): content})
    check(content)
    with pytest.raises(Refusal, match=r"“sent.zip” is packed more than 3 times over"):
        check(zipped({"outer": content}))


def test_very_many_files_in_one_are_refused(monkeypatch):
    monkeypatch.setattr(packed_files, "MOST_ENTRIES", 3)
    check(zipped({str(number): b"" for number in range(3)}))
    for content in (zipped(dict.fromkeys("abcd", b"")), zipped({"one.zip": zipped(dict.fromkeys("abc", b""))})):
        with pytest.raises(Refusal, match="more than 3 files"):
            check(content)


def test_a_directory_that_would_fill_the_memory_is_not_read(monkeypatch):
    monkeypatch.setattr(packed_files, "_LARGEST_DIRECTORY", 50_000)
    stream = io.BytesIO(zipped({f"{number:06}": b"" for number in range(1000)}, zipfile.ZIP_STORED))
    tracemalloc.start()
    with pytest.raises(Refusal, match="more than 10,000 files"):
        packed_files.check("sent.zip", stream, 10)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Read, it is some five times as much.
    assert most < 150_000


def test_what_is_locked_is_refused_because_nobody_can_check_it():
    content = bytearray(zipped({"a.log": LINE}))
    # The flag in the entry's own head, and in the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refusal, match=r"“sent.zip” is locked with a password"):
        check(bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a.log": LINE * 1000})[:-30],
        zipped({"a.log": os.urandom(1000)}).replace(b"PK\x01\x02", b"PK\x01\x03"),
        gzip.compress(LINE * 1000)[:-20],
        gzip.compress(LINE)[:-8] + b"\0" * 8,
        b"PK\x03\x04" + os.urandom(500),
        b"\x1f\x8b" + os.urandom(500),
        b"BZh9" + os.urandom(500),
        b"PK\x05\x06",
        zipped({"a.log": LINE * 100}, zipfile.ZIP_LZMA),
    ],
    ids=["cut", "no directory", "cut gzip", "wrong sum", "zip noise", "gzip noise", "bzip2 noise", "end", "lzma"],
)
def test_what_is_damaged_is_refused_in_words(content):
    with pytest.raises(Refusal, match=r"“sent.zip” is damaged, or packed in a way"):
        check(content)


@given(st.data())
def test_whatever_is_done_to_a_file_it_is_taken_or_refused(data):
    content = bytearray(data.draw(st.sampled_from(SENT)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    for look in (packed_files.check, lambda name, stream, _size: packed_files.members(name, stream)):
        with suppress(Refusal):
            look("sent.zip", io.BytesIO(bytes(content)), len(content))


def test_an_entry_without_a_name_is_damage():
    content = bytearray(zipped({"a": b"x"}))
    place = content.index(b"PK\x01\x02")
    # The length of its name, in the directory.
    content[place + 28] = 0
    with pytest.raises(Refusal, match="is damaged"):
        check(bytes(content))


def test_the_names_in_a_zip_are_told():
    content = zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"})
    assert "word/document.xml" in packed_files.members("a.docx", io.BytesIO(content))
