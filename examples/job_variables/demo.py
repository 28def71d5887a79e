"""The whole story on one machine, checked: `make demo`.

Server and worker start on the embedded database. A process pool has a default `env`; one flow is deployed
three ways and run by command line, SDK and REST, with overrides at each level. The table shows what each run
saw, and which layer set it; the exit code is 0 only if every run saw what it should.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from git_server import publish, serve

HERE = Path(__file__).resolve().parent
PENSTOCK = str(Path(sys.executable).parent / "penstock")
WATCHED = ("EXECUTION_ENVIRONMENT", "MY_NOT_SO_SECRET_CONFIG")
POOL_DEFAULTS = {"EXECUTION_ENVIRONMENT": "development", "MY_NOT_SO_SECRET_CONFIG": "from-the-pool"}
RUN_SECONDS = 60.0


@dataclass(frozen=True)
class Expected:
    """What a run should see in one variable, and which layer should have set it."""

    value: str
    layer: str


@dataclass
class Started:
    """A run that the demo started."""

    how: str
    run: str
    expected: dict[str, Expected]
    seen: dict[str, str] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    state: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the run completed and saw what it should, from where it should."""
        return self.state == "Completed" and all(
            self.seen.get(name) == wish.value and self.layers.get(name) == wish.layer
            for name, wish in self.expected.items()
        )


