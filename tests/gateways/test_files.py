"""A store keeps files, each written once: a folder, and a bucket of a real S3-compatible server."""

from __future__ import annotations

import subprocess
import sys
import tempfile

import obstore
import pytest

from portal.gateways.files import open_store
from portal.gateways.files.bucket import BucketStore
from portal.gateways.files.folder import FolderStore

PAPER = bytes(range(256)) * 4_000


def test_what_was_kept_is_read_back(place):
    store, folder = place
    store.create("tax-invoices/TI-1.pdf", PAPER)
    assert store.read("tax-invoices/TI-1.pdf") == PAPER
    assert (folder / "tax-invoices/TI-1.pdf").read_bytes() == PAPER


def test_a_file_that_is_there_stays_as_it_is(place):
    store, _ = place
    store.create("a.pdf", b"first")
    store.create("a.pdf", b"second")
    assert store.read("a.pdf") == b"first"


def test_a_file_that_nobody_kept_is_not_found(place):
    store, _ = place
    with pytest.raises(FileNotFoundError):
        store.read("a.pdf")


def test_an_empty_file_is_a_file(place):
    store, _ = place
    store.create("empty", b"")
    assert store.read("empty") == b""


def test_a_file_comes_and_goes_piece_by_piece(place):
    store, _ = place
    with tempfile.SpooledTemporaryFile(max_size=1000) as sent:
        sent.write(PAPER)
        store.create_from("attachments/1", sent)
    pieces = list(store.pieces("attachments/1"))
    assert b"".join(pieces) == PAPER
    assert len(pieces) > 1


def test_what_nobody_kept_has_no_pieces_and_that_is_known_before_the_first(place):
    store, _ = place
    with pytest.raises(FileNotFoundError):
        store.pieces("attachments/none")


def test_a_file_is_removed_and_may_be_kept_again(place):
    store, _ = place
    store.create("a", b"first")
    assert store.has("a")
    store.remove("a")
    store.remove("a")
    assert not store.has("a")
    store.create("a", b"second")
    assert store.read("a") == b"second"


def test_without_a_bucket_files_lie_in_the_folder(tmp_path):
    assert open_store(tmp_path) == FolderStore(tmp_path)


def test_a_bucket_that_cannot_be_reached_is_an_error_and_not_an_absent_file(bucket, tmp_path):
    store = open_store(tmp_path, bucket_url=bucket.url, endpoint="http://127.0.0.1:9")
    assert isinstance(store, BucketStore)
    hasty = BucketStore(obstore.store.S3Store("papers", config={"endpoint": "http://127.0.0.1:9"}, retry_config=None))
    with pytest.raises(obstore.exceptions.BaseError):
        hasty.read("a.pdf")


def test_wrong_keys_are_an_error_and_not_an_absent_file(bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    store = open_store(tmp_path, bucket_url=bucket.url, endpoint=bucket.endpoint)
    with pytest.raises(obstore.exceptions.PermissionDeniedError):
        store.create("a.pdf", b"content")


def test_an_installation_with_a_folder_does_not_load_what_talks_to_buckets():
    code = "import sys, wsgi; sys.exit('obstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
