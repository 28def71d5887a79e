"""What one run tells while it runs: its log lines, and events about it, in one stream that ends with the run.

async with FlowRunSubscriber(run.id) as told:
    async for each in told:
        print(each.message if isinstance(each, Log) else each.event)
"""

import asyncio
import os
from collections.abc import Coroutine
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self, TypeAlias
from uuid import UUID

from penstock.client.sockets import OpenSocket, open_socket
from penstock.contract.events import EventAnyResourceFilter, EventFilter
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import LogFilter
from penstock.contract.flow_runs import read_flow_run
from penstock.contract.logs import Log, LogQuery, read_logs
from penstock.contract.operators import Between, IdIn
from penstock.contract.sockets import LOGS_OUT, LogMessage, LogStream
from penstock.domain.errors import Unavailable
from penstock.domain.events import resource_id
from penstock.domain.states import StateType
from penstock.sdk.engine.colours import SUSPENDING
from penstock.sdk.engine.session import current_session
from penstock.sdk.event_clients import BACKFILL, RECONNECTIONS, EventSubscriber, server_settings
from penstock.sdk.events import ReceivedEvent

Told: TypeAlias = Log | ReceivedEvent

_STATE: Final = "prefect.state-type"
_AHEAD = 1_000
"""How much is kept for whoever does not ask for it fast enough; then it is not read on."""
_PAUSE_SECONDS = 0.5


class FlowRunSubscriber:
    """The log lines of a flow run and the events about it, as they come, and of the minute before.

    An asynchronous context manager, and an asynchronous iterator that ends a while after the run.

    Args:
        flow_run_id: Which run.
        straggler_timeout: How long to wait, in seconds, for what comes after the run's last state; the wait
            begins anew with each.
        reconnection_attempts: How often in a row to try in vain to reach a server that went away.
    """

    def __init__(
        self,
        flow_run_id: UUID,
        straggler_timeout: float = 3,
        reconnection_attempts: int = RECONNECTIONS,
    ) -> None:
        self._id, self._straggle, self._attempts = flow_run_id, straggler_timeout, reconnection_attempts
        self._is_over = False
        self._lines = _Lines(flow_run_id)

    async def __aenter__(self) -> Self:
        """Begin to follow.

        Raises:
            ServerUnreachable: No server is set, or none answers.
            NotFound: There is no such run.
        """
        about = EventAnyResourceFilter(id=[resource_id("flow-run", self._id)])
        events = EventSubscriber(EventFilter(any_resource=about), self._attempts, True)
        self._queue: asyncio.Queue[Told | BaseException] = asyncio.Queue(_AHEAD)
        self._following = await events.__aenter__()
        are_followed = asyncio.Event()
        self._work = [
            asyncio.create_task(self._hand_on(self._tell_events())),
            asyncio.create_task(self._hand_on(self._tell_lines(are_followed))),
        ]
        try:
            run = await current_session().client(SUSPENDING).call(read_flow_run, self._id)
            self._is_over = run.state is not None and run.state.is_terminal
            followed = asyncio.create_task(are_followed.wait())
            await asyncio.wait([followed, self._work[1]], return_when=asyncio.FIRST_COMPLETED)
            followed.cancel()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Told:
        """The next line or event."""
        try:
            async with asyncio.timeout(self._straggle if self._is_over else None):
                told = await self._queue.get()
        except TimeoutError:
            raise StopAsyncIteration from None
        if isinstance(told, BaseException):
            raise told
        if isinstance(told, ReceivedEvent) and (state := self._state_in(told)) is not None:
            self._is_over = state in _TERMINAL
        return told

    def _state_in(self, event: ReceivedEvent) -> str | None:
        """The type of the state that the run has entered, where that is what the event tells."""
        is_about = event.resource_id == resource_id("flow-run", self._id)
        return event.resource.get(_STATE) if is_about else None

    async def _hand_on(self, work: Coroutine[Any, Any, None]) -> None:
        """What goes wrong beside is raised where the next one is asked for."""
        try:
            await work
        except Exception as error:  # whatever it is, it is handed on
            await self._queue.put(error)

    async def _tell_events(self) -> None:
        async for event in self._following:
            await self._queue.put(event)

    async def _tell_lines(self, are_followed: asyncio.Event) -> None:
        failures = 0
        while True:
            try:
                async with open_socket(LOGS_OUT, server_settings(), os.environ, on_loop=True) as opened:
                    await opened.send(LogStream(filter=self._lines.filter()))
                    failures = 0
                    await self._catch_up()
                    are_followed.set()
                    await self._follow(opened)
            except Unavailable:
                failures += 1
                if failures > self._attempts:
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self, opened: OpenSocket) -> None:
        while True:
            message: LogMessage = await opened.receive(LogMessage)
            if self._lines.is_new(message.log):
                await self._queue.put(message.log)

    async def _catch_up(self) -> None:
        """Tell what was written while nobody followed."""
        client = current_session().client(SUSPENDING)
        asked, offset = self._lines.filter(since=True), 0
        while True:
            lines = await client.call(read_logs, LogQuery(logs=asked, offset=offset, limit=MAX_PAGE))
            for line in lines:
                if self._lines.is_new(line):
                    await self._queue.put(line)
            if len(lines) < MAX_PAGE:
                return
            offset += len(lines)

    async def _stop(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._following.__aexit__(None, None, None)


_TERMINAL = frozenset(
    kind.value for kind in (StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED)
)


class _Lines:
    """Which lines of a run were told. Those of the last minute are known by their ids."""

    def __init__(self, run_id: UUID) -> None:
        self._run_id = run_id
        self._newest = datetime.now(UTC)
        self._known: dict[UUID, datetime] = {}

    def filter(self, *, since: bool = False) -> LogFilter:
        """The lines of the run; `since`: those that may not have been told."""
        begin = Between(after_=self._newest - BACKFILL) if since else None
        return LogFilter(flow_run_id=IdIn(any_=[self._run_id]), timestamp=begin)

    def is_new(self, line: Log) -> bool:
        """Whether a line was not told yet; from now on it was."""
        if line.id in self._known:
            return False
        self._known[line.id] = line.timestamp
        if line.timestamp > self._newest:
            self._newest = line.timestamp
            if len(self._known) > _AHEAD:
                oldest = self._newest - BACKFILL
                self._known = {id: at for id, at in self._known.items() if at > oldest}
        return True
