"""All endpoints, in the order of the documentation."""

from types import ModuleType
from typing import Any

from penstock.contract import (
    admin,
    api_keys,
    artifacts,
    audit,
    automation_checks,
    automation_explanations,
    automation_log,
    automation_tests,
    automations,
    block_capabilities,
    block_documents,
    block_schemas,
    block_types,
    claims,
    concurrency,
    deployments,
    effective_settings,
    events,
    flow_run_inputs,
    flow_runs,
    flows,
    global_limits,
    graphs,
    job_variable_edits,
    job_variables,
    leases,
    live,
    log_windows,
    logs,
    metrics,
    noun_lists,
    observed_states,
    overview,
    result_storage,
    run_checks,
    run_details,
    run_lists,
    saved_searches,
    saved_views,
    schedule_previews,
    schedules,
    search,
    services,
    sessions,
    sockets,
    states,
    tag_limits,
    task_runs,
    task_workers,
    timelines,
    ui,
    variables,
    webhooks,
    work_pools,
    work_queues,
    workers,
)
from penstock.contract.endpoint import Endpoint

NOUNS: tuple[ModuleType, ...] = (
    flows,
    flow_runs,
    flow_run_inputs,
    claims,
    leases,
    states,
    task_runs,
    task_workers,
    deployments,
    schedules,
    work_pools,
    work_queues,
    workers,
    job_variables,
    logs,
    metrics,
    events,
    artifacts,
    variables,
    tag_limits,
    global_limits,
    block_types,
    block_schemas,
    block_documents,
    block_capabilities,
    webhooks,
    automations,
    automation_log,
    automation_explanations,
    automation_checks,
    automation_tests,
    overview,
    run_lists,
    run_details,
    timelines,
    graphs,
    observed_states,
    log_windows,
    run_checks,
    job_variable_edits,
    noun_lists,
    concurrency,
    schedule_previews,
    search,
    services,
    saved_views,
    saved_searches,
    result_storage,
    effective_settings,
    live,
    sessions,
    api_keys,
    audit,
    sockets,
    ui,
    admin,
)


def collect(modules: tuple[ModuleType, ...]) -> dict[str, Endpoint[..., Any]]:
    """The endpoints that the modules declare, by name.

    Raises `ValueError` when two have the same name, or the same method and path.
    """
    by_name: dict[str, Endpoint[..., Any]] = {}
    places: dict[tuple[str, str], str] = {}
    for module in modules:
        for endpoint in vars(module).values():
            if not isinstance(endpoint, Endpoint):
                continue
            other = places.setdefault((endpoint.method, endpoint.path), endpoint.name)
            if endpoint.name in by_name or other != endpoint.name:
                message = (
                    f"{endpoint.method} {endpoint.path} is declared twice, as {other} and {endpoint.name}"
                )
                raise ValueError(message)
            by_name[endpoint.name] = endpoint
    return by_name


ENDPOINTS = collect(NOUNS)
"""Every endpoint by its name, which is also that of the op that answers it."""
