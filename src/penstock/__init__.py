"""Penstock: a workflow orchestrator that explains every setting of every run."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock import runtime
    from penstock.sdk.annotations import allow_failure, unmapped
    from penstock.sdk.context import tags
    from penstock.sdk.deployments.deploying import deploy
    from penstock.sdk.flows import Flow, aserve, flow, serve
    from penstock.sdk.logging import get_run_logger
    from penstock.sdk.pauses import (
        apause_flow_run,
        aresume_flow_run,
        asuspend_flow_run,
        pause_flow_run,
        resume_flow_run,
        suspend_flow_run,
    )
    from penstock.sdk.states import State
    from penstock.sdk.tasks import Task, task

__version__ = "0.1.0"

__all__ = [
    "Flow",
    "State",
    "Task",
    "__version__",
    "allow_failure",
    "apause_flow_run",
    "aresume_flow_run",
    "aserve",
    "asuspend_flow_run",
    "deploy",
    "flow",
    "get_run_logger",
    "pause_flow_run",
    "resume_flow_run",
    "runtime",
    "serve",
    "suspend_flow_run",
    "tags",
    "task",
    "unmapped",
]

_HOMES = {
    "Flow": "penstock.sdk.flows",
    "State": "penstock.sdk.states",
    "Task": "penstock.sdk.tasks",
    "allow_failure": "penstock.sdk.annotations",
    "apause_flow_run": "penstock.sdk.pauses",
    "aresume_flow_run": "penstock.sdk.pauses",
    "aserve": "penstock.sdk.flows",
    "asuspend_flow_run": "penstock.sdk.pauses",
    "deploy": "penstock.sdk.deployments.deploying",
    "flow": "penstock.sdk.flows",
    "get_run_logger": "penstock.sdk.logging",
    "pause_flow_run": "penstock.sdk.pauses",
    "resume_flow_run": "penstock.sdk.pauses",
    "runtime": "penstock.runtime",
    "serve": "penstock.sdk.flows",
    "suspend_flow_run": "penstock.sdk.pauses",
    "tags": "penstock.sdk.context",
    "task": "penstock.sdk.tasks",
    "unmapped": "penstock.sdk.annotations",
}
"""Where each public name lives. A module is imported when the first of its names is asked for."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'penstock' has no attribute {name!r}", name=name)
    home = import_module(_HOMES[name])
    value = home if _HOMES[name] == f"penstock.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
