"""Which flow runs people look for: what a selection says, and how to find them without a look at all runs.

An index knows the runs of one deployment, flow, queue or state type by the times at which they are expected.
So a selection is split into *branches*, each of one of these. What no index knows is looked for in the newest
runs only, from `horizon` on.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Select, Table

from penstock.contract.filters import FlowRunFilter, FlowRunStateFilter
from penstock.contract.operators import Operator
from penstock.contract.run_lists import FlowRunSelection, ValueAt
from penstock.db import dialect
from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.statements import filters
from penstock.db.tables import flow_runs
from penstock.domain.errors import InvalidInput
from penstock.domain.states import TERMINAL_TYPES, StateType

run = flow_runs.c
Condition = ColumnElement[bool]

MAX_BRANCHES = 20
"""A selection of more is not split."""

_PASSING = frozenset(StateType) - TERMINAL_TYPES
"""Types that runs do not stay in, so that there are few of them."""
_INDEXED = {
    "operator",
    "id",
    "deployment_id",
    "state",
    "start_time",
    "end_time",
    "expected_start_time",
    "next_scheduled_start_time",
    "parent_flow_run_id",
    "parent_task_run_id",
}
"""What an index knows of what a filter of runs may say."""


def conditions(query: FlowRunSelection) -> list[Condition]:
    """All that a selection asks of the runs.

    Raises:
        InvalidInput: A value to look for is no text, number or truth value.
    """
    return [
        *filters.criteria(flow_runs, query),
        *(condition.is_not(sa.true()) for condition in filters.matching(query.without)),
        *([named(query.search)] if query.search and query.search.strip() else []),
        *_values_at("parameters", query.parameters),
        *_values_at("job_variables", query.job_variables),
        *([_made_by(query.origins)] if query.origins is not None else []),
    ]


def is_empty(query: FlowRunSelection) -> bool:
    """Whether it asks nothing."""
    return not conditions(query)


def is_looked_for(query: FlowRunSelection) -> bool:
    """Whether it asks what no index knows."""
    of_runs = query.flow_runs
    if _names_runs(of_runs):
        return False
    return bool(
        (query.search and query.search.strip())
        or query.parameters
        or query.job_variables
        or query.origins is not None
        or (query.without is not None and _types_of(query.without) is None)
        or (of_runs is not None and _is_looked_for(of_runs))
    )


def _names_runs(by: FlowRunFilter | None) -> bool:
    """Whether a filter leaves few runs, whatever else is asked of them."""
    if by is None or by.operator is not Operator.AND:
        return False
    return any(each is not None and each.any_ is not None for each in (by.id, by.parent_flow_run_id))


def _is_looked_for(by: FlowRunFilter) -> bool:
    said = {name for name, value in asdict(by).items() if value is not None}
    by_name = by.state is not None and by.state.name is not None
    return bool(said - _INDEXED) or by_name or by.operator is Operator.OR


def _types_of(by: FlowRunFilter) -> frozenset[StateType] | None:
    """The state types that a filter finds, if it asks for nothing else."""
    state = by.state
    if state is None or state.type is None or state.type.any_ is None or state.type.not_any_ is not None:
        return None
    alone = FlowRunFilter(state=FlowRunStateFilter(type=state.type))
    same = replace(by, operator=Operator.AND, state=replace(state, operator=Operator.AND))
    return frozenset(state.type.any_) if same == alone else None


def state_types(query: FlowRunSelection) -> frozenset[StateType | None] | None:
    """The state types that the runs may have (None: no state); None where any will do."""
    every: frozenset[StateType | None] = frozenset((*StateType, None))
    found = every
    by = query.flow_runs
    if by is not None and by.operator is Operator.AND and by.state is not None:
        type_ = by.state.type
        if type_ is not None and by.state.operator is Operator.AND:
            found &= frozenset(type_.any_) if type_.any_ is not None else found
            found -= frozenset(type_.not_any_ or ())
    if query.without is not None:
        found -= _types_of(query.without) or frozenset()
    return None if found == every else found


def type_branches(types: frozenset[StateType | None]) -> list[Condition]:
    """One branch for each state type."""
    known = [run.state_type == each for each in sorted(each for each in types if each is not None)]
    return [*known, run.state_type.is_(None)] if None in types else known


def passes(types: frozenset[StateType | None]) -> bool:
    """Whether there are few runs of these types."""
    return types <= _PASSING


def asks_only_types(query: FlowRunSelection) -> bool:
    """Whether it asks for nothing but state types."""
    by = query.flow_runs
    types = FlowRunSelection(without=query.without)
    if by is not None and by.operator is Operator.AND:
        types.flow_runs = FlowRunFilter()
        if by.state is not None and by.state.operator is Operator.AND:
            types.flow_runs.state = FlowRunStateFilter(type=by.state.type)
    is_known = query.without is None or _types_of(query.without) is not None
    names = FlowRunSelection.__struct_fields__
    return is_known and all(getattr(query, name) == getattr(types, name) for name in names)


def owners(query: FlowRunSelection) -> Iterator[tuple[ColumnElement[Any], Select[Any]]]:
    """The columns by which the selection is of one owner's runs, and how to find the owners' ids.

    The fewer runs an owner has, the earlier it comes.
    """
    by = query.flow_runs
    if by is not None and by.operator is Operator.AND and by.deployment_id is not None:
        ids = by.deployment_id.any_
        if ids is not None and by.deployment_id.operator is Operator.AND:
            yield run.deployment_id, _ids(deployments, [deployments.c.id.in_(ids)])
    if of_deployments := filters.matching(query.deployments):
        yield run.deployment_id, _ids(deployments, of_deployments)
    if of_flows := filters.matching(query.flows):
        yield run.flow_id, _ids(flows, of_flows)
    of_queues = filters.matching(query.work_pool_queues)
    of_pools = filters.matching(query.work_pools)
    if of_queues or of_pools:
        pools = [work_queues.c.work_pool_id.in_(sa.select(work_pools.c.id).where(*of_pools))]
        yield run.work_queue_id, _ids(work_queues, [*of_queues, *(pools if of_pools else ())])


def _ids(table: Table, those: Sequence[Condition]) -> Select[Any]:
    return sa.select(table.c.id).where(*those).order_by(table.c.id).limit(MAX_BRANCHES + 1)


def horizon(query: FlowRunSelection, branches: Sequence[Condition], newest: int) -> Select[Any]:
    """When the last of so many runs, counted from the newest, is expected; nothing where there are fewer.

    Args:
        branches: Where it is one, only its runs are counted.
    """
    by = query.flow_runs
    window = FlowRunFilter(expected_start_time=by.expected_start_time) if by is not None else None
    is_all = by is not None and by.operator is Operator.AND
    return (
        sa.select(run.expected_start_time)
        .where(
            run.expected_start_time.is_not(None),
            *(filters.matching(window) if is_all else ()),
            *(branches if len(branches) == 1 else ()),
        )
        .order_by(run.expected_start_time.desc())
        .limit(1)
        .offset(newest - 1)
    )


_BEGINS_ID = re.compile(r"[0-9a-f]{1,8}|[0-9a-f]{8}-[0-9a-f-]{0,27}")
_ID_DIGITS = 32


def named(text: str) -> Condition:
    """Runs with a text in their names, or at the beginning of their ids."""
    wanted = text.strip()
    return _or_by_id(dialect.contains_text(run.name, wanted), wanted)


def known(text: str, ids: Sequence[UUID]) -> Condition:
    """The same, where it is known which runs have the text in their names."""
    return _or_by_id(run.id.in_(ids), text)


def _or_by_id(condition: Condition, text: str) -> Condition:
    ids = ids_that_begin(text)
    return condition if ids is None else sa.or_(condition, run.id.between(*ids))


def ids_that_begin(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begins so; None where none does."""
    wanted = text.strip().lower()
    digits = wanted.replace("-", "")
    if not _BEGINS_ID.fullmatch(wanted) or len(digits) > _ID_DIGITS:
        return None
    first, last = UUID(digits.ljust(_ID_DIGITS, "0")), UUID(digits.ljust(_ID_DIGITS, "f"))
    return (first, last) if str(first).startswith(wanted) else None


