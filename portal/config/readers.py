"""How each setting is read: a value, or a `SettingsError` that says what is expected."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

# No address of IPv6: Werkzeug compares what stands before the first colon, so that none would ever match.
_HOST = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class SettingsError(Exception):
    """A setting is missing or malformed; the message is one line with its name and what is expected."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")


class Mode(StrEnum):
    """What the installation is for; a demo needs no settings, production insists on a secret key of its own."""

    DEMO = "demo"
    PRODUCTION = "production"


def mode(environ: Mapping[str, str]) -> Mode:
    """What the installation is for; a demo where nothing is said."""
    value = environ.get("MODE", Mode.DEMO.value)
    if value not in list(Mode):
        raise SettingsError("MODE", "“demo” or “production” is expected")
    return Mode(value)


def secret_key(environ: Mapping[str, str], mode: Mode, file: Path) -> str:
    """What signs cookies and forms; in a demo it is kept in `file`."""
    given = environ.get("SECRET_KEY")
    if given is None and mode is Mode.DEMO:
        return _key_of_this_machine(file)
    if given is None or len(given) < 32:
        raise SettingsError("SECRET_KEY", "a random text of at least 32 characters is expected")
    return given


def secret_key_fallbacks(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that were replaced a short while ago, and still prove who is signed in; separated by commas."""
    keys = tuple(key.strip() for key in environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key.strip())
    if any(len(key) < 32 for key in keys):
        raise SettingsError("SECRET_KEY_FALLBACKS", "former secret keys of at least 32 characters are expected")
    return keys


def database_url(environ: Mapping[str, str], *, default: str) -> str:
    """The address of the database: SQLite or PostgreSQL."""
    value = environ.get("DATABASE_URL", default)
    try:
        address = make_url(value)
    except ArgumentError:
        raise SettingsError("DATABASE_URL", "sqlite:///PATH or postgresql://… is expected") from None
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError("DATABASE_URL", "sqlite:///PATH or postgresql://… is expected")
    return value


def base_url(environ: Mapping[str, str], *, default: str) -> str:
    """How people reach the portal, without a path."""
    value = environ.get("BASE_URL", default).rstrip("/")
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a port that is no number raises here
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise SettingsError("BASE_URL", "an address such as https://portal.example without a path is expected")
    return value


def folder(environ: Mapping[str, str], name: str, *, default: Path) -> Path:
    """The setting `name` as the path of a folder."""
    value = Path(environ.get(name, str(default)))
    if not value.is_absolute():
        raise SettingsError(name, "an absolute path of a folder is expected")
    return value


def trusted_hosts(environ: Mapping[str, str], base_url: str) -> tuple[str, ...]:
    """The host names that are answered; without any named, the one of `base_url` and this machine."""
    value = environ.get("TRUSTED_HOSTS")
    if value is None:
        own = urlsplit(base_url).hostname or ""
        return tuple(dict.fromkeys((own, "localhost", "127.0.0.1")))
    hosts = tuple(host.strip() for host in value.split(","))
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise SettingsError("TRUSTED_HOSTS", "host names separated by commas are expected")
    return hosts


def tracing_endpoint(environ: Mapping[str, str]) -> str | None:
    """Where traces are sent by OTLP over HTTP; None: nothing is traced. The name is OpenTelemetry's own."""
    value = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None
    if value is not None and urlsplit(value).scheme not in {"http", "https"}:
        raise SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT", "an address such as http://127.0.0.1:4318 is expected")
    return value


def whole_number(environ: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    """The setting `name` as a whole number from `lowest` to `highest`."""
    value = environ.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not lowest <= int(value) <= highest:
        raise SettingsError(name, f"a whole number from {lowest} to {highest} is expected")
    return int(value)


def _key_of_this_machine(file: Path) -> str:
    """The demo's key, made once, so that people stay signed in over a restart; only its owner may read it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), "ascii")
        # The web server and a command may start at the same moment: the first key stays, whole.
        with suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    key = file.read_text("ascii").strip()
    if len(key) < 32:
        raise SettingsError("SECRET_KEY", f"{file} holds no key; remove it, and it is made again")
    return key
