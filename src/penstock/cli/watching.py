"""Watching a flow run: its states and log lines as they come, until it ends or the time to wait is over."""

import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import click
from msgspec import Struct

from penstock.cli.exits import CommandFailed, ExitCode
from penstock.cli.finding import find_work_pool
from penstock.cli.log_lines import LinePrinter, LogTail, of_flow_run, printed
from penstock.cli.log_options import LogChoice, show_logs
from penstock.cli.progress import Progress
from penstock.cli.render import note, show_json
from penstock.cli.session import CommandClient
from penstock.contract.flow_runs import FlowRunResponse, read_flow_run
from penstock.contract.logs import Log
from penstock.contract.states import State, read_flow_run_states
from penstock.contract.statuses import WorkPoolStatus
from penstock.domain.errors import NotFound, Unavailable
from penstock.domain.states import StateType

PATIENCE_SECONDS = 60.0
"""How long a server that does not answer is waited for."""
_IDLE_SECONDS = 5.0
"""After how long it is said that nobody serves the pool of a run that has not started."""


class Wait(Struct, frozen=True, kw_only=True):
    """How a run is watched; in seconds."""

    interval: float = 0.5
    """Between two looks."""
    timeout: float | None = None
    """When to stop watching; None is never."""


def watch(client: CommandClient, run: FlowRunResponse, wait: Wait, *, as_json: bool = False) -> ExitCode:
    """Print what happens to a run until it ends.

    With `as_json` that goes to stderr, and the run at its end is printed as JSON. Ctrl-C ends the watching
    and not the run.

    Raises:
        CommandFailed: The run ended as anything but Completed, or the time to wait is over.
        Unavailable: The server did not answer for `PATIENCE_SECONDS`.
    """
    again = f"Watch it again by `penstock flow-run watch {run.id}`."
    follower = Follower(client, run, LinePrinter(client, {run.id: run.name}), to_stderr=as_json)
    try:
        ended = follower.follow(wait)
    except KeyboardInterrupt:
        note(f"Stopped watching; {run.name!r} goes on. {again}")
        return ExitCode.INTERRUPTED
    if ended is None:
        name = follower.run.state_name
        message = f"The flow run {run.name!r} is still {name} after {wait.timeout:g} s."
        raise CommandFailed(message, hint=f"It goes on. {again}")
    if as_json:
        show_json(ended)
    return _verdict(ended)


def follow_logs(
    client: CommandClient, run: FlowRunResponse, choice: LogChoice, printer: LinePrinter
) -> ExitCode:
    """Print the chosen lines of a run's log, and then those that come in, until the run ends.

    Raises `Unavailable` when the server did not answer for `PATIENCE_SECONDS`.
    """
    follower = Follower(client, run, printer, shows_states=False)
    try:
        show_logs(client, of_flow_run(run.id), choice, printer, on_page=follower.tail.begin_after)
        follower.follow(Wait())
    except KeyboardInterrupt:
        note(f"Stopped following the log of {run.name!r}; the run goes on.")
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def _verdict(run: FlowRunResponse) -> ExitCode:
    if run.state_type is StateType.COMPLETED:
        note(f"The flow run {run.name!r} ended as {run.state_name}.")
        return ExitCode.OK
    said = f": {run.state.message}" if run.state and run.state.message else "."
    message = f"The flow run {run.name!r} ended as {run.state_name}{said}"
    raise CommandFailed(message, hint=f"`penstock flow-run logs {run.id}` has its log.")


class Follower:
    """Reads on what is new about a run, and prints it."""

    def __init__(
        self,
        client: CommandClient,
        run: FlowRunResponse,
        printer: LinePrinter,
        *,
        to_stderr: bool = False,
        shows_states: bool = True,
    ) -> None:
        self.run = run
        self.tail = LogTail(client, run.id)
        self._client, self._printer = client, printer
        self._to_stderr, self._shows_states = to_stderr, shows_states
        self._known_states: set[UUID] = set()
        self._unprinted: list[tuple[datetime, str]] = []
        self._progress = Progress()
        self._says_nobody_serves = False

    def follow(self, wait: Wait) -> FlowRunResponse | None:
        """Print what is new until the run ends, and return it; None when the time to wait is over first."""
        begin = time.monotonic()
        with self._progress:
            for _ in self._looks(wait, begin):
                if self._look_patiently():
                    return self.run
                self._tell(time.monotonic() - begin)
        return None

    def _looks(self, wait: Wait, begin: float) -> Iterator[None]:
        """One item for each look, a pause between two; ends when the time to wait is over."""
        while True:
            yield
            left = wait.interval
            if wait.timeout is not None:
                left = min(left, begin + wait.timeout - time.monotonic())
            if left <= 0:
                return
            time.sleep(left)

    def _look_patiently(self) -> bool:
        """What `_look` answers; while the server is away, it is waited for."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._look()
            except Unavailable:
                if time.monotonic() > give_up:
                    raise
                self._progress.tell("The server does not answer; trying again.")
                time.sleep(1.0)

    def _look(self) -> bool:
        """Read and print what is new. Whether the run has ended."""
        self.run = self._client.call(read_flow_run, self.run.id)
        self._printer.rename(self.run.id, self.run.name)
        # What was read is kept until it is printed, should the server go away in between.
        if self._shows_states:
            self._unprinted += [(state.timestamp, self._line_of(state)) for state in self._new_states()]
        self._unprinted += [(log.timestamp, line) for log, line in self._new_lines()]
        if self._unprinted:
            self._progress.clear()
        for _, line in sorted(self._unprinted, key=lambda each: each[0]):
            click.echo(line, err=self._to_stderr)
        self._unprinted.clear()
        return self.run.state is not None and self.run.state.is_terminal

    def _new_lines(self) -> Iterator[tuple[Log, str]]:
        logs = self.tail.read()
        return zip(logs, self._printer.lines(logs), strict=True)

    def _new_states(self) -> list[State]:
        if self.run.state_id in self._known_states:
            return []
        states = self._client.call(read_flow_run_states, self.run.id)
        new = [state for state in states if state.id not in self._known_states]
        self._known_states.update(state.id for state in states)
        return new

    def _line_of(self, state: State) -> str:
        said = f": {state.message}" if state.message else ""
        return printed(state.timestamp, "STATE", f"Flow run {self.run.name!r}", f"{state.name}{said}")

    def _tell(self, seconds: float) -> None:
        self._progress.tell(f"{self.run.state_name} for {seconds:.0f} s. Ctrl-C stops watching, not the run.")
        waits = self.run.state_type is StateType.SCHEDULED and seconds > _IDLE_SECONDS
        if waits and not self._says_nobody_serves:
            self._says_nobody_serves = True
            note_if_nobody_serves(self._client, self.run.work_pool_name, self._progress)


def note_if_nobody_serves(client: CommandClient, pool_name: str | None, progress: Progress) -> None:
    """Say so where no worker is there to take a run, or its pool is paused."""
    if pool_name is None:
        return
    try:
        pool = find_work_pool(client, pool_name)
    except (NotFound, Unavailable):
        return
    progress.clear()
    if pool.status is WorkPoolStatus.NOT_READY:
        note(
            f"No worker serves the pool {pool.name!r}. Start one: `penstock worker start --pool {pool.name}`."
        )
    elif pool.status is WorkPoolStatus.PAUSED:
        note(f"The pool {pool.name!r} is paused. Resume it: `penstock work-pool resume {pool.name}`.")
