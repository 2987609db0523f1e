"""A bucket of an S3-compatible store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import IO, TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class BucketStore:
    """Keeps files in a bucket, below the path of its address."""

    store: S3Store

    @classmethod
    def at(cls, url: str, *, endpoint: str | None = None) -> BucketStore:
        """The bucket at `url`; its keys come from where Amazon's own tools look for them (AWS_ACCESS_KEY_ID, …)."""
        place: S3Config = {"endpoint": endpoint} if endpoint else {}
        client: ClientConfig = {
            "connect_timeout": "5s",
            "timeout": "60s",
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
        }
        retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=90)}
        return cls(S3Store.from_url(url, config=place, client_options=client, retry_config=retries))

    def create(self, name: str, content: bytes) -> None:
        """As `create_from`."""
        self.create_from(name, BytesIO(content))

    def create_from(self, name: str, content: IO[bytes]) -> None:
        """A store that knows conditional writes lets the first of two writers win.

        Not every one does, so that the name is looked up before; what is left is two who write at the same moment.
        """
        if self.has(name):
            return
        content.seek(0)
        with suppress(AlreadyExistsError):
            # In several parts it could not be said that it must not be there yet.
            obstore.put(self.store, name, content, mode="create", use_multipart=False)

    def read(self, name: str) -> bytes:
        """What was kept; `FileNotFoundError` where nothing was."""
        return bytes(obstore.get(self.store, name).bytes())

    def pieces(self, name: str) -> Iterator[bytes]:
        """What was kept, piece by piece; `FileNotFoundError` at once where nothing was."""
        found = obstore.get(self.store, name)
        return (bytes(piece) for piece in found.stream(min_chunk_size=_PIECE))

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        try:
            obstore.head(self.store, name)
        except FileNotFoundError:
            return False
        return True

    def remove(self, name: str) -> None:
        """Keep the file no longer; nothing happens where there is none."""
        with suppress(FileNotFoundError):
            obstore.delete(self.store, name)
