"""A worker in this process, serving a pool of a real server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.server_process import ServerProcess

from penstock.client.client import Client, open_client
from penstock.settings import Settings
from penstock.settings.tree import ApiSettings
from penstock.workers.base import Worker, WorkerOptions
from penstock.workers.launcher import Launcher
from penstock.workers.launchers.process import ProcessLauncher

ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
PATIENCE = 30.0


class Stand:
    """One pool of a server, its workers and its runs."""

    def __init__(self, server: ServerProcess, pool: str, folder: Path) -> None:
        self.server, self.pool, self.folder = server, pool, folder
        self.said: list[str] = []
        """What workers have said."""
        self.clients: list[Client] = []
        self._deployments: dict[str, str] = {}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server something; its answer as plain data."""
        answer = self.server.ask(method, path, body)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json if answer.body else None

    def make_pool(self, **fields: Any) -> None:
        self.ask("POST", "/work_pools/", {"name": self.pool, "type": "process", **fields})

    def run(self, flow: str, parameters: dict[str, Any] | None = None, **job_variables: Any) -> str:
        """Create a run of a flow of `jobs.py` that is due at once; its id."""
        if flow not in self._deployments:
            flow_id = self.ask("POST", "/flows/", {"name": flow})["id"]
            body = {"flow_id": flow_id, "work_pool_name": self.pool, "entrypoint": f"jobs.py:{flow}"}
            body |= {"name": self.pool, "path": str(Path(__file__).parent)}
            self._deployments[flow] = self.ask("POST", "/deployments/", body)["id"]
        body = {"parameters": parameters or {}, "job_variables": job_variables}
        id: str = self.ask("POST", f"/deployments/{self._deployments[flow]}/create_flow_run", body)["id"]
        return id

    def read(self, run: str) -> Any:
        return self.ask("GET", f"/flow_runs/{run}")

    def history(self, run: str) -> list[str]:
        return [state["name"] for state in self.ask("GET", f"/flow_run_states/?flow_run_id={run}")]

    def client(self) -> Client:
        settings = Settings(home=self.folder, api=ApiSettings(url=self.server.url))
        return open_client(settings, {}, on_loop=True, origin="worker")

    def worker(self, launcher: Launcher | None = None, **options: Any) -> Worker:
        """A worker of the pool, not started."""
        chosen = WorkerOptions(**{"pool": self.pool, "name": "w", "drain_seconds": 5.0, **options})
        self.clients.append(client := self.client())
        return Worker(launcher or ProcessLauncher(), client, chosen, self.said.append)

    @asynccontextmanager
    async def serving(self, launcher: Launcher | None = None, **options: Any) -> AsyncIterator[Worker]:
        """A worker that works until the `with` block ends."""
        worker = self.worker(launcher, **options)
        working = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(working, PATIENCE)

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until something is true, and return it."""
        async with asyncio.timeout(PATIENCE):
            while not (found := await asyncio.to_thread(condition)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return found

    async def ended(self, run: str) -> tuple[str, str]:
        """The type and the message of a run's last state."""
        found = await self.until(lambda: self._ended(run))
        return found["type"], found["message"] or ""

    def _ended(self, run: str) -> Any:
        state = self.read(run)["state"]
        return state if state["type"] in ENDED else None
