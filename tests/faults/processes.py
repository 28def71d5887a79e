"""Real processes for tests that kill them: a server, its workers, their zygotes, and flows.

    def test_something(site):
        site.start()
        worker = site.worker()
        run = site.run("steady", steps=3)
        site.wait_for(run, "COMPLETED")

What belongs to a site is found by its home in the environment of each process; nothing of it outlives a test.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psutil
from tests.faults.side_log import PLACE, SideLog
from tests.server_process import Answer, ServerProcess, clean_environ

PATIENCE = 60.0
"""Seconds after which what a test waits for will not come any more."""

QUICK_LEASES = {
    "PENSTOCK_SERVER_LEASES_CLAIM": "3",
    "PENSTOCK_SERVER_LEASES_RUN": "3",
    "PENSTOCK_SERVER_LEASES_RENEW_EVERY": "0.5",
    "PENSTOCK_SERVER_LEASES_SWEEP_EVERY": "0.2",
}
"""For a server whose owners are lost soon."""
LONGEST_LEASE = 3.0

DATABASE_URL = "PENSTOCK_SERVER_DATABASE_CONNECTION_URL"
TERMINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
HERE = Path(__file__).parent


def eventually(condition: Callable[[], Any], what: str | Callable[[], str], seconds: float = PATIENCE) -> Any:
    """What `condition` gives as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)
    return found


