"""The bookkeeping of a run: what changes beside its state when it enters the next one."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from penstock.domain.pauses import NO_PAUSES, Pauses
from penstock.domain.states import State, StateType


class RunKind(StrEnum):
    """Flow runs and task runs follow the same course under different rules."""

    FLOW = "flow-run"
    TASK = "task-run"


LONGEST_DELAY = 1e9
"""In seconds: some thirty years, so that every moment of a retry is one that a calendar has."""


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how long after a failure, a run is tried again.

    `retries` counts further attempts after the first; `delay` is in seconds.
    """

    retries: int = 0
    delay: float = 0.0
    in_process: bool = True
    """Whether the process that failed tries again itself; otherwise the run goes back to its queue."""


class RunPolicy(msgspec.Struct, kw_only=True):
    """What a run carries about retries and pauses, in the shape of the wire (`empirical_policy`)."""

    max_retries: int = 0
    retry_delay_seconds: float = 0.0
    retries: int | None = None
    retry_delay: int | None = None
    pause_keys: list[str] | None = None
    resuming: bool | None = False
    retry_type: Literal["in_process", "reschedule"] | None = None

    @property
    def retry_policy(self) -> RetryPolicy:
        """The policy in force: the newer fields where they are given, else the older ones."""
        delay = self.retry_delay_seconds if self.retry_delay is None else self.retry_delay
        return RetryPolicy(
            retries=self.max_retries if self.retries is None else self.retries,
            delay=min(max(0.0, float(delay)), LONGEST_DELAY),
            in_process=self.retry_type != "reschedule",
        )

    @property
    def pauses(self) -> Pauses:
        """What the run remembers of its pauses."""
        return Pauses(tuple(self.pause_keys or ()), bool(self.resuming))

    def remembering(self, pauses: Pauses) -> "RunPolicy":
        """The same policy of a run that remembers these pauses."""
        return msgspec.structs.replace(self, pause_keys=list(pauses.keys) or None, resuming=pauses.resuming)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Counters and times that follow from a run's history of states.

    `total_run_time` is the time spent in finished RUNNING states; what a run that is still running has
    spent since is added when it is read.
    """

    run_count: int = 0
    expected_start_time: datetime | None = None
    next_scheduled_start_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: timedelta = timedelta(0)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules need to know about a run."""

    id: UUID
    kind: RunKind
    state: State | None = None
    progress: Progress = Progress()
    policy: RetryPolicy = RetryPolicy()
    pauses: Pauses = NO_PAUSES
    is_served: bool = False
    """Whether others than its first process may run it: it belongs to a deployment or a work queue."""


def retries_in_process(run: Run, entered: State) -> bool:
    """Whether the process that has the run waits and tries again itself, so that no worker may take it."""
    return entered.name == "AwaitingRetry" and _is_running(run.state) and run.policy.in_process


def advance(
    progress: Progress,
    previous: State | None,
    entered: State,
    *,
    in_process: bool = False,
    resuming: bool = False,
) -> Progress:
    """The bookkeeping after a run has gone from `previous` to `entered`.

    Args:
        in_process: The run waits in its own process (see `retries_in_process`): it is in no queue, and so has
            no time at which it would be due there.
        resuming: The run was suspended (see `pauses`): where it starts, it goes on with the same attempt.
    """
    runs = entered.type is StateType.RUNNING
    # A retry without a delay goes from one RUNNING state straight to the next.
    goes_on = progress.run_count > 0 and (resuming or _is_under_way(previous))
    starts = runs and (entered.name == "Retrying" or not goes_on)
    scheduled_time = entered.state_details.scheduled_time if entered.type is StateType.SCHEDULED else None
    first_expected = progress.expected_start_time or scheduled_time or entered.timestamp
    return Progress(
        run_count=progress.run_count + (1 if starts else 0),
        expected_start_time=first_expected if progress.run_count else scheduled_time or first_expected,
        next_scheduled_start_time=None if in_process else scheduled_time,
        start_time=progress.start_time or (entered.timestamp if runs else None),
        end_time=entered.timestamp if entered.is_terminal else None,
        total_run_time=progress.total_run_time + _time_spent(previous, entered),
    )


def _is_running(state: State | None) -> bool:
    return state is not None and state.type is StateType.RUNNING


def _is_under_way(state: State | None) -> bool:
    return state is not None and state.type in (StateType.RUNNING, StateType.PAUSED)


def _time_spent(previous: State | None, entered: State) -> timedelta:
    if previous is None or previous.type is not StateType.RUNNING:
        return timedelta(0)
    return max(entered.timestamp - previous.timestamp, timedelta(0))


def run_time_until(progress: Progress, state: State | None, now: datetime) -> timedelta:
    """Time spent running so far, the current RUNNING state included."""
    if state is None or state.type is not StateType.RUNNING:
        return progress.total_run_time
    return progress.total_run_time + max(now - state.timestamp, timedelta(0))


def lateness(progress: Progress, state: State | None, now: datetime) -> timedelta:
    """How long after its expected start a run started, or, if it should have by now, has been waiting."""
    expected = progress.expected_start_time
    if expected is None:
        return timedelta(0)
    if progress.start_time is not None:
        return max(progress.start_time - expected, timedelta(0))
    if state is not None and state.is_terminal:
        return timedelta(0)
    return max(now - expected, timedelta(0))
