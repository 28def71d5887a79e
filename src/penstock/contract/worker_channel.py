"""What a worker and the server say to each other over the websocket of a work pool.

The worker says hello and is told that the server is ready, with its pool as it is; then it says now and then
that it is there, and is told of the pool whenever that changes.
"""

from typing import Any, Final
from uuid import UUID

from msgspec import Struct, field

from penstock.contract.work_pools import WorkPoolResponse
from penstock.domain.moments import Moment

VERSION: Final = "work_pool_worker_channel.v1"

HEARTBEAT: Final = "worker_heartbeat.v1"
SNAPSHOT: Final = "work_pool_snapshot.v1"
CAPABILITIES: Final = (HEARTBEAT, SNAPSHOT)
"""What a worker must want, and all that this server has. Nobody is asked over this to clean up."""


class Frame(Struct, kw_only=True):
    """What every message has."""

    id: UUID
    sent_at: Moment


class Hello(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who the worker is, and what it wants."""

    consumer_id: UUID
    worker_name: str
    worker_type: str
    heartbeat_interval_seconds: int
    supported_channel_versions: list[str]
    requested_capabilities: list[str]
    work_queue_names: list[str] = []
    handled_cleanup_kinds: list[str] = []
    max_cleanup_concurrency: int = 0
    create_pool_if_not_found: bool = False
    default_base_job_template: dict[str, Any] = field(default_factory=dict)
    worker_metadata: dict[str, Any] | None = None


class HelloFrame(Frame, tag="worker.hello.v1", kw_only=True):
    """The worker's first message."""

    payload: Hello


class Heartbeat(Struct, kw_only=True, forbid_unknown_fields=True):
    """The worker is there."""

    consumer_id: UUID
    worker_name: str
    heartbeat_interval_seconds: int


class HeartbeatFrame(Frame, tag="worker.heartbeat.v1", kw_only=True):
    """What the worker says now and then."""

    payload: Heartbeat


class Snapshot(Struct, kw_only=True):
    """The pool as it is now."""

    snapshot_sequence: int
    """Counts the snapshots of this connection, from 1."""
    reason: str
    work_pool: WorkPoolResponse


class SnapshotFrame(Frame, tag="work_pool.snapshot.v1", kw_only=True):
    """The pool has changed."""

    payload: Snapshot


class ResolvedWorkQueue(Struct):
    """A queue that the worker named."""

    id: UUID
    name: str


class Ready(Struct, kw_only=True):
    """What the server has made of the worker's hello."""

    consumer_id: UUID
    worker_id: UUID | None
    selected_channel_version: str
    effective_heartbeat_interval_seconds: int
    accepted_capabilities: list[str]
    rejected_capabilities: list[str]
    effective_max_cleanup_concurrency: int = 0
    resolved_work_queues: list[ResolvedWorkQueue]
    initial_snapshot: Snapshot


class ReadyFrame(Frame, tag="worker.ready.v1", kw_only=True):
    """The server's answer to a hello."""

    payload: Ready
