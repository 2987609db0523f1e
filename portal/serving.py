"""Serves the portal in production, by granian or gunicorn, on one listening socket that all its processes share."""

from __future__ import annotations

import importlib
import os
import socket
from typing import Any

from portal import metrics
from portal.config.metrics import MetricsSettings
from portal.config.readers import SettingsError
from portal.config.server import ServerKind, ServerSettings

# Where systemd, or whoever keeps the port open over a restart, puts the socket: the protocol of sd_listen_fds.
_FIRST_GIVEN = 3
_BACKLOG = 1024
# How many connections a worker takes at once for each thread. The others wait in the socket, where no worker that ends
# can lose them; what a worker has taken it can answer within WEB_STOP_SECONDS.
_CONNECTIONS = 8
_APPLICATION = "wsgi:app"
# The servers' own lines look like ours.
_LINE = {"()": "portal.log_lines.formatter"}
_WRITER = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}


def main() -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first. SIGHUP takes new workers, one by one."""
    try:
        settings = ServerSettings.from_environment(os.environ)
        counted = MetricsSettings.from_environment(os.environ)
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    if counted.folder:
        metrics.forget_ended(counted.folder)
    listening = _listen(settings)
    # Workers are woken when a request has come, not already when somebody connects: one that is told to stop at that
    # moment would drop a connection of which it has read nothing.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    # Read once, and shared by all workers, which so begin to answer at once and not after seconds.
    importlib.import_module("portal.app")
    serve = _serve_by_granian if settings.kind is ServerKind.GRANIAN else _serve_by_gunicorn
    serve(settings, listening)


def _listen(settings: ServerSettings) -> socket.socket:
    """The socket that we were given, or one of our own."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        # gunicorn would take them for itself.
        del os.environ["LISTEN_PID"], os.environ["LISTEN_FDS"]
        return socket.socket(fileno=_FIRST_GIVEN)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SystemExit(f"{settings.host}:{settings.port}: {os.strerror(error.errno or 0)}") from None


def _serve_by_granian(settings: ServerSettings, listening: socket.socket) -> None:
    from granian._granian import SocketHolder
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    class OneSocket(MPServer):
        """On Linux granian gives each worker a socket of its own, and what waits in it is lost when the worker ends."""

        def _init_shared_socket(self) -> None:
            shared: Any = self
            shared._sso = listening
            shared._sfd = listening.fileno()
            # Descriptor, whether it is a Unix socket, backlog; granian's types leave its constructor out.
            shared._shd = SocketHolder(listening.fileno(), False, _BACKLOG)  # type: ignore[call-arg]

    listening.set_inheritable(True)
    OneSocket(
        _APPLICATION,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backlog=_BACKLOG,
        backpressure=_CONNECTIONS * settings.threads,
        # A connection that is kept open would count, and be closed just when its next request comes.
        http1_settings=HTTP1Settings(keep_alive=False),
        workers_kill_timeout=settings.stop_seconds,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        log_dictconfig={
            "formatters": {"generic": _LINE, "access": _LINE},
            "handlers": {"console": _WRITER, "access": _WRITER},
        },
    ).serve()


def _serve_by_gunicorn(settings: ServerSettings, listening: socket.socket) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.util import import_app

    class Portal(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        """gunicorn, told by us and not by its own command line."""

        def load_config(self) -> None:
            chosen: dict[str, Any] = {
                "bind": f"fd://{listening.fileno()}",
                "workers": settings.workers,
                "threads": settings.threads,
                "worker_class": "gthread",
                "worker_connections": _CONNECTIONS * settings.threads,
                "keepalive": 0,
                "graceful_timeout": settings.stop_seconds,
                "control_socket_disable": True,
                "loglevel": "warning",
                "logconfig_dict": {
                    "formatters": {"generic": _LINE},
                    "handlers": {"console": _WRITER},
                    "root": {"level": "WARNING", "handlers": []},
                    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["console"], "propagate": False}},
                },
            }
            for name, value in chosen.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return import_app(_APPLICATION)

    Portal().run()


if __name__ == "__main__":
    main()
