"""A collector of traces, as small as one can be: it takes OTLP over HTTP and keeps the spans."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENCE = 60.0


class Receiver:
    """Listens on loopback while it is entered."""

    def __init__(self):
        self._spans, self._arrived = [], threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver._take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def environ(self):
        """What a program gets that sends its traces here, soon."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "50"}

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, request):
        with self._arrived:
            for resource in request.resource_spans:
                service = attributes_of(resource.resource)["service.name"]
                for scope in resource.scope_spans:
                    self._spans += [Told(service, span) for span in scope.spans]
            self._arrived.notify_all()

    def wait_for(self, condition):
        """All spans, as soon as they meet a condition."""
        with self._arrived:
            met = self._arrived.wait_for(lambda: condition(self._spans), PATIENCE)
            assert met, [(span.service, span.name) for span in self._spans]
            return list(self._spans)


def attributes_of(holder):
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in holder.attributes}


class Told:
    """A span as it was sent."""

    def __init__(self, service, span):
        self.service, self.name, self.kind = service, span.name, span.kind
        self.trace, self.id, self.parent = span.trace_id, span.span_id, span.parent_span_id
        self.is_failed, self.attributes = span.status.code == 2, attributes_of(span)
