"""Settings of mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from portal.config import readers
from portal.config.readers import SettingsError
from portal.domain.mail import is_address
from portal.gateways.mail.smtp import MailServer

_PORTS = {"smtp": 25, "smtps": 465}
_EXPECTED = "smtp://USER:PASSWORD@HOST:PORT or smtps://… is expected; signs such as @ in a password as %40"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server, and whom mail is from; without a server mail waits, and in a demo stays in its mailbox."""

    server: MailServer | None = None
    sender: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> MailSettings:
        """SMTP_URL, SMTP_TIMEOUT and MAIL_FROM; `SettingsError` for a bad one."""
        timeout = readers.whole_number(environ, "SMTP_TIMEOUT", default=30, lowest=1, highest=60)
        sender = environ.get("MAIL_FROM")
        if sender is not None and not (sender.isprintable() and is_address(parseaddr(sender)[1])):
            raise SettingsError("MAIL_FROM", "an address such as “Billing <billing@portal.example>” is expected")
        return cls(_server(environ.get("SMTP_URL"), timeout), sender)


def _server(url: str | None, timeout_seconds: int) -> MailServer | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError("SMTP_URL", _EXPECTED) from None
    known = parts.scheme in _PORTS and bool(parts.hostname)
    if (
        not known
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
        or bool(parts.username) != bool(parts.password)
    ):
        raise SettingsError("SMTP_URL", _EXPECTED)
    return MailServer(
        host=parts.hostname or "",
        port=port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        timeout_seconds=timeout_seconds,
    )
