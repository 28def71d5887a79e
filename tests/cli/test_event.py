"""`penstock event`: emitting, and following over what happens to the server."""

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode

PENSTOCK = str(Path(sys.executable).with_name("penstock"))


class Stream:
    """A `penstock event stream` that runs."""

    def __init__(self, server, folder, *arguments, **environ):
        self.process = subprocess.Popen(
            [PENSTOCK, "event", "stream", *arguments],
            env=server.environ | {"PENSTOCK_API_URL": server.url, "PYTHONUNBUFFERED": "1"} | environ,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines, self.notes = [], []
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.notes)),
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(pipe, lines):
        lines.extend(iter(pipe.readline, ""))

    @staticmethod
    def _wait_for(lines, condition):
        deadline = time.monotonic() + 60
        while not any(condition(line) for line in list(lines)):
            assert time.monotonic() < deadline, lines
            time.sleep(0.01)

    def until_line(self, text):
        """Wait until a line has this in it."""
        self._wait_for(self.lines, lambda line: text in line)

    def until_note(self, text):
        """The same of what is said beside."""
        self._wait_for(self.notes, lambda line: text in line)

    def end(self, number=signal.SIGINT):
        """Interrupt it; its exit code."""
        self.process.send_signal(number)
        return self.close()

    def close(self):
        """Wait for its end; its exit code."""
        code = self.process.wait(30)
        for reader in self._readers:
            reader.join(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def stream(tmp_path):
    """Starts streams, and ends those that a test left."""
    started = []

    def start(server, *arguments, **environ):
        started.append(Stream(server, tmp_path, *arguments, **environ))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.close()


def knock(server, stream, name):
    """Emit events of a name until the stream has told of one: then it follows."""
    deadline = time.monotonic() + 60
    while not any(name in line for line in list(stream.lines)):
        assert time.monotonic() < deadline, stream.notes
        emit(server, name)
        time.sleep(0.05)


def emit(server, name, **fields):
    """Have a server take an event."""
    body = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": "cli.thing"},
        **fields,
    }
    assert server.ask("POST", "/events", [body]).status == 204


def test_an_event_is_emitted_and_found(command, server, unique):
    name = unique("cli.emitted")
    said = command("event", "emit", name, "--resource-id", "order.17", "--payload", '{"weight": 3}')
    assert f"Emitted {name!r} about 'order.17'" in said.out
    asked = {"filter": {"event": {"name": [name]}}}
    (event,) = server.ask("POST", "/events/filter", asked).json["events"]
    assert event["resource"] == {"prefect.resource.id": "order.17"}
    assert event["payload"] == {"weight": 3}
    assert event["id"] in said.out


def test_labels_and_what_is_related(command, server, unique):
    name = unique("cli.labels")
    related = {"prefect.resource.id": "customer.3", "prefect.resource.role": "customer"}
    arguments = ["--resource", "prefect.resource.id=file.a,size=12", "--related", json.dumps([related])]
    emitted = command("events", "emit", "--event", name, *arguments, "--json").json
    assert emitted["resource"] == {"prefect.resource.id": "file.a", "size": "12"}
    as_json = json.dumps({"prefect.resource.id": "file.b", "kind": "a,b=c"})
    command("event", "emit", name, "-r", as_json, "--related", json.dumps(related))
    found = server.ask("POST", "/events/filter", {"filter": {"event": {"name": [name]}, "order": "ASC"}}).json
    assert [event["resource"].get("kind") for event in found["events"]] == [None, "a,b=c"]
    assert [event["related"] for event in found["events"]] == [[related]] * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "What is the event about?"),
        (["--resource", "size=12"], "What is the event about?"),
        (["--resource", "nothing"], "neither KEY=VALUE nor JSON"),
        (["--resource", '{"a": 1}'], "labels are an object whose values are texts"),
        (["--resource-id", "x", "--payload", "[1]"], "--payload is not a JSON object"),
        (["--resource-id", "x", "--payload", "{"], "--payload is not JSON"),
        (["--resource-id", "x", "--related", '{"a": "b"}'], "--related: each has the labels"),
    ],
)
def test_what_cannot_be_emitted_is_said(command, arguments, said):
    assert said in command("event", "emit", "x", *arguments, code=ExitCode.USAGE).err


