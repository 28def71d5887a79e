"""The use cases, one module a noun or an idea. Importing this package completes `OPERATIONS`."""

from penstock.server.ops import (
    admin,
    claims,
    due_runs,
    flow_run_creation,
    flow_run_queries,
    flow_runs,
    flows,
    leases,
    logs,
    states,
    task_run_queries,
    task_runs,
    variables,
    work_pools,
    work_queues,
    workers,
)
from penstock.server.ops.registry import OPERATIONS

__all__ = [
    "OPERATIONS",
    "admin",
    "claims",
    "due_runs",
    "flow_run_creation",
    "flow_run_queries",
    "flow_runs",
    "flows",
    "leases",
    "logs",
    "states",
    "task_run_queries",
    "task_runs",
    "variables",
    "work_pools",
    "work_queues",
    "workers",
]
