"""The use cases, one module a noun or an idea. Importing this package completes `OPERATIONS`."""

from penstock.server.ops import (
    admin,
    claims,
    flow_run_creation,
    flow_runs,
    flows,
    leases,
    logs,
    states,
    task_runs,
    variables,
)
from penstock.server.ops.registry import OPERATIONS

__all__ = [
    "OPERATIONS",
    "admin",
    "claims",
    "flow_run_creation",
    "flow_runs",
    "flows",
    "leases",
    "logs",
    "states",
    "task_runs",
    "variables",
]