class Api:
    """The REST API, as any program would call it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/api"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request; the decoded answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


class Demo:
    """The steps of the story."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.api = home, Api(port)
        self.environment = {
            **os.environ,
            "PENSTOCK_HOME": str(home),
            "PENSTOCK_API_URL": self.api.url,
            "EXECUTION_ENVIRONMENT": "qa",
        }
        self.environment.pop("MY_NOT_SO_SECRET_CONFIG", None)
        self.runs: list[Started] = []

    def penstock(self, *arguments: str) -> str:
        """Run the command line; what it printed."""
        return self._run(PENSTOCK, *arguments)

    def python(self, script: str, *arguments: str) -> str:
        """Run a script of this folder; what it printed."""
        return self._run(sys.executable, str(HERE / script), *arguments)

    def _run(self, *command: str) -> str:
        """What a command printed. A failure ends the demo and shows what was said."""
        done = subprocess.run(
            command, env=self.environment, cwd=HERE, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def make_pool(self) -> None:
        """A process pool whose template has a default `env`."""
        template = json.loads(
            self.penstock("work-pool", "get-default-base-job-template", "--type", "process")
        )
        template["variables"]["properties"]["env"]["default"] = POOL_DEFAULTS
        file = self.home / "template.json"
        file.write_text(json.dumps(template))
        self.penstock("work-pool", "create", "local", "--type", "process", "--base-job-template", str(file))

    def deploy(self, git_url: str) -> None:
        """The same flow three ways: YAML with literals, YAML with `{{ $NAME }}`, and from git."""
        self.penstock("deploy", "-n", "demo-deployment", "-n", "templated-deployment")
        self.python("deploy_from_git.py", git_url)

    def start_runs(self) -> None:
        """By command line (name and id), SDK and REST, with and without overrides."""
        demo, templated, git = (
            self._deployment(name) for name in ("demo-deployment", "templated-deployment", "git-deployment")
        )
        self._by_cli("CLI, by name", ["some-work/demo-deployment"], {}, demo)
        self._by_cli(
            "CLI, by name, -jv",
            ["some-work/demo-deployment", "-jv", "env.EXECUTION_ENVIRONMENT=test"],
            {"EXECUTION_ENVIRONMENT": Expected("test", "run")},
            demo,
        )
        self._by_cli(
            "CLI, --id, --job-variable JSON",
            ["--id", templated["id"], "--job-variable", '{"env": {"MY_NOT_SO_SECRET_CONFIG": 42}}'],
            {"MY_NOT_SO_SECRET_CONFIG": Expected("42", "run")},
            templated,
        )
        self._by_cli("CLI, --id", ["--id", templated["id"]], {}, templated)
        self._by_rest("REST", {}, git)
        self._by_rest("REST, job_variables", {"EXECUTION_ENVIRONMENT": Expected("rest", "run")}, git)
        self._by_sdk("SDK", {}, git)
        self._by_sdk("SDK, job_variables", {"MY_NOT_SO_SECRET_CONFIG": Expected("sdk", "run")}, demo)

    def _deployment(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.call("GET", f"/deployments/name/some-work/{name}")
        return found

    def _expected(self, deployment: dict[str, Any], overrides: dict[str, Expected]) -> dict[str, Expected]:
        """The pool's defaults, under what the deployment says, under what the run says."""
        pool = {name: Expected(value, "pool") for name, value in POOL_DEFAULTS.items()}
        own = deployment["job_variables"].get("env", {})
        said = {name: Expected(str(value), "deployment") for name, value in own.items()}
        return pool | said | overrides

    def _remember(
        self, how: str, run: str, deployment: dict[str, Any], overrides: dict[str, Expected]
    ) -> None:
        label = f"{deployment['name']}: {how}"
        self.runs.append(Started(label, run, self._expected(deployment, overrides)))

    def _by_cli(
        self, how: str, arguments: list[str], overrides: dict[str, Expected], deployment: dict[str, Any]
    ) -> None:
        run = json.loads(self.penstock("deployment", "run", *arguments, "--json"))
        self._remember(how, run["id"], deployment, overrides)

    def _by_rest(self, how: str, overrides: dict[str, Expected], deployment: dict[str, Any]) -> None:
        body = {"job_variables": _env(overrides)} if overrides else {}
        run = self.api.call("POST", f"/deployments/{deployment['id']}/create_flow_run", body)
        self._remember(how, run["id"], deployment, overrides)

    def _by_sdk(self, how: str, overrides: dict[str, Expected], deployment: dict[str, Any]) -> None:
        variables = [json.dumps(_env(overrides))] if overrides else []
        printed = self.python("run_by_sdk.py", f"some-work/{deployment['name']}", *variables)
        self._remember(how, printed.split()[-1], deployment, overrides)

    def see_them_through(self) -> None:
        """Wait for every run, then read what it printed and what its frozen job says."""
        for started in self.runs:
            started.state = self._final_state(started.run)
            lines = self._log(started.run)
            started.seen = {
                name: line.removeprefix(f"{name}=")
                for name in WATCHED
                for line in lines
                if line.startswith(f"{name}=")
            }
            job = self.api.call("GET", f"/flow_runs/{started.run}/job_spec")
            leaves = {leaf["path"]: leaf["layer"] for leaf in job["explanation"]["job"]["leaves"]}
            started.layers = {name: leaves.get(f"env.{name}", "?") for name in WATCHED}

    def _final_state(self, run: str) -> str:
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            state = self.api.call("GET", f"/flow_runs/{run}")["state"]
            if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
                return str(state["name"])
            time.sleep(0.05)
        return f"{state['name']} after {RUN_SECONDS:.0f} s"

    def _log(self, run: str) -> list[str]:
        logs = self.api.call("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})
        return [line["message"] for line in logs]

    def show(self) -> bool:
        """Print the table; whether every run is right."""
        rows = [("run", *WATCHED, "")]
        for started in self.runs:
            cells = (f"{started.seen.get(name, '-')} ← {started.layers.get(name)}" for name in WATCHED)
            rows.append((started.how, *cells, "ok" if started.is_right else f"WRONG ({started.state})"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return all(started.is_right for started in self.runs)


def _env(overrides: dict[str, Expected]) -> dict[str, Any]:
    return {"env": {name: wish.value for name, wish in overrides.items()}}


@contextmanager
def background(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours for as long as the block lasts."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=log.parent)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for_health(api: Api, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; show its log if it ends, or does not answer within half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if api.call("GET", "/health"):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The server did not start:\n{log.read_text()}")


def free_port() -> int:
    """The usual port if nobody has it, else any other."""
    for port in (4200, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or the last demo's would look taken
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No port is free.")


def main() -> int:
    """Tell the story; 0 if it came out right."""
    home = Path(tempfile.mkdtemp(prefix="penstock-demo-"))
    demo = Demo(home, port := free_port())
    keep = "--keep" in sys.argv
    server = [PENSTOCK, "server", "start", "--port", str(port)]
    worker = [PENSTOCK, "worker", "start", "--pool", "local"]
    try:
        publish([HERE / "some_work.py"], home / "repositories" / "example.git")
        with (
            background(server, demo.environment, home / "server.log") as process,
            serve(home / "repositories") as git,
        ):
            wait_for_health(demo.api, process, home / "server.log")
            demo.make_pool()
            with background(worker, demo.environment, home / "worker.log"):
                demo.deploy(f"{git}/example.git")
                demo.start_runs()
                demo.see_them_through()
                right = demo.show()
                print(f"\nServer, with the web UI: {demo.api.url.removesuffix('/api')}")
                if keep:
                    print(f"In another terminal: export PENSTOCK_API_URL={demo.api.url}")
                    with suppress(KeyboardInterrupt, EOFError):
                        input("It stays until you press Enter. ")
                else:
                    print("It ends with the demo; `make demo KEEP=1` waits for you.")
        if not right:
            print((home / "worker.log").read_text()[-3000:], file=sys.stderr)
        print("Every run saw what it should." if right else "Some runs did not see what they should.")
        return 0 if right else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
