"""An issued document is written once and never changes."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from invoices.archive import Archive, Kind
from invoices.errors import ArchiveError
from portal.gateways.files.folder import FolderStore

CONTENT = b"%PDF-1.7 the one and only"


@pytest.fixture
def archive(place) -> Archive:
    store, _ = place
    return Archive(store)


def test_what_is_archived_is_read_back_by_its_hash(archive):
    sha256 = archive.write(Kind.TAX_INVOICE, "TI-2026-000417", CONTENT)
    assert sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert archive.read(Kind.TAX_INVOICE, "TI-2026-000417", sha256=sha256) == CONTENT


def test_the_same_bytes_may_be_written_again(archive):
    assert archive.write(Kind.TAX_INVOICE, "TI-1", CONTENT) == archive.write(Kind.TAX_INVOICE, "TI-1", CONTENT)


def test_other_bytes_under_the_same_number_are_refused(archive):
    sha256 = archive.write(Kind.TAX_INVOICE, "TI-1", CONTENT)
    with pytest.raises(ArchiveError, match="already"):
        archive.write(Kind.TAX_INVOICE, "TI-1", CONTENT + b" ")
    assert archive.read(Kind.TAX_INVOICE, "TI-1", sha256=sha256) == CONTENT


def test_the_kinds_have_numbers_of_their_own(archive):
    archive.write(Kind.TAX_INVOICE, "1", CONTENT)
    archive.write(Kind.CLOUD_INVOICE, "1", b"another")


def test_a_changed_file_is_not_handed_out(archive, place):
    sha256 = archive.write(Kind.TAX_INVOICE, "TI-1", CONTENT)
    (path,) = place[1].rglob("TI-1.pdf")
    path.chmod(0o644)
    path.write_bytes(CONTENT.replace(b"only", b"ONLY"))
    with pytest.raises(ArchiveError, match="SHA-256"):
        archive.read(Kind.TAX_INVOICE, "TI-1", sha256=sha256)


def test_what_was_never_archived_is_not_found(archive):
    with pytest.raises(ArchiveError, match="not in the archive"):
        archive.read(Kind.TAX_INVOICE, "TI-1", sha256="0" * 64)


@pytest.mark.parametrize(
    "number", ["", ".", "..", "../TI-1", "a/b", "a\\b", ".hidden", "TI 1", "TI-1\n", "é", "a" * 101]
)
def test_a_number_that_is_no_safe_file_name_is_refused(tmp_path, number):
    archive = Archive(FolderStore(tmp_path))
    with pytest.raises(ArchiveError, match="no number"):
        archive.write(Kind.TAX_INVOICE, number, CONTENT)
    assert list(tmp_path.rglob("*.pdf")) == []


def test_of_two_writers_one_wins_and_the_other_is_told(tmp_path):
    # In a folder: the S3 server of the tests knows no conditional writes.
    archive = Archive(FolderStore(tmp_path))
    hashes = []

    def write(writer: int) -> None:
        with suppress(ArchiveError):
            hashes.append(archive.write(Kind.TAX_INVOICE, "TI-1", b"%d" % writer * 50_000))

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(write, range(8)))
    assert len(hashes) == 1
    assert archive.read(Kind.TAX_INVOICE, "TI-1", sha256=hashes[0])


def test_no_half_written_file_is_left(archive, place):
    archive.write(Kind.TAX_INVOICE, "TI-1", CONTENT)
    assert [path.name for path in place[1].rglob("*") if path.is_file()] == ["TI-1.pdf"]
