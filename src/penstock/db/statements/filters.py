"""From the filters of the contract to conditions in SQL.

A query about one noun may filter by others: `{"flows": {"name": {"any_": ["etl"]}}}` on flow runs means runs
of that flow. Each noun's own conditions are written once, in `_CONDITIONS`; how nouns hang together is
written once, in `relations`. A filter that says nothing restricts nothing.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table

from penstock.contract import filters as wire
from penstock.contract import operators as ops
from penstock.db import dialect
from penstock.db.artifact_tables import artifacts
from penstock.db.block_tables import block_documents, block_schemas, block_types
from penstock.db.event_tables import automations
from penstock.db.place_tables import deployments, flows, work_pools, work_queues, workers
from penstock.db.statements.log_search import message_matches
from penstock.db.statements.relations import RELATED
from penstock.db.tables import IS_ERROR, IS_RARE, USUAL_NAMES, flow_runs, logs, task_runs, variables
from penstock.domain.errors import InvalidInput

Condition = ColumnElement[bool]
Conditions = Iterator[Condition]

# How one operator of the contract is said about a column.
_OPERATORS: Mapping[str, Callable[[ColumnElement[Any], Any], Condition]] = {
    "any_": lambda column, values: column.in_(values),
    "not_any_": lambda column, values: sa.or_(column.is_(None), column.not_in(values)),
    "is_null_": lambda column, yes: column.is_(None) if yes else column.is_not(None),
    "exists_": lambda column, yes: column.is_not(None) if yes else column.is_(None),
    "like_": dialect.contains_text,
    "startswith_": lambda column, texts: sa.or_(
        sa.false(), *(column.startswith(text, autoescape=True) for text in texts)
    ),
    "before_": lambda column, moment: column <= moment,
    "after_": lambda column, moment: column >= moment,
    "ge_": lambda column, number: column >= number,
    "le_": lambda column, number: column <= number,
    "eq_": lambda column, value: column.is_(value),
}

_TAG_OPERATORS: Mapping[str, Callable[[ColumnElement[Any], Any], Condition]] = {
    "all_": dialect.has_all,
    "any_": dialect.has_any,
    "is_null_": lambda column, yes: dialect.is_empty(column) if yes else sa.not_(dialect.is_empty(column)),
}


_MOST_VALUES = 30_000
"""PostgreSQL takes a few more in a statement."""


def _given(operators: Struct) -> Iterator[tuple[str, Any]]:
    for name in operators.__struct_fields__:
        value = getattr(operators, name)
        if isinstance(value, list) and len(value) > _MOST_VALUES:
            message = f"{len(value):,} values are in one filter; at most {_MOST_VALUES:,} are taken."
            raise InvalidInput(message, field=name, hint="Ask several times.")
        if value is not None and name != "operator":
            yield name, value


def _joined(filter_: Struct, conditions: list[Condition]) -> Condition | None:
    if not conditions:
        return None
    either = getattr(filter_, "operator", ops.Operator.AND) == ops.Operator.OR
    return sa.or_(*conditions) if either else sa.and_(*conditions)


def _column(column: ColumnElement[Any], operators: Struct | None) -> Conditions:
    """What is said about one column, if anything is."""
    if operators is None:
        return
    said = [_OPERATORS[name](column, value) for name, value in _given(operators)]
    if (condition := _joined(operators, said)) is not None:
        yield condition


def _tags(column: ColumnElement[Any], operators: Struct | None) -> Conditions:
    if operators is None:
        return
    said = [_TAG_OPERATORS[name](column, value) for name, value in _given(operators)]
    if (condition := _joined(operators, said)) is not None:
        yield condition


def _exists(key: ColumnElement[Any], among: Select[Any], exists: bool | None) -> Conditions:
    if exists is not None:
        yield key.in_(among) if exists else key.not_in(among)


def in_state(table: Table, state: Any) -> Conditions:
    """What is said about the state that rows are in; the table may be any with its type and its name."""
    if state is None:
        return
    said = [*_column(table.c.state_type, state.type), *_column(table.c.state_name, state.name)]
    if (condition := _joined(state, said)) is not None:
        yield condition


def _creator(table: Table, creator: ops.CreatorIn | None) -> Conditions:
    if creator is None:
        return
    by = table.c.created_by
    said: list[Condition] = []
    if creator.id_ is not None:
        said.append(dialect.json_text(by, "id").in_([str(id) for id in creator.id_]))
    if creator.type_ is not None:
        said.append(dialect.json_text(by, "type").in_(creator.type_))
    if creator.is_null_ is not None:
        said.append(_OPERATORS["is_null_"](by, creator.is_null_))
    if (condition := _joined(creator, said)) is not None:
        yield condition


def _flow(by: wire.FlowFilter) -> Conditions:
    yield from _column(flows.c.id, by.id)
    yield from _column(flows.c.name, by.name)
    yield from _tags(flows.c.tags, by.tags)
    if by.deployment is not None and by.deployment.is_null_ is not None:
        yield from _exists(flows.c.id, sa.select(deployments.c.flow_id), not by.deployment.is_null_)


def _flow_run(by: wire.FlowRunFilter) -> Conditions:
    run = flow_runs.c
    yield from _column(run.id, by.id)
    yield from _column(run.name, by.name)
    yield from _tags(run.tags, by.tags)
    yield from _column(run.deployment_id, by.deployment_id)
    yield from in_state(flow_runs, by.state)
    yield from _column(run.flow_version, by.flow_version)
    yield from _start_time(flow_runs, by.start_time)
    yield from _column(run.end_time, by.end_time)
    yield from _column(run.expected_start_time, by.expected_start_time)
    yield from _column(run.next_scheduled_start_time, by.next_scheduled_start_time)
    yield from _column(run.parent_task_run_id, by.parent_task_run_id)
    for condition in _column(run.idempotency_key, by.idempotency_key):
        # The index of keys begins with the flow, and there are few flows.
        yield sa.and_(condition, run.flow_id.in_(sa.select(flows.c.id)))
    yield from _creator(flow_runs, by.created_by)
    if by.work_queue_name is not None and by.work_queue_name.is_null_ is None:
        among = sa.select(work_queues.c.id).where(*_column(work_queues.c.name, by.work_queue_name))
        yield run.work_queue_id.in_(among)
    elif by.work_queue_name is not None:
        # Of the run alone: the query around it may have joined queues of its own.
        its_queue = work_queues.c.id == run.work_queue_id
        name = sa.select(work_queues.c.name).where(its_queue).correlate(flow_runs).scalar_subquery()
        yield from _column(name, by.work_queue_name)
    if by.parent_flow_run_id is not None and by.parent_flow_run_id.any_ is not None:
        among = sa.select(task_runs.c.id).where(task_runs.c.flow_run_id.in_(by.parent_flow_run_id.any_))
        yield run.parent_task_run_id.in_(among)


def _start_time(table: Table, between: ops.BetweenOrNull | None) -> Conditions:
    """Of a run that has not started, the time at which it is expected to."""
    if between is None:
        return
    expected = sa.func.coalesce(table.c.start_time, table.c.expected_start_time)
    yield from _column(expected, ops.Between(before_=between.before_, after_=between.after_))
    if between.is_null_ is not None:
        yield _OPERATORS["is_null_"](table.c.start_time, between.is_null_)


def _task_run(by: wire.TaskRunFilter) -> Conditions:
    run = task_runs.c
    yield from _column(run.id, by.id)
    yield from _column(run.name, by.name)
    yield from _tags(run.tags, by.tags)
    yield from in_state(task_runs, by.state)
    if _names_rare_states(by):
        yield IS_RARE
    yield from _start_time(task_runs, by.start_time)
    yield from _column(run.end_time, by.end_time)
    yield from _column(run.expected_start_time, by.expected_start_time)
    yield from _column(run.flow_run_id, by.flow_run_id)
    if by.subflow_runs is not None:
        parents = sa.select(flow_runs.c.parent_task_run_id).where(flow_runs.c.parent_task_run_id.is_not(None))
        yield from _exists(run.id, parents, by.subflow_runs.exists_)


def _names_rare_states(by: wire.TaskRunFilter) -> bool:
    """Whether it asks only for states that few task runs are in, so that the index of these serves it."""
    names = by.state.name.any_ if by.state is not None and by.state.name is not None else None
    both = by.operator, by.state.operator if by.state is not None else ops.Operator.OR
    return both == (ops.Operator.AND, ops.Operator.AND) and not {*USUAL_NAMES}.intersection(
        names or USUAL_NAMES
    )


def _deployment(by: wire.DeploymentFilter) -> Conditions:
    deployment = deployments.c
    yield from _column(deployment.id, by.id)
    yield from _column(deployment.name, by.name)
    yield from _column(deployment.paused, by.paused)
    yield from _tags(deployment.tags, by.tags)
    yield from _column(deployment.concurrency_limit, by.concurrency_limit)
    if by.work_queue_name is not None and by.work_queue_name.any_ is not None:
        among = sa.select(work_queues.c.id).where(work_queues.c.name.in_(by.work_queue_name.any_))
        yield deployment.work_queue_id.in_(among)
    if by.flow_or_deployment_name is not None and by.flow_or_deployment_name.like_ is not None:
        like = by.flow_or_deployment_name
        of_flow = sa.select(flows.c.id).where(*_column(flows.c.name, like))
        yield sa.or_(*_column(deployment.name, like), deployment.flow_id.in_(of_flow))


def _work_pool(by: wire.WorkPoolFilter) -> Conditions:
    yield from _column(work_pools.c.id, by.id)
    yield from _column(work_pools.c.name, by.name)
    yield from _column(work_pools.c.type, by.type)


def _work_queue(by: wire.WorkQueueFilter) -> Conditions:
    yield from _column(work_queues.c.id, by.id)
    if by.name is not None:
        said = [_OPERATORS[name](work_queues.c.name, value) for name, value in _given(by.name)]
        if said:
            yield sa.or_(*said)


def _worker(by: wire.WorkerFilter) -> Conditions:
    yield from _column(workers.c.last_heartbeat_time, by.last_heartbeat_time)


def _log(by: wire.LogFilter) -> Conditions:
    yield from _column(logs.c.level, by.level)
    if by.operator == ops.Operator.AND and by.level is not None and (by.level.ge_ or 0) >= logging.ERROR:
        yield IS_ERROR
    yield from _column(logs.c.timestamp, by.timestamp)
    yield from _column(logs.c.flow_run_id, by.flow_run_id)
    yield from _column(logs.c.task_run_id, by.task_run_id)
    if by.text is not None:
        yield message_matches(by.text.query)


def _variable(by: wire.VariableFilter) -> Conditions:
    yield from _column(variables.c.id, by.id)
    yield from _column(variables.c.name, by.name)
    yield from _tags(variables.c.tags, by.tags)


def _artifact(by: wire.ArtifactFilter) -> Conditions:
    yield from _column(artifacts.c.id, by.id)
    yield from _column(artifacts.c.type, by.type)
    yield from _artifact_alike(by)


def _artifact_collection(by: wire.ArtifactCollectionFilter) -> Conditions:
    """Of the latest artifact, which a query for collections joins."""
    yield from _column(artifacts.c.id, by.latest_id)
    # Not by the index of types, which knows old versions too.
    yield from _column(sa.func.nullif(artifacts.c.type, sa.null()), by.type)
    yield from _artifact_alike(by)


def _artifact_alike(by: wire.ArtifactFilter | wire.ArtifactCollectionFilter) -> Conditions:
    yield from _column(artifacts.c.key, by.key)
    yield from _column(artifacts.c.flow_run_id, by.flow_run_id)
    yield from _column(artifacts.c.task_run_id, by.task_run_id)


def _automation(by: wire.AutomationFilter) -> Conditions:
    yield from _column(automations.c.id, by.id)
    yield from _column(automations.c.name, by.name)
    yield from _column(automations.c.created, by.created)
    yield from _tags(automations.c.tags, by.tags)


def _block_type(by: wire.BlockTypeFilter) -> Conditions:
    yield from _column(block_types.c.name, by.name)
    yield from _column(block_types.c.slug, by.slug)


def _block_schema(by: wire.BlockSchemaFilter) -> Conditions:
    yield from _column(block_schemas.c.block_type_id, by.block_type_id)
    yield from _tags(block_schemas.c.capabilities, by.block_capabilities)
    yield from _column(block_schemas.c.id, by.id)
    yield from _column(block_schemas.c.version, by.version)


def _block_document(by: wire.BlockDocumentFilter) -> Conditions:
    yield from _column(block_documents.c.id, by.id)
    yield from _column(block_documents.c.is_anonymous, by.is_anonymous)
    yield from _column(block_documents.c.block_type_id, by.block_type_id)
    yield from _column(block_documents.c.name, by.name)


_CONDITIONS: Mapping[type[Struct], Callable[[Any], Conditions]] = {
    wire.FlowFilter: _flow,
    wire.FlowRunFilter: _flow_run,
    wire.TaskRunFilter: _task_run,
    wire.DeploymentFilter: _deployment,
    wire.WorkPoolFilter: _work_pool,
    wire.WorkQueueFilter: _work_queue,
    wire.WorkerFilter: _worker,
    wire.LogFilter: _log,
    wire.VariableFilter: _variable,
    wire.ArtifactFilter: _artifact,
    wire.ArtifactCollectionFilter: _artifact_collection,
    wire.AutomationFilter: _automation,
    wire.BlockTypeFilter: _block_type,
    wire.BlockSchemaFilter: _block_schema,
    wire.BlockDocumentFilter: _block_document,
}

# Under which names criteria speak of a noun.
_NOUNS: Mapping[str, Table] = {
    "flows": flows,
    "flow_runs": flow_runs,
    "task_runs": task_runs,
    "deployments": deployments,
    "work_pools": work_pools,
    "work_pool_queues": work_queues,
    "work_queues": work_queues,
    "workers": workers,
    "logs": logs,
    "variables": variables,
    "artifacts": artifacts,
    "automations": automations,
    "block_types": block_types,
    "block_schemas": block_schemas,
    "block_documents": block_documents,
}


def task_runs_of(flow_run_id: ColumnElement[Any]) -> Select[Any]:
    """The ids of a flow run's task runs."""
    return sa.select(task_runs.c.id).where(task_runs.c.flow_run_id == flow_run_id)


def matching(filter_: Struct | None) -> list[Condition]:
    """The condition that one filter is: a list of one, or of none where it says nothing."""
    if filter_ is None:
        return []
    condition = _joined(filter_, list(_CONDITIONS[type(filter_)](filter_)))
    return [] if condition is None else [condition]


def criteria(about: Table, form: Struct) -> list[Condition]:
    """All conditions that a criteria form sets for the rows of the table that it asks about."""
    return [
        condition if table is about else RELATED[about, table](condition)
        for name, table in _NOUNS.items()
        for condition in matching(getattr(form, name, None))
    ]
