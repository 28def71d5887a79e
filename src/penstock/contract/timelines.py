"""The tasks of a flow run as a graph in time: columns instead of rows, so that 50,000 of them stay small."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment

MAX_NODES = 50_000


class Timeline(Struct, kw_only=True):
    """Task runs in the order of their beginning, one column a fact; lists of one length belong together.

    Times are whole milliseconds after `origin`; -1 where there is none.
    """

    origin: Moment
    """The run's start, or when it was expected to; the beginning of its first task where that was earlier."""
    now: Moment
    end: Moment | None
    """The run's end; null while it goes on."""
    task_names: list[str]
    """Each name of a task once."""
    state_names: list[str]
    state_types: list[str]
    """The type of each of `state_names`."""
    ids: list[UUID]
    labels: list[str]
    """Names of the task runs."""
    task: list[int]
    """Index into `task_names`: those with the same belong to one group."""
    state: list[int]
    """Index into `state_names`."""
    expected: list[int]
    started: list[int]
    ended: list[int]
    attempts: list[int]
    waits: dict[int, list[int]] = {}
    """By index: when each wait for a retry began and ended, in turn; -1 where it goes on."""
    parents: list[list[int]]
    """Indexes of the task runs whose results it took."""
    children: dict[int, UUID]
    """The flow runs that task runs stand for, by index."""
    total: int
    """How many there are; more than `ids` has where they were too many."""


@endpoint("GET", "/flow_runs/{id}/timeline", action="task_runs:read", errors=(NotFound,), ours=True)
def read_timeline(id: UUID, limit: Annotated[int, Meta(ge=1, le=MAX_NODES)] = MAX_NODES) -> Timeline:
    """The task runs of a flow run, in time and with what depends on what."""
