"""Settings: frozen, read from the environment in this one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.config import readers, scanning
from portal.config.database import DatabaseSettings
from portal.config.files import FilesSettings
from portal.config.incoming import IncomingSettings
from portal.config.mail import MailSettings
from portal.config.metrics import MetricsSettings
from portal.config.queue import QueueSettings
from portal.config.readers import Mode, SettingsError
from portal.config.readiness import ReadinessSettings
from portal.config.sessions import lifetimes
from portal.domain.sessions import Lifetimes
from portal.gateways.scanning.clamd import Clamd

__all__ = ["Mode", "Settings", "SettingsError"]

ROOT = Path(__file__).resolve().parent.parent.parent


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
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    files: FilesSettings = field(default_factory=FilesSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    incoming: IncomingSettings = field(default_factory=IncomingSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    readiness: ReadinessSettings = field(default_factory=ReadinessSettings)
    tracing_endpoint: str | None = None
    queue: QueueSettings = field(default_factory=QueueSettings)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    clamd: Clamd | None = None
    resources_dir: Path = ROOT / "portal/resources"

    @property
    def is_https(self) -> bool:
        """Whether people reach the portal over HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def has_mailbox(self) -> bool:
        """Whether mail stays in the mailbox of a demo, because there is no mail server."""
        return self.mode is Mode.DEMO and self.mail.server is None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, root: Path = ROOT) -> Settings:
        """The settings in `environ`, with defaults for a demo below `root`; `SettingsError` for a bad one."""
        mode = readers.mode(environ)
        port = readers.whole_number(environ, "PORT", default=8000, lowest=1, highest=65535)
        base_url = readers.base_url(environ, default=f"http://127.0.0.1:{port}")
        database_url = readers.database_url(environ, default=f"sqlite:///{root / 'var/portal.sqlite'}")
        return cls(
            mode=mode,
            secret_key=readers.secret_key(environ, mode, root / "var/secret-key"),
            database_url=database_url,
            port=port,
            base_url=base_url,
            files_dir=readers.folder(environ, "FILES_DIR", default=root / "var/files"),
            trusted_hosts=readers.trusted_hosts(environ, base_url),
            trusted_proxies=readers.whole_number(environ, "TRUSTED_PROXIES", default=0, lowest=0, highest=9),
            secret_key_fallbacks=readers.secret_key_fallbacks(environ),
            files=FilesSettings.from_environment(environ),
            mail=MailSettings.from_environment(environ),
            incoming=IncomingSettings.from_environment(environ),
            database=DatabaseSettings.from_environment(environ),
            metrics=MetricsSettings.from_environment(environ),
            readiness=ReadinessSettings.from_environment(environ),
            tracing_endpoint=readers.tracing_endpoint(environ),
            queue=QueueSettings.from_environment(environ, database_url=database_url, root=root),
            lifetimes=lifetimes(environ),
            clamd=scanning.clamd(environ),
            resources_dir=readers.folder(environ, "RESOURCES_DIR", default=ROOT / "portal/resources"),
        )
