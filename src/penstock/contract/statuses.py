"""Whether pools, queues, workers and deployments can get runs done now."""

from enum import StrEnum


class WorkPoolStatus(StrEnum):
    """Whether a pool's runs are picked up."""

    READY = "READY"
    """At least one of its workers is online."""
    NOT_READY = "NOT_READY"
    PAUSED = "PAUSED"


class WorkQueueStatus(StrEnum):
    """Whether a queue's runs are picked up."""

    READY = "READY"
    """Somebody asked for its runs lately."""
    NOT_READY = "NOT_READY"
    PAUSED = "PAUSED"


class WorkerStatus(StrEnum):
    """Whether a worker is heard of."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"


class DeploymentStatus(StrEnum):
    """Whether somebody would run the deployment's runs."""

    READY = "READY"
    NOT_READY = "NOT_READY"
