"""The worker: it waits for the runs of a pool, and takes each into its care until its job has ended.

    register → claim ⇄ (run_in_care.py: launch → wait → settle) → drain

Claiming is a long poll: the server answers the moment a run is due. The same answer names the runs in our
care that somebody wants cancelled. A running flow renews its own lease, so a worker that dies takes no run
with it.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec

from penstock.client.client import Client
from penstock.client.errors import ServerError
from penstock.contract.claims import ClaimAnswer, ClaimedRun
from penstock.domain.errors import PenstockError, Unavailable
from penstock.workers.launcher import Launcher
from penstock.workers.pool_source import PoolSource, WorkSource
from penstock.workers.run_in_care import RunInCare

CLAIM_BATCH = 10
"""The most runs claimed at once: more would wait here for their turn instead of going to another worker."""
CLAIM_WAIT_SECONDS = 25.0
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
LAST_POLL_SECONDS = 3.0
"""How long a worker that was told to stop waits for the answer to its last poll."""


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker works.

    Args:
        pool: Name of the work pool that it serves.
        name: Its own name; `default_name()` gives one.
        queues: Only these queues of the pool; all of them when empty.
        limit: The most runs in its care at once; None is without limit.
        create_pool: Make the pool if it does not exist.
        run_once: Take what is due now, see it through, and end.
        heartbeat_seconds: How often it says that it lives.
        drain_seconds: How long, after it was told to stop, it waits for its runs before it ends them.
        grace_seconds: How long a run that it ends has before it is killed.
        cancel_grace_seconds: The same of a run that somebody cancelled.
    """

    pool: str
    name: str
    queues: tuple[str, ...] = ()
    limit: int | None = None
    create_pool: bool = True
    run_once: bool = False
    heartbeat_seconds: float = 10.0
    drain_seconds: float = 20.0
    grace_seconds: float = 8.0
    cancel_grace_seconds: float = 30.0
    base_job_template: dict[str, Any] | None = None


def default_name() -> str:
    """A name that is the worker's alone: the kind of thing it is, its host, and some letters."""
    return f"worker-{socket.gethostname()}-{uuid4().hex[:6]}"


def _say_if_heard(say: Callable[[str], None], text: str) -> None:
    with suppress(OSError):  # whoever listened is gone; the runs must not suffer for it
        say(text)


