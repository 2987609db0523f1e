"""What a file is, is told by its content."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from portal.domain.attachments import KINDS, Content, kind_of
from portal.domain.errors import Refusal
from portal.gateways.file_types import recognise

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0" + bytes(200)


def packed(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as container:
        for name in names:
            container.writestr(name, b"<x/>")
    return target.getvalue()


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as container:
        container.addfile(tarfile.TarInfo("a.log"))
    return target.getvalue()


SAMPLES = {
    "png": PNG,
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(20) + b"\xff\xd9",
    "jpeg": b"\xff\xd8\xff\xe1\0\x10Exif\0" + bytes(20) + b"\xff\xd9",
    "gif": b"GIF89a" + bytes(20),
    "webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(20),
    "mp4": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    "m4v": b"\0\0\0\x20ftypmp42\0\0\2\0isommp42" + bytes(8),
    "mov": b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm\0",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\x00\n",
    "docx": packed("[Content_Types].xml", "word/document.xml"),
    "xlsx": packed("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": packed("[Content_Types].xml", "ppt/presentation.xml"),
    "odt": packed("mimetype", "content.xml"),
    "ods": packed("mimetype", "content.xml"),
    "zip": packed("a.log"),
    "gz": gzip.compress(b"log", mtime=0),
    "tgz": gzip.compress(tarred()),
    "bz2": bz2.compress(b"log"),
    "tbz2": bz2.compress(tarred()),
    "tar": tarred(),
    "txt": b"It does not connect.\n",
}


def test_there_is_a_sample_of_every_kind_that_is_taken():
    assert set(SAMPLES) == {ending for kind in KINDS for ending in kind.endings} | {"txt"}


@pytest.mark.parametrize("ending", SAMPLES)
def test_every_kind_that_is_taken_is_recognised(ending):
    name = f"sent.{ending}"
    assert kind_of(name, recognise(io.BytesIO(SAMPLES[ending]))).title


@pytest.mark.parametrize("ending", [one for one in SAMPLES if one != "txt"])
@pytest.mark.parametrize(
    "content", [PROGRAM, b"plain text\n", os.urandom(500) + b"\0"], ids=["program", "text", "noise"]
)
def test_no_kind_is_what_only_its_name_says(ending, content):
    with pytest.raises(Refusal, match="as its name says"):
        kind_of(f"sent.{ending}", recognise(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (PROGRAM, "a program for Windows"),
        (b"\x7fELF\x02\x01\x01" + bytes(50), "a program for Linux"),
        (PNG, "a PNG picture"),
        (SAMPLES["gz"], "a gzip file"),
        (b"no signature \x00\x01\x02", None),
    ],
)
def test_what_it_looks_like_is_said(content, title):
    assert recognise(io.BytesIO(content)).title == title


@pytest.mark.parametrize(
    "content",
    [
        b"one line",
        "Es geht nicht: Größe über 5 €\n".encode(),
        "Größe".encode("latin-1"),
        "日本語".encode("shift-jis"),
        "Windows schreibt so\r\n".encode("utf-16"),
        b"\x1b[31mred\x1b[0m\tline\r\n\f",
        b"MZ is the name of a database\n",
        b"BM,1,2,3\n",
        b"PK is a primary key\n",
        b"#!/bin/sh\necho hello\n",
        Path(__file__).read_bytes(),
        b"x" * 200_000,
    ],
)
def test_text_is_text_in_whatever_letters(content):
    assert recognise(io.BytesIO(content)).is_text


@pytest.mark.parametrize(
    "content",
    [
        PROGRAM,
        b"text, and then\0",
        b"x" * 200_000 + b"\x01",
        "x".encode("utf-16") + b"\0",
        "a\x01".encode("utf-16"),
        b"\xff\xfe\x00\xd8\x00\x00",
    ],
)
def test_what_has_signs_that_no_text_has_is_none(content):
    assert not recognise(io.BytesIO(content)).is_text


@pytest.mark.parametrize(
    "content", [PROGRAM[:257].ljust(257, b"\0") + b"ustar\x0000" + bytes(300), b"MZ\x90\0ftypisom" + PROGRAM]
)
def test_a_program_that_is_made_to_look_like_something_else_is_a_program(content):
    assert recognise(io.BytesIO(content)) == Content(frozenset(), is_text=False, title="a program for Windows")
