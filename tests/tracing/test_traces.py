"""Traces of a flow, its tasks and the server, as a collector gets them; and none where nobody asked."""

import subprocess
import sys
from uuid import UUID

import pytest
from tests.otlp_receiver import Receiver
from tests.server_process import ServerProcess, clean_environ

FLOW = """
from penstock import flow, task

@task
def double(number):
    return 2 * number

@task
def breaks():
    raise ValueError("on purpose")

@flow
def below(number):
    return double(number)

@flow
def around():
    breaks(return_state=True)
    return [double.submit(1).result(), below(3)]

if __name__ == "__main__":
    around()
"""
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def server(receiver, tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("served"), **receiver.environ) as server:
        yield server


def run(folder, source, **environ):
    folder.mkdir(exist_ok=True)
    (folder / "program.py").write_text(source)
    environ = clean_environ(folder / "home", **environ)
    done = subprocess.run(
        [sys.executable, "program.py"],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def named(spans, name, service=None):
    return [span for span in spans if span.name == name and service in (None, span.service)]


def test_a_flow_is_one_trace_with_its_tasks_its_subflow_and_what_the_server_did(receiver, server, tmp_path):
    run(tmp_path, FLOW, PENSTOCK_API_URL=server.url, TRACEPARENT=CALLER, **receiver.environ)
    spans = receiver.wait_for(lambda spans: named(spans, "around"))
    spans = [span for span in spans if span.trace.hex() == TRACE]  # the others are of other tests
    [around] = named(spans, "around")
    assert around.service == "penstock"
    assert (around.trace.hex(), around.parent.hex()) == (TRACE, SPAN)
    [below] = named(spans, "below")
    [breaks] = named(spans, "breaks")
    first, second = sorted(named(spans, "double"), key=lambda span: span.parent != around.id)
    assert {below.parent, breaks.parent, first.parent} == {around.id}
    assert second.parent == below.id
    assert {span.trace for span in (below, breaks, first, second)} == {around.trace}
    assert breaks.is_failed and not around.is_failed
    run_id = around.attributes["penstock.flow_run.id"]
    assert around.attributes["penstock.run.state"] == "COMPLETED"
    assert first.attributes["penstock.flow_run.id"] == run_id and UUID(run_id)
    made = server.ask("GET", f"/flow_runs/{run_id}").json
    assert made["labels"]["__OTEL_TRACEPARENT"].split("-")[1] == TRACE

    def ended(spans):
        asked = named(spans, "POST /flow_runs/{id}/set_state")
        return [span for span in asked if span.trace == around.trace and span.parent == around.id]

    [last] = ended(receiver.wait_for(ended))
    assert (last.service, last.kind) == ("penstock-server", 2)
    assert last.attributes["penstock.flow_run.id"] == run_id
    assert last.attributes["http.response.status_code"] == 201
    written = receiver.wait_for(lambda spans: within(spans, last, "transaction write"))
    assert within(written, last, "transaction write")[0].attributes["db.system.name"] == "sqlite"


def within(spans, outer, name):
    return [span for span in named(spans, name) if span.parent == outer.id]


def test_rounds_of_services_are_spans(receiver, server):
    server.ask("GET", "/health")
    spans = receiver.wait_for(lambda spans: named(spans, "service scheduler") and named(spans, "GET /health"))
    assert within(spans, named(spans, "service scheduler")[0], "transaction read") or within(
        spans, named(spans, "service scheduler")[0], "transaction write"
    )


def test_a_path_that_is_none_is_no_name(receiver, server):
    server.ask("GET", "/no/such-secret-path")
    spans = receiver.wait_for(lambda spans: named(spans, "GET none"))
    assert "such-secret-path" not in str([(span.name, span.attributes) for span in spans])


def test_a_run_of_a_deployment_belongs_to_the_trace_of_who_asked_for_it(receiver, server, tmp_path):
    flow = server.ask("POST", "/flows/", {"name": "around"}).json["id"]
    server.ask("POST", "/work_pools/", {"name": "p", "type": "process"})
    body = {"flow_id": flow, "work_pool_name": "p", "name": "d", "entrypoint": "program.py:below"}
    body |= {"path": str(tmp_path), "parameters": {"number": 1}}
    assert server.ask("POST", "/deployments/", body).status == 201
    asks = (
        "from penstock import flow\nfrom penstock.deployments import run_deployment\n"
        "@flow\ndef asks():\n    return str(run_deployment('around/d', timeout=0).id)\n"
        "print(asks())\n"
    )
    told = run(tmp_path / "asks", asks, PENSTOCK_API_URL=server.url, **receiver.environ)
    run_id = told.stdout.split()[-1]
    (tmp_path / "program.py").write_text(FLOW)
    environ = clean_environ(tmp_path / "home", PENSTOCK_API_URL=server.url, **receiver.environ)
    command = [sys.executable, "-m", "penstock.cli.main", "worker", "start", "--pool", "p", "--run-once"]
    subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, timeout=110, check=True)

    def of_run(spans):
        return [
            span
            for span in spans
            if span.name == "below" and span.attributes.get("penstock.flow_run.id") == run_id
        ]

    spans = receiver.wait_for(lambda spans: of_run(spans) and named(spans, "asks"))
    [asked], [done] = named(spans, "asks"), of_run(spans)
    assert (done.trace, done.parent) == (asked.trace, asked.id)


def test_where_nobody_asks_nothing_is_imported(tmp_path):
    loaded = "[name for name in sys.modules if name.startswith('opentelemetry')]"
    source = FLOW + f"    import sys\n    assert not {loaded}\n"
    run(tmp_path, source)
    run(tmp_path, source, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_SDK_DISABLED="true")
    run(tmp_path, source, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_TRACES_EXPORTER="none")


def test_a_provider_of_the_program_gets_the_spans(tmp_path):
    source = (
        FLOW.replace("    around()\n", "")
        + """
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    with trace.get_tracer("mine").start_as_current_span("outer") as outer:
        around()
    found = {span.name: span for span in kept.get_finished_spans()}
    assert found["around"].parent.span_id == outer.get_span_context().span_id, found
"""
    )
    run(tmp_path, source)


def test_a_program_without_the_library_is_told_once_and_runs(tmp_path):
    source = "import sys\nsys.modules['opentelemetry'] = None\n" + FLOW + "    around()\n"
    told = run(tmp_path, source, OTEL_TRACES_EXPORTER="otlp")
    assert told.stderr.count("pip install 'penstock[otel]'") == 1
