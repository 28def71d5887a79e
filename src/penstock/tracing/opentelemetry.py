"""Spans by OpenTelemetry. Imported only where traces are wanted."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

from penstock.tracing import HEADER, Attributes, Kind, Tracer

_log = logging.getLogger("penstock.tracing")
_KINDS = {"internal": trace.SpanKind.INTERNAL, "server": trace.SpanKind.SERVER}


def open_tracer(service: str) -> Tracer | None:
    """A tracer of the provider that the program has, or of one that the environment describes.

    Raises:
        ImportError: What sends traces is not installed.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):
        exporter = _exporter()
        if exporter is None:
            return None
        provider = TracerProvider(resource=_resource(service))
        provider.add_span_processor(BatchSpanProcessor(exporter))
        trace.set_tracer_provider(provider)
    return OpenTelemetry(provider)


def _exporter() -> SpanExporter | None:
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if wanted == "console":
        return ConsoleSpanExporter()
    if wanted not in ("", "otlp"):
        _log.warning("No traces are made: OTEL_TRACES_EXPORTER may be otlp, console or none, not %r.", wanted)
        return None
    if not wanted and not any(name.startswith("OTEL_EXPORTER_OTLP") for name in os.environ):
        return None  # the program has the library, and no provider
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _resource(service: str) -> Resource:
    # What is given here would win over the environment.
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return Resource.create({} if named else {SERVICE_NAME: service})


class OpenTelemetry:
    """Makes spans with one provider."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("penstock")

    @contextmanager
    def span(self, name: str, attributes: Attributes, parent: str | None, kind: Kind) -> Iterator["_Open"]:
        """Begin a span, and end it."""
        around = propagate.extract({HEADER: parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, context=around, kind=_KINDS[kind], attributes=dict(attributes)
        ) as span:
            yield _Open(span)

    def traceparent(self) -> str | None:
        """The span that this code runs in, as W3C writes it."""
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return carrier.get(HEADER)

    def flush(self, seconds: float) -> None:
        """Send what has ended."""
        if isinstance(self._provider, TracerProvider):
            self._provider.force_flush(round(1_000 * seconds))


class _Open:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def add(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self, reason: str | None) -> None:
        self._span.set_status(trace.StatusCode.ERROR, reason)