class Worker:
    """Serves one work pool, or another source of runs, with one launcher."""

    def __init__(
        self,
        launcher: Launcher,
        client: Client,
        options: WorkerOptions,
        say: Callable[[str], None],
        source: WorkSource | None = None,
    ) -> None:
        self._launcher, self._client, self._options = launcher, client, options
        self._say = partial(_say_if_heard, say)
        self._source = source or PoolSource(launcher, client, options, self._say)
        self._care: dict[UUID, RunInCare] = {}
        """By the lease: a run may be claimed again while the job of an earlier claim is still ending."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._offline_since_attempt = 0

    async def run(self) -> None:
        """Serve until `stop` is called; with `run_once`, until what is due now has ended.

        Raises:
            InvalidInput: The pool is of another type than the launcher.
            NotFound: The pool does not exist and may not be created.
        """
        await self._source.register()
        async with self._launcher:
            heartbeat = asyncio.create_task(self._keep_heartbeat())
            try:
                await self._claim_until_stopped()
                listening = asyncio.create_task(self._hear_cancellations())
                await self._drain()
                listening.cancel()
            finally:
                heartbeat.cancel()

    def stop(self) -> None:
        """Take no further run, wait for those in care, and end. A second call ends the runs at once."""
        if self._stopping.is_set():
            self._say("Ending the runs now.")
            for run in self._care.values():
                run.stop_soon(self._options.grace_seconds)
            return
        self._stopping.set()
        self._changed.set()
        self._keep(asyncio.create_task(self._end_poll()))

    @property
    def runs_in_care(self) -> int:
        """How many jobs this worker has started that have not ended."""
        return len(self._care)

    async def _keep_heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self._options.heartbeat_seconds)
            try:
                await self._source.heartbeat()
            except PenstockError:
                continue  # the claim loop says it once, and says when the server is back

    async def _claim_until_stopped(self) -> None:
        while not self._stopping.is_set():
            if self._options.run_once:
                await self._until(lambda: self._room() > 0)  # an empty answer must mean that nothing is due
            answer = await self._poll()
            if answer is None:
                continue
            for claim in answer.runs:
                self._take(claim)
            for run_id in answer.cancelling:
                self._cancel(run_id)
            if self._options.run_once and not answer.runs:
                return

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of the runs in care, or the worker is told to stop."""
        while not condition() and not self._stopping.is_set():
            self._changed.clear()
            await self._changed.wait()

    async def _poll(self) -> ClaimAnswer | None:
        """What the server answers to a claim; None where it is away, or does not answer one that must end."""
        poll = asyncio.create_task(self._claim())
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([poll, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not poll.done():
            await asyncio.wait([poll], timeout=LAST_POLL_SECONDS)
        if poll.done():
            return poll.result()
        poll.cancel()  # what the server claims for a worker that hangs up, it gives back
        return None

    async def _claim(self) -> ClaimAnswer | None:
        running = [run.run_id for run in self._care.values() if not run.stopping]
        # After an outage the first answer comes at once, so that it can be said that the server is back.
        wait = 0.0 if self._options.run_once or self._offline_since_attempt else CLAIM_WAIT_SECONDS
        try:
            answer = await self._source.claim(self._room(), running, wait)
        except (Unavailable, ServerError) as error:
            await self._wait_for_server(error)
            return None
        if self._offline_since_attempt:
            self._say("The server is back.")
            self._offline_since_attempt = 0
        return answer

    def _room(self) -> int:
        if self._options.limit is None:
            return CLAIM_BATCH
        return max(0, min(self._options.limit - len(self._care), CLAIM_BATCH))

    async def _wait_for_server(self, error: PenstockError) -> None:
        if not self._offline_since_attempt:
            self._say(f"{error} Trying again; runs in care go on.")
        pause = RECONNECT_SECONDS[min(self._offline_since_attempt, len(RECONNECT_SECONDS) - 1)]
        self._offline_since_attempt += 1
        try:
            await asyncio.wait_for(self._stopping.wait(), timeout=pause)
        except TimeoutError:
            return

    async def _end_poll(self) -> None:
        """Have the server answer the poll that is under way: a newer one of the same worker ends it."""
        with suppress(PenstockError, TimeoutError):
            async with asyncio.timeout(LAST_POLL_SECONDS):
                await self._source.claim(0, [], 0.0)

    def _take(self, claim: ClaimedRun) -> None:
        run = RunInCare(self._launcher, self._client, claim, self._options.name, self._say)
        if self._stopping.is_set():
            self._keep(asyncio.create_task(run.give_back("Its worker was told to stop.")))
            return
        self._care[claim.lease.id] = run
        self._keep(asyncio.create_task(self._see_through(claim.lease.id, run)))

    async def _see_through(self, lease_id: UUID, run: RunInCare) -> None:
        try:
            await run.see_through()
        finally:
            was_full = self._room() == 0
            del self._care[lease_id]
            self._changed.set()
            if was_full and not self._stopping.is_set():
                await self._end_poll()  # it was asked for with less room than there is now

    def _cancel(self, run_id: UUID) -> None:
        for run in self._care.values():
            if run.run_id == run_id:
                self._say(f"Cancelling {run.label}.")
                run.stop_soon(self._options.cancel_grace_seconds)

    async def _hear_cancellations(self) -> None:
        """While no further runs are taken, those in care may still be cancelled."""
        while True:
            running = [run.run_id for run in self._care.values() if not run.stopping]
            try:
                answer = await self._source.claim(0, running, CLAIM_WAIT_SECONDS)
            except (Unavailable, ServerError):
                await asyncio.sleep(RECONNECT_SECONDS[-1])
                continue
            except PenstockError:
                return  # it has no pool any more, say: the runs go on
            for run_id in answer.cancelling:
                self._cancel(run_id)

    async def _drain(self) -> None:
        if self._options.run_once:
            await self._until(lambda: not self._care)
        if self._care:
            runs = "1 run" if len(self._care) == 1 else f"{len(self._care)} runs"
            self._say(f"Waiting up to {self._options.drain_seconds:.0f} s for {runs}.")
            await asyncio.wait(self._tasks, timeout=self._options.drain_seconds)
        for run in self._care.values():
            run.stop_soon(self._options.grace_seconds)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._options.grace_seconds + 2.0)

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
