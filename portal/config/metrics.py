"""The settings of the figures for Prometheus: on which port they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.config import readers
from portal.config.readers import SettingsError


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Port 0 shows nothing; in `folder` the processes of one machine keep what they count."""

    port: int = 0
    host: str = "127.0.0.1"
    folder: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> MetricsSettings:
        """The settings in `environ`; the folder is made. `SettingsError` for a bad one."""
        port = readers.whole_number(environ, "METRICS_PORT", default=0, lowest=0, highest=65535)
        # The name is that of the library, which reads it by itself.
        given = environ.get("PROMETHEUS_MULTIPROC_DIR")
        if port and not given:
            raise SettingsError("PROMETHEUS_MULTIPROC_DIR", "with METRICS_PORT, a folder of this machine is expected")
        if given:
            Path(given).mkdir(parents=True, exist_ok=True)
        return cls(port, environ.get("METRICS_HOST", "127.0.0.1"), Path(given) if given else None)
