"""A worker that dies or waits where it is told to, or is less patient than the one of the command line.

python -m tests.faults.odd_worker '{"dies": "before launch", "drain_seconds": 1}'
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any

from penstock.client.client import open_client
from penstock.settings import load_settings
from penstock.workers.base import Worker, WorkerOptions
from penstock.workers.launcher import Job
from penstock.workers.launchers.process import ProcessJob, ProcessLauncher


class MortalLauncher(ProcessLauncher):
    """Starts runs as processes, but is killed on the way, or starts none before a file exists."""

    def __init__(self, dies: str | None, waits_for: str | None) -> None:
        super().__init__()
        self._dies, self._waits_for = dies, waits_for

    async def start(self, job: Job) -> ProcessJob:
        while self._waits_for is not None and not os.access(self._waits_for, os.F_OK):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        if self._dies == "before launch":
            os.kill(os.getpid(), signal.SIGKILL)
        started = await super().start(job)
        if self._dies == "after launch":
            os.kill(os.getpid(), signal.SIGKILL)
        return started


async def main(dies: str | None = None, waits_for: str | None = None, **options: Any) -> None:
    """Work until a signal ends it, or `dies` does."""
    client = open_client(load_settings(), os.environ, on_loop=True, origin="worker")
    chosen = WorkerOptions(pool="local", name=options.pop("name", "odd"), **options)
    worker = Worker(MortalLauncher(dies, waits_for), client, chosen, lambda line: print(line, flush=True))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, worker.stop)
    print("it serves the pool", flush=True)
    await worker.run()
    client.close()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
