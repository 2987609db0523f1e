"""The setting of the scanner that looks into files of cases."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.config.readers import SettingsError
from portal.gateways.scanning.clamd import Clamd

_EXPECTED = "tcp://HOST:PORT or unix:///PATH of a clamd is expected"


def clamd(environ: Mapping[str, str]) -> Clamd | None:
    """CLAMD_ADDRESS; None where nothing is scanned, `SettingsError` for a bad one."""
    address = environ.get("CLAMD_ADDRESS")
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise SettingsError("CLAMD_ADDRESS", _EXPECTED) from None
    if parts.query or parts.fragment or parts.username:
        raise SettingsError("CLAMD_ADDRESS", _EXPECTED)
    if parts.scheme == "unix" and not parts.netloc and parts.path:
        return Clamd(path=parts.path)
    if parts.scheme == "tcp" and parts.hostname and port and not parts.path:
        return Clamd(host=parts.hostname, port=port)
    raise SettingsError("CLAMD_ADDRESS", _EXPECTED)
