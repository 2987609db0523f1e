"""Traces of requests and of their statements, sent by OpenTelemetry where a setting says where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from sqlalchemy import Connection, Engine, event

from portal.web import logs

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

# Load balancers ask so often that their traces would hide all others.
_NOT_TRACED = frozenset({"health.check", "health.ready", "static"})


def init_app(app: Flask, engine: Engine, endpoint: str | None) -> None:
    """Trace `app` and send what is found to `endpoint` by OTLP over HTTP; without one, nothing is even imported.

    OpenTelemetry reads its further settings, such as OTEL_SERVICE_NAME, from the environment by itself. Its own
    instrumentation is not used: it sends queries of addresses and messages of errors, which may hold secrets.
    """
    if endpoint is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    _trace_requests(app, provider.get_tracer("portal.requests"))
    _trace_statements(engine, provider.get_tracer("portal.database"))
    app.extensions["tracing"] = provider


def _trace_requests(app: Flask, tracer: Tracer) -> None:
    """A span for each request, part of the trace that whoever asks says in `traceparent`."""
    from opentelemetry import context, trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    def begin() -> None:
        if request.endpoint in _NOT_TRACED:
            return
        asked_in = TraceContextTextMapPropagator().extract(dict(request.headers.items(lower=True)))
        route = request.url_rule.rule if request.url_rule else "none"
        g.span = tracer.start_span(f"{request.method} {route}", asked_in, trace.SpanKind.SERVER)
        g.span.set_attributes(
            {"http.request.method": request.method, "http.route": route, "url.path": logs.shown_path()}
            | {"portal.request_id": g.get("request_id", "")}
        )
        g.traced = context.attach(trace.set_span_in_context(g.span))

    def note(response: Response) -> Response:
        if "span" in g:
            g.span.set_attribute("http.response.status_code", response.status_code)
        return response

    def end(_error: BaseException | None) -> None:
        if span := g.pop("span", None):
            span.end()
            context.detach(g.pop("traced"))

    app.before_request(begin)
    app.after_request(note)
    app.teardown_request(end)


def _trace_statements(engine: Engine, tracer: Tracer) -> None:
    """A span for each statement, with its text, and never with the values: those may be secrets."""

    def begin(_connection: Connection, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        span = tracer.start_span(statement.partition(" ")[0])
        span.set_attributes({"db.system.name": engine.dialect.name, "db.query.text": statement})
        context._portal_span = span

    def end(_connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context._portal_span.end()

    def fail(context: Any) -> None:
        if span := getattr(context.execution_context, "_portal_span", None):
            span.set_attribute("error.type", type(context.original_exception).__name__)
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
