"""Files are shown to clamd; whatever it does not clear is not clear."""

from __future__ import annotations

import io
import os
import socket
import zipfile

import pytest

from portal.gateways.scanning import UnreachableError, UnscannedError
from portal.gateways.scanning.clamd import Clamd
from tests.scanners import EICAR, FOUND, PROGRAM, real_clamd, told_scanner


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    if PROGRAM is None:
        pytest.skip("clamd is not here; `make test` installs it on Debian")
    with real_clamd(tmp_path_factory.mktemp("clamd")) as address:
        yield address


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("inner.txt", content)
    return target.getvalue()


def test_a_clean_file_is_clean(clamd):
    assert clamd.scan([b"It does not connect.\n", b"", os.urandom(70_000)]) is None


@pytest.mark.parametrize("content", [EICAR, zipped(EICAR)], ids=["as it is", "in a zip"])
def test_a_virus_is_found_and_named(clamd, content):
    # It says of every signature of one's own that it is unofficial.
    assert clamd.scan([content[:20], content[20:]]) == "Eicar-Test-Signature.UNOFFICIAL"


def test_what_the_real_one_does_not_read_to_its_end_is_not_clean(clamd):
    with pytest.raises(UnscannedError, match="size limit exceeded"):
        clamd.scan(os.urandom(100_000) for _ in range(30))


def test_the_file_arrives_whole():
    with told_scanner() as scanner:
        assert scanner.clamd.scan([b"a" * 70_000, b"", b"b"]) is None
    assert scanner.seen == [b"a" * 70_000 + b"b"]


def test_what_was_found_is_told():
    with told_scanner() as scanner:
        assert scanner.clamd.scan([EICAR]) == "Eicar-Test-Signature"


@pytest.mark.parametrize(
    "answer",
    ["INSTREAM size limit exceeded. ERROR", "stream: FOUND", "stream: OKAY", "OK", "drop", f"{FOUND} stream: OK"],
)
def test_whatever_else_it_says_the_file_is_not_clean(answer):
    with told_scanner() as scanner:
        scanner.always = answer
        with pytest.raises(UnscannedError):
            scanner.clamd.scan([b"x"])


def test_where_nobody_listens_nothing_is_clean(tmp_path):
    for nowhere in (Clamd(port=9), Clamd(path=str(tmp_path / "none.sock"))):
        with pytest.raises(UnreachableError):
            nowhere.scan([b"x"])


def test_a_scanner_that_says_nothing_is_not_waited_for_without_end():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnreachableError):
        Clamd(port=silent.getsockname()[1], timeout_seconds=1).scan([b"x"])