def test_events_are_streamed_as_documents(server, stream, unique):
    name = unique("cli.json")
    running = stream(server)
    knock(server, running, f"{name}.knock")
    emit(server, f"{name}.one", payload={"n": 1})
    running.until_line(f"{name}.one")
    assert running.end() == ExitCode.INTERRUPTED
    documents = [json.loads(line) for line in running.lines]
    (one,) = [each for each in documents if each["event"] == f"{name}.one"]
    assert one["payload"] == {"n": 1} and one["received"]
    assert "Stopped following events." in "".join(running.notes)
    assert "Traceback" not in "".join(running.notes)


def test_events_are_streamed_for_people_to_one_who_asks_for_some(server, stream, unique):
    name = unique("cli.text")
    wanted = ["--format", "text", "--event", f"{name}.*", "--resource", "cli.*"]
    running = stream(server, *wanted)
    knock(server, running, f"{name}.knock")
    emit(server, f"another.{name}")
    emit(server, f"{name}.elsewhere", resource={"prefect.resource.id": "other.thing"})
    friend = {
        "prefect.resource.id": "f.1",
        "prefect.resource.role": "friend",
        "prefect.resource.name": "Fred",
    }
    emit(server, f"{name}.last", related=[friend])
    running.until_line(f"{name}.last")
    assert running.end() == ExitCode.INTERRUPTED
    told = "".join(running.lines)
    assert "another." not in told and "elsewhere" not in told
    assert running.lines[-1].endswith(f"  {name}.last  cli.thing  (Fred)\n")


def test_one_event_ends_it_where_that_is_wanted(server, stream, unique, tmp_path):
    name = unique("cli.once")
    emit(server, name)
    running = stream(server, "--run-once", "--event", name, "--since", "5m", "--output-file", "told.jsonl")
    assert running.close() == ExitCode.OK
    assert running.lines == []
    assert json.loads((tmp_path / "told.jsonl").read_text())["event"] == name


def test_it_goes_on_when_the_server_does(stream, tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    try:
        running = stream(server, "--event", "cli.over*")
        knock(server, running, "cli.over.knock")
        emit(server, "cli.over.before")
        running.until_line("cli.over.before")
        server.kill()
        running.until_note("went away")
        server = ServerProcess(tmp_path / "home", port=server.port).start()
        emit(server, "cli.over.after")
        running.until_line("cli.over.after")
        running.until_note("The server is back.")
        assert running.end() == ExitCode.INTERRUPTED
    finally:
        server.stop()
    names = [json.loads(line)["event"] for line in running.lines]
    assert names.count("cli.over.before") == names.count("cli.over.after") == 1


def test_it_can_be_interrupted_while_the_server_is_away(stream, tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    running = stream(server)
    knock(server, running, "cli.away")
    server.stop()
    running.until_note("went away")
    assert running.end() == ExitCode.INTERRUPTED
    assert "Traceback" not in "".join(running.notes)


def test_a_server_that_is_not_there_is_not_waited_for(penstock):
    refused = penstock(
        "event", "stream", code=ExitCode.UNREACHABLE, PENSTOCK_API_URL="http://127.0.0.1:9/api"
    )
    assert "No server answers at http://127.0.0.1:9/api" in refused.stderr


def test_a_credential_is_shown_and_one_that_is_missed_is_named(penstock, stream, tmp_path):
    with ServerProcess(tmp_path / "guarded", PENSTOCK_SERVER_API_AUTH_STRING="a:b") as server:
        refused = penstock("event", "stream", code=ExitCode.DENIED, PENSTOCK_API_URL=server.url)
        assert "api.auth_string" in refused.stderr
        shown = {"PENSTOCK_API_URL": server.url, "PENSTOCK_API_AUTH_STRING": "a:b"}
        penstock("event", "emit", "cli.shown", "--resource-id", "x", **shown)
        told = penstock("event", "stream", "--run-once", "--since", "5m", "--event", "cli.shown", **shown)
        assert json.loads(told.stdout)["event"] == "cli.shown"
