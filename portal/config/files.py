"""Settings of the store of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.config.readers import SettingsError


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """The bucket that files are kept in; without one they lie in the folder FILES_DIR."""

    bucket_url: str | None = None
    endpoint: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> FilesSettings:
        """FILES_URL and FILES_ENDPOINT; `SettingsError` for a bad one."""
        bucket_url, endpoint = environ.get("FILES_URL"), environ.get("FILES_ENDPOINT")
        if bucket_url is not None:
            parts = urlsplit(bucket_url)
            if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
                raise SettingsError("FILES_URL", "s3://BUCKET/PATH is expected; keys are settings of their own")
        if endpoint is not None and urlsplit(endpoint).scheme not in {"http", "https"}:
            raise SettingsError("FILES_ENDPOINT", "an address such as https://s3.example is expected")
        return cls(bucket_url, endpoint)
