"""Settings of mail that comes in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.config import readers
from portal.config.readers import SettingsError
from portal.domain.mail import is_address

_PROTOCOLS = frozenset({"smtp", "lmtp"})
_PLACE = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>[0-9]{1,5})")
_NAME = re.compile(r"[A-Za-z0-9.-]{1,190}")


@dataclass(frozen=True, slots=True)
class IncomingSettings:
    """Where `flask mail listen` listens and what it takes, whom answers go to, and the name of our relay.

    Without `support_address` it is the one of the company; without `relay` no sender is ever proven.
    """

    host: str = "127.0.0.1"
    port: int = 8025
    protocol: str = "smtp"
    largest_bytes: int = 25_000_000
    support_address: str | None = None
    relay: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> IncomingSettings:
        """MAIL_LISTEN_…, MAIL_LARGEST_…, SUPPORT_MAIL_ADDRESS, MAIL_AUTHSERV_ID; `SettingsError` for a bad one."""
        host, port = _place(environ.get("MAIL_LISTEN_ADDRESS", "127.0.0.1:8025"))
        protocol = environ.get("MAIL_LISTEN_PROTOCOL", "smtp").casefold()
        if protocol not in _PROTOCOLS:
            raise SettingsError("MAIL_LISTEN_PROTOCOL", "“smtp” or “lmtp” is expected")
        megabytes = readers.whole_number(environ, "MAIL_LARGEST_MEGABYTES", default=25, lowest=1, highest=100)
        support = environ.get("SUPPORT_MAIL_ADDRESS") or None
        # The token of a case has to fit in front of the @.
        if support is not None and not (
            is_address(support) and "+" not in support and len(support.split("@")[0]) <= 20
        ):
            raise SettingsError("SUPPORT_MAIL_ADDRESS", "an address such as support@portal.example is expected")
        relay = environ.get("MAIL_AUTHSERV_ID") or None
        if relay is not None and not _NAME.fullmatch(relay):
            raise SettingsError(
                "MAIL_AUTHSERV_ID", "the name that your relay writes into Authentication-Results is expected"
            )
        return cls(host, port, protocol, megabytes * 1_000_000, support, relay)


def _place(value: str) -> tuple[str, int]:
    found = _PLACE.fullmatch(value)
    if not found or not 0 <= int(found["port"]) <= 65_535:
        raise SettingsError("MAIL_LISTEN_ADDRESS", "an address such as 127.0.0.1:8025 or [::1]:8025 is expected")
    return found["six"] or found["host"], int(found["port"])
