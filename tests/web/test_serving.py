"""The server of production: what is under way is answered whatever happens to its processes; its figures are right."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from portal.config import ROOT, SettingsError
from portal.config.database import DatabaseSettings
from portal.config.metrics import MetricsSettings
from portal.config.server import ServerKind, ServerSettings

DATABASES = ("sqlite",)
# Takes its time, and says which process has answered.
SLOW = """
import os, time
def app(environ, start):
    time.sleep(0.15)
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"answered by %d" % os.getpid()]
"""


@contextmanager
def served(listening, folder, **environment):
    """The server, on a socket that was opened for it."""
    command = f"exec env LISTEN_PID=$$ LISTEN_FDS=1 {sys.executable} -m portal.serving 3<&{listening.fileno()}"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "WEB_STOP_SECONDS": "20"} | environment
    with subprocess.Popen(
        ["bash", "-c", command], cwd=folder, env=environment, pass_fds=[listening.fileno()]
    ) as server:
        try:
            yield server
        finally:
            server.terminate()


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as opened:
        yield opened


def get(port, path="/", method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize("kind", ServerKind)
def test_a_stop_and_a_start_under_load_fail_no_request(kind, listening, tmp_path):
    (tmp_path / "wsgi.py").write_text(SLOW)
    port = listening.getsockname()[1]
    with ThreadPoolExecutor(24) as visitors:
        with served(listening, tmp_path, SERVER=kind) as first:
            get(port)
            waiting = [visitors.submit(get, port) for _ in range(24)]
            time.sleep(0.2)
            first.send_signal(signal.SIGTERM)
            waiting += [visitors.submit(get, port) for _ in range(24)]
            assert first.wait(60) == 0
            by_the_first = {one.result() for one in waiting if one.done()}
        with served(listening, tmp_path, SERVER=kind):
            answers = [one.result() for one in waiting]
    assert {status for status, _ in answers} == {200}
    assert set(answers) - by_the_first, "nobody was left for the second server"


def test_new_workers_take_over_without_a_failed_request(listening, tmp_path):
    (tmp_path / "wsgi.py").write_text(SLOW)
    port = listening.getsockname()[1]
    with served(listening, tmp_path, WEB_WORKERS="1") as server:
        before = get(port)
        seen: list[tuple[int, str]] = []

        def visit():
            while len(seen) < 300 and not set(seen) - {before}:
                seen.append(get(port))

        visitors = [threading.Thread(target=visit) for _ in range(3)]
        server.send_signal(signal.SIGHUP)
        for one in visitors:
            one.start()
        for one in visitors:
            one.join()
    assert {status for status, _ in seen} == {200}
    assert set(seen) - {before}, "no new worker has answered"


def test_the_figures_of_all_workers_are_added_up(listening, tmp_path, database_url):
    port, metrics_port = listening.getsockname()[1], free_port()
    environment = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "k" * 32,
        "FILES_DIR": str(tmp_path / "files"),
        "METRICS_PORT": str(metrics_port),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    with served(listening, ROOT, **environment), ThreadPoolExecutor(8) as visitors:
        list(visitors.map(lambda _: get(port, "/healthz"), range(40)))
        for number in range(20):
            get(port, f"/made-up-{number}", method="GET" if number % 2 else f"MADEUP{number}")
        assert get(port, "/readyz")[0] == 200
        figures = read(metrics_port)
        assert get(port, "/metrics")[0] == 404
    assert figures['portal_request_seconds_count{method="GET",route="/healthz",status="200"}'] == 40
    assert figures['portal_request_queries_sum{route="/healthz"}'] == 0
    assert figures['portal_request_queries_sum{route="/readyz"}'] > 0
    assert figures['portal_request_seconds_count{method="GET",route="none",status="404"}'] == 10
    assert figures['portal_request_seconds_count{method="other",route="none",status="404"}'] == 10
    assert figures["portal_database_up"] == 1
    assert figures["portal_mail_lag_seconds"] == figures["portal_documents_waiting"] == 0
    assert 1 <= figures["portal_processes"] <= 2
    assert figures["portal_resident_bytes"] > 10_000_000


def read(port):
    """The figures by their names and labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:{.*})?) (\S+)$", text, re.MULTILINE)}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return opened.getsockname()[1]


def test_a_port_that_is_taken_is_said_in_one_line(listening):
    environment = {"PATH": os.environ["PATH"], "PORT": str(listening.getsockname()[1])}
    ended = subprocess.run([ROOT / "scripts/serve"], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.strip() == f"127.0.0.1:{environment['PORT']}: Address already in use"


def test_a_page_has_a_limit_of_time_and_a_command_has_none():
    assert DatabaseSettings.from_environment({}).statement_seconds == 30
    program = "import wsgi; print(wsgi.settings.database.statement_seconds)"
    as_flask = {"FLASK_RUN_FROM_CLI": "true"}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=as_flask, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "0"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SERVER", "apache", "“granian” or “gunicorn” is expected"),
        ("WEB_WORKERS", "0", "a whole number from 1 to 64 is expected"),
        ("WEB_THREADS", "many", "a whole number from 1 to 64 is expected"),
        ("WEB_STOP_SECONDS", "0", "a whole number from 1 to 600 is expected"),
    ],
)
def test_a_setting_of_the_server_that_is_malformed_is_named(name, value, expected):
    with pytest.raises(SettingsError) as caught:
        ServerSettings.from_environment({name: value})
    assert str(caught.value) == f"{name}: {expected}"


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, ServerKind.GRANIAN),
        ({"TRUSTED_PROXIES": "0"}, ServerKind.GRANIAN),
        ({"TRUSTED_PROXIES": "1"}, ServerKind.GUNICORN),
        ({"TRUSTED_PROXIES": "1", "SERVER": "granian"}, ServerKind.GRANIAN),
    ],
)
def test_behind_a_proxy_the_server_is_one_that_drops_headers_with_underscores(environ, kind):
    assert ServerSettings.from_environment(environ).kind is kind


def test_figures_of_several_processes_need_a_folder():
    with pytest.raises(SettingsError) as caught:
        MetricsSettings.from_environment({"METRICS_PORT": "9100"})
    assert str(caught.value).startswith("PROMETHEUS_MULTIPROC_DIR: ")
    assert MetricsSettings.from_environment({}).port == 0
