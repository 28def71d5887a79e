"""The two that are measured in turn: Penstock, and the peer in a virtual environment of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import wait_until
from benchmarks.rest import Rest

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
PROGRAMS = ROOT / "benchmarks" / "programs"
PEER = "prefect==3.9.1"
PEER_START_SECONDS = 180.0


@dataclass(frozen=True)
class Running:
    """A process of a side that serves."""

    pid: int
    port: int
    home: Path


@dataclass(frozen=True)
class Side:
    """One of the two: where its interpreter is and what its things are called."""

    name: str
    """Of the package and the command."""
    bin: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.bin / "python")

    @property
    def command(self) -> str:
        """Its command line."""
        return str(self.bin / self.name)

    def env(self, home: Path, port: int | None = None) -> dict[str, str]:
        """A clean environment: its own home, no telemetry, bytecode allowed."""
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        prefix = self.name.upper()
        own = {
            f"{prefix}_HOME": str(home),
            f"{prefix}_SERVER_ANALYTICS_ENABLED": "false",
            f"{prefix}_LOGGING_LEVEL": "ERROR",
            "DO_NOT_TRACK": "1",
        }
        if port is not None:
            own[f"{prefix}_API_URL"] = f"http://127.0.0.1:{port}/api"
        return {**keep, **own}

    @contextmanager
    def home(self) -> Iterator[Path]:
        """A fresh home, removed afterwards."""
        path = Path(tempfile.mkdtemp(prefix=f"bench-{self.name}-"))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def server(
        self, fill: Callable[[Path], None] | None = None, environ: dict[str, str] | None = None
    ) -> Iterator[Running]:
        """A server with a fresh home, healthy.

        Args:
            fill: May put things into the home before it starts.
            environ: Is set besides.
        """
        with self.home() as home:
            if fill is not None:
                fill(home)
            port = free_port()
            command = [self.command, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
            with _process(command, self.env(home, port) | (environ or {}), home) as process:
                rest = Rest(port)

                def healthy() -> bool:
                    if process.poll() is not None:
                        raise RuntimeError(
                            f"the {self.name} server ended: {(home / 'server.log').read_text()}"
                        )
                    return rest.is_healthy()

                wait_until(healthy, PEER_START_SECONDS, f"a healthy {self.name} server")
                yield Running(process.pid, port, home)

    @contextmanager
    def worker(self, server: Running, pool: str = "bench") -> Iterator[int]:
        """A worker of `pool`, heard of by the server; yields its pid."""
        command = [self.command, "worker", "start", "--pool", pool, "--type", "process"]
        with _process(command, self.env(server.home, server.port), server.home) as process:
            rest = Rest(server.port)
            wait_until(
                lambda: bool(rest.call("POST", f"/work_pools/{pool}/workers/filter", {})),
                PEER_START_SECONDS,
                f"a {self.name} worker",
            )
            yield process.pid

    def run_program(self, name: str, server: Running, *arguments: str, seconds: float = 900.0) -> str:
        """Run a program of `benchmarks/programs` against a server; what it printed last."""
        done = subprocess.run(
            [self.python, str(PROGRAMS / f"{name}.py"), self.name, *arguments],
            env=self.env(server.home, server.port),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name} {name}: {done.stderr[-3000:]}")
        return done.stdout.strip().splitlines()[-1]


@dataclass(frozen=True)
class Sides:
    """Ours and, unless it was left out, the peer."""

    ours: Side
    peer: Side | None

    def __iter__(self) -> Iterator[Side]:
        yield self.ours
        if self.peer is not None:
            yield self.peer


def free_port() -> int:
    """A port on loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _process(command: list[str], env: dict[str, str], home: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with (home / f"{command[1]}.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, cwd=home, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def prepare(*, with_peer: bool) -> Sides:
    """Make both sides ready: install the peer where it is missing, compile bytecode on both."""
    ours = Side("penstock", Path(sys.executable).parent)
    peer = _peer() if with_peer else None
    for side in (ours, peer):
        if side is not None:
            _compile(side)
    return Sides(ours, peer)


def _compile(side: Side) -> None:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run(
        [side.python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    sources = [site, *([str(ROOT / "src")] if side.name == "penstock" else [])]
    # Some packages carry files for newer interpreters, which do not compile.
    command = [side.python, "-m", "compileall", "-qq", "-j", "2", *sources]
    subprocess.run(command, env=env, check=False)


def _peer() -> Side:
    folder = BUILD / "peer"
    if not (folder / "bin" / "prefect").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        overrides = folder / "overrides.txt"
        overrides.write_text("certifi\n")  # it pins a release that an index may not have yet
        uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
        install = [uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python")]
        subprocess.run([*install, "--override", str(overrides), PEER], check=True)
    return Side("prefect", folder / "bin")
