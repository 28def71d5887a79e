"""Facts about the run that code is in: `penstock.runtime.flow_run.name` and the like.

A fact comes from the context; in a process that was started for a run but is not in its flow yet, from the
server. An environment variable `PENSTOCK__RUNTIME__FLOW_RUN__NAME` (or `PREFECT__…`) overrides it, for tests.
Outside any run, facts are None or empty.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from penstock.colourless import run_sync
from penstock.contract.deployments import DeploymentResponse, read_deployment
from penstock.contract.flow_runs import FlowRunResponse, read_flow_run
from penstock.contract.flows import read_flow
from penstock.contract.task_runs import read_task_run
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.names import did_you_mean
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.engine.colours import BLOCKING
from penstock.sdk.engine.session import current_session

Facts = Mapping[str, Callable[[], Any]]


def fact(group: str, facts: Facts, name: str) -> Any:
    """One fact, or what the environment says instead.

    Raises:
        AttributeError: There is none of the name; suggests the nearest.
        InvalidInput: What the environment says does not fit.
    """
    if name not in facts:
        suggestion = "" if name.startswith("_") else did_you_mean(name, facts)
        raise AttributeError(f"penstock.runtime.{group} has no {name!r}. {suggestion}".rstrip(), name=name)
    for prefix in ("PENSTOCK", "PREFECT"):
        variable = f"{prefix}__RUNTIME__{group}__{name}".upper()
        if variable in os.environ:
            return _convert(os.environ[variable], name, variable)
    return facts[name]()


_TYPES: dict[str, Any] = {
    "run_count": int,
    "scheduled_start_time": datetime,
    "parameters": dict[str, Any],
    "job_variables": dict[str, Any],
}


def _convert(text: str, name: str, variable: str) -> Any:
    if name == "tags":
        return [tag.strip() for tag in text.split(",") if tag.strip()]
    kind = _TYPES.get(name, str)
    try:
        value = msgspec.json.decode(text) if kind == dict[str, Any] else text
        return msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InvalidInput(f"{variable} = {text!r} does not fit: {error}.", field=variable) from error


def _call(endpoint: Any, id: UUID) -> Any:
    return run_sync(current_session().client(BLOCKING).call(endpoint, id))


@lru_cache(maxsize=64)
def _read_flow_run(id: UUID) -> FlowRunResponse:
    found: FlowRunResponse = _call(read_flow_run, id)
    return found


@lru_cache(maxsize=64)
def _read_deployment(id: UUID) -> DeploymentResponse:
    found: DeploymentResponse = _call(read_deployment, id)
    return found


def _flow_run() -> FlowRunResponse | None:
    """The flow run around the calling code, else the one that this process was started for."""
    context = FlowRunContext.get()
    if context is not None:
        return context.flow_run
    named = os.environ.get("PENSTOCK__FLOW_RUN_ID") or os.environ.get("PREFECT__FLOW_RUN_ID")
    return _read_flow_run(UUID(named)) if named else None


def _of_flow_run(name: str, otherwise: Any = None) -> Callable[[], Any]:
    def read() -> Any:
        run = _flow_run()
        return otherwise if run is None else getattr(run, name)

    return read


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _flow_name() -> str | None:
    context, run = FlowRunContext.get(), _flow_run()
    if context is not None:
        return context.flow.name
    return None if run is None else str(_call(read_flow, run.flow_id).name)


def _flow_parameters() -> dict[str, Any]:
    context, run = FlowRunContext.get(), _flow_run()
    if context is not None:
        return dict(context.parameters)
    return {} if run is None else dict(run.parameters)


def _parent_of(run: FlowRunResponse) -> FlowRunResponse | None:
    if run.parent_task_run_id is None:
        return None
    context = FlowRunContext.get()
    while context is not None:
        if context.flow_run.id == run.id and context.parent is not None:
            return context.parent.flow_run
        context = context.parent
    try:
        parent_id = _call(read_task_run, run.parent_task_run_id).flow_run_id
    except NotFound:
        return None
    return None if parent_id is None else _read_flow_run(parent_id)


def _parent() -> FlowRunResponse | None:
    run = _flow_run()
    return None if run is None else _parent_of(run)


def _parent_flow_run_id() -> str | None:
    parent = _parent()
    return _id(parent.id) if parent is not None else None


def _parent_deployment_id() -> str | None:
    parent = _parent()
    return _id(parent.deployment_id) if parent is not None else None


def _root_flow_run_id() -> str | None:
    run = _flow_run()
    while run is not None and (parent := _parent_of(run)) is not None:
        run = parent
    return _id(run.id) if run is not None else None


def _scheduled_start_time() -> datetime:
    run = _flow_run()
    return (run.expected_start_time if run is not None else None) or datetime.now(UTC)


def _url(kind: str, id: str | None, *, api: bool) -> str | None:
    """Where the API, or the web UI, shows a run."""
    base = current_session().client(BLOCKING).api_url
    if base is None or id is None:
        return None
    if api:
        return f"{base}/{kind}_runs/{id}"
    return f"{base.removesuffix('/api')}/runs/{kind}-run/{id}"


def _flow_run_id() -> str | None:
    run = _flow_run()
    return _id(run.id) if run is not None else None


FLOW_RUN: Facts = {
    "api_url": lambda: _url("flow", _flow_run_id(), api=True),
    "flow_name": _flow_name,
    "flow_version": _of_flow_run("flow_version"),
    "id": _flow_run_id,
    "job_variables": _of_flow_run("job_variables"),
    "name": _of_flow_run("name"),
    "parameters": _flow_parameters,
    "parent_deployment_id": _parent_deployment_id,
    "parent_flow_run_id": _parent_flow_run_id,
    "root_flow_run_id": _root_flow_run_id,
    "run_count": _of_flow_run("run_count", 0),
    "scheduled_start_time": _scheduled_start_time,
    "tags": lambda: list(_of_flow_run("tags", [])()),
    "ui_url": lambda: _url("flow", _flow_run_id(), api=False),
}


def _of_task_run(name: str, otherwise: Any = None) -> Callable[[], Any]:
    def read() -> Any:
        context = TaskRunContext.get()
        return otherwise if context is None else getattr(context.task_run, name)

    return read


def _task_name() -> str | None:
    context = TaskRunContext.get()
    return context.task.name if context is not None else None


def _task_parameters() -> dict[str, Any]:
    context = TaskRunContext.get()
    return dict(context.parameters) if context is not None else {}


def _task_run_id() -> str | None:
    return _id(_of_task_run("id")())


TASK_RUN: Facts = {
    "api_url": lambda: _url("task", _task_run_id(), api=True),
    "id": _task_run_id,
    "name": _of_task_run("name"),
    "parameters": _task_parameters,
    "run_count": _of_task_run("run_count", 0),
    "tags": lambda: list(_of_task_run("tags", [])()),
    "task_name": _task_name,
    "ui_url": lambda: _url("task", _task_run_id(), api=False),
}


def _deployment(name: str, otherwise: Any = None) -> Callable[[], Any]:
    def read() -> Any:
        run = _flow_run()
        if run is None or run.deployment_id is None:
            return otherwise
        return getattr(_read_deployment(run.deployment_id), name)

    return read


def _deployment_id() -> str | None:
    return _id(_of_flow_run("deployment_id")())


DEPLOYMENT: Facts = {
    "flow_run_id": _flow_run_id,
    "id": _deployment_id,
    "name": _deployment("name"),
    "parameters": lambda: dict(_deployment("parameters", {})()),
    "version": _of_flow_run("deployment_version"),
}