class Process:
    """A program of ours that runs until it is ended, and what it writes."""

    def __init__(self, arguments: list[str], output: Path, environ: dict[str, str]) -> None:
        self._output = output
        with output.open("ab") as file:
            self.popen = subprocess.Popen(
                arguments,
                env=environ,
                cwd=output.parent,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.pid = self.popen.pid

    @property
    def output(self) -> str:
        """All that it has written to its terminal."""
        return self._output.read_text()

    def says(self, text: str, seconds: float = PATIENCE) -> Self:
        """Wait until it has written something."""
        eventually(lambda: text in self.output or self.popen.poll() is not None, f"{text!r}", seconds)
        assert text in self.output, f"it ended with {self.popen.poll()}:\n{self.output}"
        return self

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and to whoever is in its group, as a terminal does at Ctrl-C."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it on the spot, and it alone."""
        self.popen.kill()
        self.popen.wait(PATIENCE)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code, when it has ended."""
        return self.popen.wait(seconds)

    def pipes(self) -> int:
        """How many ends of pipes it has open."""
        count = 0
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed a moment ago
                count += str(entry.readlink()).startswith("pipe:")
        return count

    @property
    def zygote(self) -> psutil.Process:
        """The process that forks its runs."""
        return eventually(lambda: psutil.Process(self.pid).children(), "a zygote")[0]


class Caller:
    """Asks the server on one connection."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """The status of the answer, and the answer as plain data."""
        self._connection.request(method, f"/api{path}", body=json.dumps(body))
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Site:
    """One home with all that works in it.

    Sites may share a database and a side log, by the variables that name these.
    """

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.home = folder / "home"
        self._more = {PLACE: str(folder / "side_log"), **environ}
        self.side_log = SideLog(Path(self._more[PLACE]))
        self.database: Path | str = environ.get(DATABASE_URL) or self.home / "penstock.db"
        self._arguments = arguments
        self.server = ServerProcess(self.home, *arguments, **self._more)
        self._deployments: dict[str, str] = {}
        self._programs: list[Process] = []

    # The server

    def start(self) -> Self:
        """Start the server, with a pool `local`."""
        self.server.start()
        self.ask("POST", "/work_pools/", {"name": "local", "type": "process"})
        return self

    def restart(self) -> None:
        """Start the server again, on the same home and port."""
        again = ServerProcess(self.home, *self._arguments, port=self.server.port, **self._more)
        again.start()
        self.server = again  # who asks meanwhile, asks at the same port

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the server something; its answer as plain data."""
        answer = self.server.ask(method, path, body, **headers)
        assert answer.status < 300 or answer.status == 409, (method, path, answer.status, answer.body)
        return answer.json if answer.body else None

    def insist(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask until the server answers, wherever it is just now; refusals are answers."""

        def answer() -> Answer | None:
            try:
                answer = self.server.ask(method, path, body)
            except (OSError, HTTPException):
                return None
            return answer if answer.status < 500 else None

        return eventually(answer, f"{method} {path}")

    def caller(self) -> "Caller":
        """Somebody who asks often, and so keeps a connection."""
        return Caller(self.server.connect())

    # Workers and their runs

    def worker(self, *arguments: str, url: str | None = None, **environ: str) -> Process:
        """A worker of the pool `local`, once it serves it."""
        command = ["penstock.cli.main", "worker", "start", "--pool", "local", *arguments]
        if url is not None:
            environ["PENSTOCK_API_URL"] = url
        return self.program(*command, **environ).says("serves the pool")

    def odd_worker(self, **options: Any) -> Process:
        """A worker from `odd_worker.py`."""
        return self.program("tests.faults.odd_worker", json.dumps(options)).says("serves the pool")

    def program(self, module: str, *arguments: str, **environ: str) -> Process:
        """A module that is run as a program, beside the server."""
        output = self.home / f"program-{len(self._programs) + 1}"
        defaults = {
            "PENSTOCK_API_URL": self.server.url,
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *_found_first()]),
        }
        command = [sys.executable, "-m", module, *arguments]
        program = Process(command, output, self.environ(**defaults | environ))
        self._programs.append(program)
        return program

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a process of this site."""
        return clean_environ(self.home, **(self._more | more))

    def deploy(self, flow: str, **fields: Any) -> str:
        """Deploy a flow of `victims.py`, and return the id of its deployment."""
        flow_id = self.ask("POST", "/flows/", {"name": flow.replace("_", "-")})["id"]
        body = {
            "name": "fault",
            "flow_id": flow_id,
            "work_pool_name": "local",
            "path": str(HERE),
            "entrypoint": f"victims.py:{flow}",
            **fields,
        }
        self._deployments[flow] = self.ask("POST", "/deployments/", body)["id"]
        return self._deployments[flow]

    def run(self, flow: str, *, env: dict[str, str] | None = None, **parameters: Any) -> str:
        """Create a run of a flow of `victims.py`, which is due at once, and return its id."""
        deployment = self._deployments.get(flow) or self.deploy(flow)
        body: dict[str, Any] = {"parameters": parameters, "idempotency_key": str(uuid4())}
        if env is not None:
            body["job_variables"] = {"env": env}
        id: str = self.ask("POST", f"/deployments/{deployment}/create_flow_run", body)["id"]
        return id

    # What became of runs

    def state(self, run: str) -> dict[str, Any]:
        """The state that a run is in."""
        state: dict[str, Any] = self.ask("GET", f"/flow_runs/{run}")["state"]
        return state

    def history(self, run: str) -> list[str]:
        """The names of all states that a run was in."""
        states = self.ask("GET", f"/flow_run_states/?flow_run_id={run}")
        return [state["name"] for state in states]

    def wait_for(self, run: str, *types: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait until a run is in a state of one of the types (in any that is final where none is given)."""
        wanted = types or TERMINAL

        def reached() -> dict[str, Any] | None:
            state = self.state(run)
            return state if state["type"] in (*wanted, *TERMINAL) else None

        found: dict[str, Any] = eventually(reached, lambda: f"{wanted} of {run}\n{self.outputs()}", seconds)
        assert found["type"] in wanted, f"{self.history(run)}\n{self.outputs()}"
        return found

    def wait_for_state(self, run: str, name: str) -> None:
        """Wait until a run is in the state of this name."""
        eventually(
            lambda: self.state(run)["name"] == name, lambda: f"{name}: {self.history(run)}\n{self.outputs()}"
        )

    def lines(self, run: str) -> list[str]:
        """What a run's flow has logged itself, as the server knows it: its `line N`."""
        body = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC", "limit": 200, "offset": 0}
        found: list[str] = []
        while page := self.ask("POST", "/logs/filter", body):
            found += [line["message"] for line in page if line["message"].startswith("line ")]
            body["offset"] += len(page)
        return found

    def started(self, run: str, event: str = "start") -> dict[str, Any]:
        """Wait until a run's code has said something in the side log; what it said."""
        found: list[dict[str, Any]] = eventually(
            lambda: self.side_log.entries(event, run), lambda: f"{event!r} of {run}\n{self.outputs()}"
        )
        return found[0]

    def cancel(self, run: str) -> None:
        """Ask for a run's end."""
        self.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})

    def outputs(self) -> str:
        """What all of them have written, for a failure."""
        files = [self.home / "output", *sorted(self.home.glob("program-*"))]
        return "\n".join(f"--- {file.name}\n{file.read_text()[-4000:]}" for file in files if file.exists())

    # The end

    def processes(self) -> Iterator[psutil.Process]:
        """Every living process of this site."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("PENSTOCK_HOME") == str(self.home) and process.pid != os.getpid():
                    yield process
            except psutil.Error:
                continue  # it ended just now, or is another user's

    def end(self) -> None:
        """Kill what is left, whoever started it."""
        for process in self._programs:
            process.kill()
        if self.server.process is not None:
            self.server.kill()
        while left := list(self.processes()):  # a zombie is none of them
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.01)


def _found_first() -> list[str]:
    """Where this process was told to look for modules."""
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def spooled(home: Path) -> list[dict[str, Any]]:
    """The batches that wait on disk for a server."""
    lines = [line for file in (home / "spool").rglob("*.jsonl") for line in file.read_text().splitlines()]
    return [json.loads(line) for line in lines]
