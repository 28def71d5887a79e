"""Traces: which piece of work was a part of which other, across processes, told by OpenTelemetry.

They are made where `penstock[otel]` is installed and the variables of OpenTelemetry name an exporter, or the
program around has a tracer provider of its own. Elsewhere nothing of it is imported, and asking costs a look
at a name.
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

Kind = Literal["internal", "server"]
Attributes = Mapping[str, str | int | float | bool]
_NO_ATTRIBUTES: Attributes = MappingProxyType({})

LABEL: Final = "__OTEL_TRACEPARENT"
"""Label of a flow run that says in which span it was made; the reference's clients know it too."""
HEADER: Final = "traceparent"
VARIABLE: Final = "TRACEPARENT"
"""Says to a process in which span it was started."""

_SWITCHES: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
)
_log = logging.getLogger("penstock.tracing")


class Span(Protocol):
    """A piece of work, while it is done."""

    def add(self, attributes: Attributes) -> None:
        """Say more of it."""

    def rename(self, name: str) -> None:
        """Call it by what is known now."""

    def fail(self, reason: str | None) -> None:
        """It went wrong."""


class Tracer(Protocol):
    """What makes spans: `opentelemetry.OpenTelemetry`."""

    def span(
        self, name: str, attributes: Attributes, parent: str | None, kind: Kind
    ) -> Any:  # a context manager of a `Span`
        """Begin a span, and end it."""

    def traceparent(self) -> str | None:
        """The span that this code runs in, as W3C writes it."""

    def flush(self, seconds: float) -> None:
        """Send what has ended."""


class _Nothing:
    def add(self, attributes: Attributes) -> None:
        """Nobody listens."""

    def rename(self, name: str) -> None:
        """Nobody listens."""

    def fail(self, reason: str | None) -> None:
        """Nobody listens."""


_NOTHING: Final = _Nothing()
_tracer: Tracer | None = None
_has_warned = False


def begin(service: str) -> bool:
    """Make traces from now on, if they are wanted and can be made; whether they are.

    Args:
        service: Name of this program, where `OTEL_SERVICE_NAME` says nothing.
    """
    global _tracer
    if _tracer is None and is_wanted(os.environ):
        _tracer = _open(service)
    return _tracer is not None


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether somebody has said where traces should go."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return False
    return any(environment.get(name) for name in _SWITCHES) or "opentelemetry.sdk.trace" in sys.modules


def _open(service: str) -> Tracer | None:
    global _has_warned
    try:
        from penstock.tracing.opentelemetry import open_tracer  # only for those who want traces
    except ImportError as error:
        if not _has_warned:
            _has_warned = True
            _log.warning("No traces are made, as %s is missing: pip install 'penstock[otel]'.", error.name)
        return None
    return open_tracer(service)


def is_on() -> bool:
    """Whether traces are made."""
    return _tracer is not None


@contextmanager
def span(
    name: str, attributes: Attributes = _NO_ATTRIBUTES, *, parent: str | None = None, kind: Kind = "internal"
) -> Iterator[Span]:
    """A span around a piece of work; an exception that leaves it is a failure of it.

    Args:
        parent: The span that it is a part of, as W3C writes it; else that in which this code runs.
    """
    if _tracer is None:
        yield _NOTHING
        return
    with _tracer.span(name, attributes, parent, kind) as begun:
        yield begun


def traceparent() -> str | None:
    """The span that this code runs in, as W3C writes it; else that in which the process was started."""
    if _tracer is None:
        return None
    return _tracer.traceparent() or os.environ.get(VARIABLE)


def labels() -> dict[str, str | int | float | bool]:
    """The labels of a flow run that is made here."""
    current = traceparent()
    return {LABEL: current} if current else {}


def carried(headers: dict[str, str]) -> dict[str, str]:
    """The headers of a request, with the span that asks, where there is one."""
    current = None if _tracer is None else _tracer.traceparent()
    return {**headers, HEADER: current} if current else headers


def flush(seconds: float = 5.0) -> None:
    """Send what has ended: for a process that is about to end on the spot."""
    if _tracer is not None:
        _tracer.flush(seconds)
