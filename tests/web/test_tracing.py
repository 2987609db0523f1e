"""Traces go to a receiver of OpenTelemetry where a setting names one, and otherwise cost nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import select, text

from portal.app import create_app
from portal.config import ROOT, Mode, Settings
from portal.models.organizations import User
from portal.web import access, db

DATABASES = ("sqlite",)


@pytest.fixture
def receiver():
    """A receiver of OTLP over HTTP on this machine."""

    received: list[tuple[str, bytes]] = []

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Receive) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, received
        server.shutdown()
        thread.join()


def test_a_request_and_its_statements_arrive_as_one_trace(receiver, database_url, tmp_path):
    port, received = receiver
    settings = Settings(
        mode=Mode.DEMO,
        secret_key="k" * 32,
        database_url=database_url,
        port=8000,
        base_url="http://localhost",
        files_dir=tmp_path / "files",
        trusted_hosts=("localhost",),
        trusted_proxies=0,
    )
    app = create_app(replace(settings, tracing_endpoint=f"http://127.0.0.1:{port}"))

    @app.get("/people/<reset_token>")
    @access.public
    def find(reset_token: str):
        db.session().scalar(select(User).where(User.email == "lena@acme.example"))
        db.session().execute(text("SELECT nothing"))

    client = app.test_client()
    client.get("/healthz")
    client.post("/sign-in", data={"email": "lena@acme.example", "password": "hunter2-hunter2"})
    parent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    client.get("/people/4c0ffee?q=somebody@acme.example", headers=parent)
    app.extensions["tracing"].shutdown()
    app.extensions["database"].dispose()
    assert {path for path, _ in received} == {"/v1/traces"}
    spans = [span for _, body in received for span in spans_of(body)]
    assert sorted(span.name for span in spans if span.name != "BEGIN") == [
        "GET /people/<reset_token>", "POST /sign-in", "SELECT", "SELECT",
    ]  # fmt: skip
    request = next(span for span in spans if span.name.startswith("GET"))
    assert request.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    statements = [span for span in spans if span.name == "SELECT"]
    assert all(span.parent_span_id == request.span_id for span in statements)
    assert [[one.key for one in span.attributes if one.key == "error.type"] for span in statements] == [
        [], ["error.type"],
    ]  # fmt: skip
    everything = b"".join(body for _, body in received)
    for secret in (b"hunter2", b"lena@", b"4c0ffee", b"somebody"):
        assert secret not in everything


def spans_of(body):
    request = ExportTraceServiceRequest.FromString(body)
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


def test_without_the_setting_nothing_of_it_is_imported():
    # What sends traces. The API of OpenTelemetry is also imported by the client of Redis, where both are installed.
    ours = "('opentelemetry.exporter', 'opentelemetry.sdk.trace')"
    program = f"import sys, wsgi; print(any(name.startswith({ours}) for name in sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "False"
