"""Settings: frozen, read from the environment in this one place."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
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


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to the next."""

    mode: Mode
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    port: int
    base_url: str
    files_dir: Path
    trusted_hosts: tuple[str, ...]
    trusted_proxies: int

    @property
    def is_https(self) -> bool:
        """Whether people reach the portal over HTTPS."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, root: Path = ROOT) -> Settings:
        """The settings in `environ`, with defaults for a demo below `root`; `SettingsError` for a bad one."""
        mode = _mode(environ)
        port = _whole_number(environ, "PORT", default=8000, lowest=1, highest=65535)
        base_url = _base_url(environ, default=f"http://127.0.0.1:{port}")
        return cls(
            mode=mode,
            secret_key=_secret_key(environ, mode, root / "var/secret-key"),
            database_url=_database_url(environ, default=f"sqlite:///{root / 'var/portal.sqlite'}"),
            port=port,
            base_url=base_url,
            files_dir=_files_dir(environ, default=root / "var/files"),
            trusted_hosts=_trusted_hosts(environ, base_url),
            trusted_proxies=_whole_number(environ, "TRUSTED_PROXIES", default=0, lowest=0, highest=9),
        )


def _mode(environ: Mapping[str, str]) -> Mode:
    value = environ.get("MODE", Mode.DEMO.value)
    if value not in list(Mode):
        raise SettingsError("MODE", "“demo” or “production” is expected")
    return Mode(value)


def _secret_key(environ: Mapping[str, str], mode: Mode, file: Path) -> str:
    given = environ.get("SECRET_KEY")
    if given is None and mode is Mode.DEMO:
        return _key_of_this_machine(file)
    if given is None or len(given) < 32:
        raise SettingsError("SECRET_KEY", "a random text of at least 32 characters is expected")
    return given


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


def _database_url(environ: Mapping[str, str], *, default: str) -> str:
    value = environ.get("DATABASE_URL", default)
    try:
        address = make_url(value)
    except ArgumentError:
        raise SettingsError("DATABASE_URL", "sqlite:///PATH or postgresql://… is expected") from None
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError("DATABASE_URL", "sqlite:///PATH or postgresql://… is expected")
    return value


def _base_url(environ: Mapping[str, str], *, default: str) -> str:
    value = environ.get("BASE_URL", default).rstrip("/")
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a port that is no number raises here
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise SettingsError("BASE_URL", "an address such as https://portal.example without a path is expected")
    return value


def _files_dir(environ: Mapping[str, str], *, default: Path) -> Path:
    value = Path(environ.get("FILES_DIR", str(default)))
    if not value.is_absolute():
        raise SettingsError("FILES_DIR", "an absolute path of a folder is expected")
    return value


def _trusted_hosts(environ: Mapping[str, str], base_url: str) -> tuple[str, ...]:
    value = environ.get("TRUSTED_HOSTS")
    if value is None:
        own = urlsplit(base_url).hostname or ""
        return tuple(dict.fromkeys((own, "localhost", "127.0.0.1")))
    hosts = tuple(host.strip() for host in value.split(","))
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise SettingsError("TRUSTED_HOSTS", "host names separated by commas are expected")
    return hosts


def _whole_number(environ: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    value = environ.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not lowest <= int(value) <= highest:
        raise SettingsError(name, f"a whole number from {lowest} to {highest} is expected")
    return int(value)
