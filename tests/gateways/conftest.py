"""A bucket of a real server, and the same files in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.gateways.files import open_store
from tests.buckets import serve_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal.gateways.files import FileStore
    from tests.buckets import Bucket


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Bucket]:
    """One server for all tests of a process."""
    with serve_bucket(tmp_path_factory.mktemp("s3")) as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket, monkeypatch) -> Bucket:
    """The server's bucket, with its keys in the environment."""
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path) -> tuple[FileStore, Path]:
    """A store, and the folder in which its files really lie."""
    if request.param == "folder":
        return open_store(tmp_path), tmp_path
    bucket: Bucket = request.getfixturevalue("bucket")
    own = request.node.name.replace("[", "-").replace("]", "")
    store = open_store(tmp_path, bucket_url=f"{bucket.url}/{own}", endpoint=bucket.endpoint)
    return store, bucket.folder / own
