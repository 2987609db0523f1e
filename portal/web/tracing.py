"""Traces of requests and of their statements, sent by OpenTelemetry where a setting says where to."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine


def init_app(app: Flask, engine: Engine, endpoint: str | None) -> None:
    """Trace `app` and send what is found to `endpoint` by OTLP over HTTP; without one, nothing is even imported.

    OpenTelemetry reads its further settings, such as OTEL_SERVICE_NAME, from the environment by itself.
    """
    if endpoint is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    # Load balancers ask so often that their traces would hide all others.
    FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call]
        app, excluded_urls="healthz,readyz,static", tracer_provider=provider
    )
    SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=provider)
    app.extensions["tracing"] = provider