def _values_at(name: str, values: Sequence[ValueAt]) -> Iterator[Condition]:
    for number, each in enumerate(values):
        if isinstance(each.is_, list | dict):
            message = "A list or an object is not compared; name a path into it."
            raise InvalidInput(message, field=f"{name}[{number}].is_")
        yield _at(run[name], each)


def _at(column: ColumnElement[Any], wanted: ValueAt) -> Condition:
    kind = dialect.json_type_at(column, wanted.path)
    if not wanted.exists:
        return kind.is_(None)
    if wanted.is_ is None:
        return kind.is_not(None)
    text = dialect.json_text_at(column, wanted.path)
    if isinstance(wanted.is_, str):
        return text == wanted.is_
    if isinstance(wanted.is_, bool):
        return sa.and_(kind == "boolean", text == str(wanted.is_).lower())
    # 5 is also written 5.0.
    same = sorted(_spellings(wanted.is_))
    return sa.and_(kind == "number", text.in_(same))


def _spellings(number: float) -> set[str]:
    """How a number may be written: 5 is also 5.0."""
    try:
        others = {repr(float(number)), repr(int(number))}
    except OverflowError:  # beyond what a float holds
        others = set()
    return {repr(number), *(other for other in others if float(other) == number)}


def _made_by(origins: Sequence[str]) -> Condition:
    return sa.or_(
        dialect.json_text(run.created_by, "type").in_(origins), run.job_variables_origin.in_(origins)
    )
