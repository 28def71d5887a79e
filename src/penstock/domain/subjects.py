"""What a sentence of ours speaks of: enough to name a thing and to link to its page."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from penstock.domain.moments import Moment
from penstock.domain.states import StateType


class SubjectKind(StrEnum):
    """The kinds of things that have a page of their own."""

    FLOW = "flow"
    FLOW_RUN = "flow_run"
    TASK_RUN = "task_run"
    DEPLOYMENT = "deployment"
    WORK_POOL = "work_pool"
    WORK_QUEUE = "work_queue"
    WORKER = "worker"
    VARIABLE = "variable"
    CONCURRENCY_LIMIT = "concurrency_limit"
    """With a name of its own, or of a tag."""


class Subject(Struct, kw_only=True):
    """A thing with a page."""

    kind: SubjectKind
    id: UUID
    name: str
    within: str | None = None
    """The name of what it belongs to: a queue's or worker's pool, a run's or deployment's flow."""


class TaskRunBrief(Struct, kw_only=True):
    """A task run in one glance."""

    id: UUID
    name: str
    state_type: StateType | None
    state_name: str | None


class RunBrief(Struct, kw_only=True):
    """A flow run in one glance."""

    id: UUID
    name: str
    state_type: StateType | None
    state_name: str | None
    expected_start_time: Moment | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    estimated_run_time: float = 0.0
    """Seconds."""
