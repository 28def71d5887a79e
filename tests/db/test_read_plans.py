"""That reads of many rows find them by the indexes that are there for them, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.db.conftest import Store

from penstock.contract import filters as wire
from penstock.contract import operators as ops
from penstock.contract.filters import FlowRunSort, TaskRunSort
from penstock.db.place_tables import deployments, flows
from penstock.db.statements import (
    claims,
    filters,
    flow_runs,
    noun_lists,
    observed_states,
    pages,
    rows,
    run_names,
    task_runs,
    ui,
)
from penstock.db.statements.relations import RELATED
from penstock.db.tables import flow_runs as flow_run_table
from penstock.db.tables import logs as log_table
from penstock.db.tables import task_runs as task_run_table
from penstock.domain.states import StateType

ORDERS = {
    flow_run_table: flow_runs.ORDERS[FlowRunSort.START_TIME_DESC],
    task_run_table: task_runs.ORDERS[TaskRunSort.EXPECTED_START_TIME_DESC],
}
_SOME = UUID("0199a4a2-0000-7000-8000-000000000000")


def plan(store: Store, statement: Any, params: Any = None) -> str:
    """What the database would do, if it could not look at whole tables."""

    async def explain(tx: Any) -> str:
        if store.db.dialect == "postgresql":
            await tx.command("SET LOCAL enable_seqscan = off")
        sql, values = tx._compiler.prepare(statement, params).bind(params)
        words = "EXPLAIN " if store.db.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        return "\n".join(str(row[-1]) for row in await tx._fetch(words + sql, values))

    return store.read(explain)


def _runs(**by: Any) -> list[Any]:
    return filters.matching(wire.FlowRunFilter(**by))


def _tasks(**by: Any) -> list[Any]:
    return filters.matching(wire.TaskRunFilter(**by))


NAMED = _runs(name=ops.TextInOrLike(like_="otter"))
IN_STATE = _runs(state=wire.FlowRunStateFilter(name=ops.TextInOrNot(any_=["Odd"])))
TAGGED = _runs(tags=ops.TagsAllOrAny(all_=["nightly"]))
KEYED = _runs(idempotency_key=ops.TextInOrNot(any_=["key"]))
OF_QUEUE = _runs(work_queue_name=ops.TextInOrNull(any_=["default"]))
TASK_IN_STATE = _tasks(state=wire.TaskRunStateFilter(name=ops.TextIn(any_=["Odd"])))
TASK_TAGGED = _tasks(tags=ops.TagsAll(all_=["nightly"]))
ERRORS = filters.matching(wire.LogFilter(level=ops.AtLeastAtMost(ge_=40)))


@pytest.mark.parametrize(
    ("table", "conditions", "sqlite", "postgresql"),
    [
        pytest.param(flow_run_table, NAMED, "ix_flow_runs_name_id", "ix_flow_runs_name_", id="name"),
        pytest.param(
            flow_run_table, IN_STATE, "ix_flow_runs_state_name_id", "ix_flow_runs_state_name_id", id="state"
        ),
        pytest.param(flow_run_table, TAGGED, "ix_flow_runs_tagged", "ix_flow_runs_tags", id="tags"),
        pytest.param(
            task_run_table, TASK_IN_STATE, "ix_task_runs_rare", "ix_task_runs_rare", id="task-state"
        ),
        pytest.param(task_run_table, TASK_TAGGED, "ix_task_runs_tagged", "ix_task_runs_tags", id="task-tags"),
        pytest.param(log_table, ERRORS, "ix_logs_errors", "ix_logs_errors", id="errors"),
    ],
)
def test_rows_are_counted_and_sought_by_an_index(served, table, conditions, sqlite, postgresql):
    index = sqlite if served.db.dialect == "sqlite" else postgresql
    assert index in plan(served, rows.count(table, conditions))
    assert index in plan(served, pages.sought(table, conditions, 100))


@pytest.mark.parametrize("table", run_names.RUNS, ids=lambda table: table.name)
@pytest.mark.parametrize("beginnings", [["train-"], ["clean-", "train-1"]], ids=["one", "two"])
def test_runs_whose_names_begin_so_are_a_stretch_of_an_index(served, table, beginnings):
    found = run_names.Beginnings(beginnings, True)
    among, begin_so = run_names.named(table, found), run_names.begin_so(table, found)
    gathered = pages.gathered(table, [], ORDERS[table], 100, 50, 0, among)
    counted = rows.count(among, []) if begin_so is None else rows.count(table, [begin_so])
    for statement in (counted, pages.sought(table, [], 100, among), gathered):
        found = plan(served, statement)
        if served.db.dialect == "sqlite":
            assert f"ix_{table.name}_name_id (name>? AND name<?)" in found
        else:
            assert f"ix_{table.name}_name_beginnings on {table.name}" in found
            assert "Index Cond: ((name ~>=~" in found


def test_stems_are_looked_at_a_batch_at_a_time_and_their_runs_on_the_index(served):
    found = plan(served, run_names.stems_after(task_run_table), {"after": "", "at_most": 10})
    assert ("PRIMARY KEY" if served.db.dialect == "sqlite" else "pk_run_name_stems") in found
    index = "ix_task_runs_name_id" if served.db.dialect == "sqlite" else "ix_task_runs_name_beginnings"
    assert index in plan(served, run_names.used(task_run_table, ["clean-", "train-"]))


@pytest.mark.parametrize("conditions", [NAMED, IN_STATE, TAGGED, KEYED, OF_QUEUE])
def test_the_beginning_of_an_order_is_looked_through_along_its_index(served, conditions):
    order = flow_runs.ORDERS[FlowRunSort.ID_DESC]
    near = pages.within(order, _SOME, _SOME)
    found = pages.looked_through(flow_run_table, [*pages.looked_at(conditions), near], order, 50, 0)
    index = "autoindex_flow_runs_1" if served.db.dialect == "sqlite" else "pk_flow_runs"
    assert index in plan(served, found)


@pytest.mark.parametrize("table", [flow_run_table, task_run_table], ids=["flow runs", "task runs"])
@pytest.mark.parametrize("is_descending", [True, False])
def test_far_pages_are_in_their_order_in_the_index(served, table, is_descending):
    """Else all rows before them would be sorted, and looked at for their ids."""
    order = pages.Order(table.c.expected_start_time, is_descending, may_be_null=False)
    found = plan(served, pages.looked_through(table, [], order, 50, 500_000))
    assert f"ix_{table.name}_expected_start_time_id" in found
    assert "TEMP B-TREE" not in found
    assert "Sort" not in found


@pytest.mark.parametrize("table", [flows, deployments], ids=["flows", "deployments"])
def test_places_are_found_by_the_states_of_their_runs_on_the_index(served, table):
    failed = wire.FlowRunFilter(
        state=wire.FlowRunStateFilter(type=ops.StateTypeInOrNot(any_=[StateType.FAILED]))
    )
    found = plan(
        served, sa.select(table.c.id).where(RELATED[table, flow_run_table](*filters.matching(failed)))
    )
    assert "ix_flow_runs_states" in found


def test_keys_are_found_flow_by_flow(served):
    found = plan(served, pages.sought(flow_run_table, KEYED, 100))
    index = "autoindex_flow_runs" if served.db.dialect == "sqlite" else "uq_flow_runs_flow_id_idempotency_key"
    assert index in found


def test_names_of_queues_are_looked_up_once(served):
    assert "work_queue_id" in plan(served, pages.sought(flow_run_table, OF_QUEUE, 100))


def test_a_claim_looks_at_no_more_runs_than_it_takes(served):
    """Of thousands that are due in the same second too: they are in their order in the index."""
    asked = {"queue_id": _SOME, "now": datetime.now(UTC), "at_most": 50}
    found = plan(served, claims.due_runs(), asked)
    assert "ix_flow_runs_due" in found
    assert "TEMP B-TREE" not in found
    assert "Sort" not in found


@pytest.mark.parametrize(
    ("order", "index"),
    [
        (FlowRunSort.NAME_DESC, "ix_flow_runs_name_id"),
        (FlowRunSort.START_TIME_DESC, "ix_flow_runs_started"),
        (FlowRunSort.EXPECTED_START_TIME_DESC, "ix_flow_runs_expected_start_time_id"),
        (FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC, "ix_flow_runs_next_scheduled_start_time"),
        (FlowRunSort.END_TIME_DESC, "ix_flow_runs_end_time"),
    ],
)
def test_flow_runs_are_read_in_the_order_of_an_index(served, order, index):
    by = flow_runs.ORDERS[order]
    found = pages.looked_through(flow_run_table, [], by, 50, 0)
    assert index in plan(served, flow_runs.shown(found, by))


@pytest.mark.parametrize(
    ("order", "index"),
    [
        (TaskRunSort.EXPECTED_START_TIME_DESC, "ix_task_runs_expected_start_time_id"),
        (TaskRunSort.NEXT_SCHEDULED_START_TIME_ASC, "ix_task_runs_next_scheduled_start_time"),
    ],
)
def test_task_runs_are_read_in_the_order_of_an_index(served, order, index):
    by = task_runs.ORDERS[order]
    found = pages.looked_through(task_run_table, [], by, 50, 0)
    assert index in plan(served, task_runs.shown(found, by))


BEGUN_SINCE = _tasks(start_time=ops.BetweenOrNull(after_=datetime(2026, 3, 1, tzinfo=UTC)))


def test_task_runs_are_counted_by_when_they_began(served):
    since = datetime(2026, 3, 1, tzinfo=UTC)
    slices = ui.ended_tasks(BEGUN_SINCE, [since + number * timedelta(hours=1) for number in range(25)])
    for statement in (ui.tasks_by_state(task_run_table, BEGUN_SINCE, by_start=True), slices):
        assert "ix_task_runs_started" in plan(served, statement)


def test_how_long_runs_of_a_flow_took_is_read_along_its_own_runs(sqlite_server):
    found = noun_lists.durations([_SOME], datetime(2026, 3, 1, tzinfo=UTC), 100)
    assert "ix_flow_runs_flow_id_expected_start_time" in plan(sqlite_server, found)


@pytest.mark.parametrize("newest", [False, True])
def test_names_of_states_are_found_by_steps_on_their_index(served, newest):
    asked = {"names": 500}
    of_runs = plan(served, observed_states.flow_runs_by_name(newest=newest), asked)
    assert "ix_flow_runs_state_name_id" in of_runs
    assert "ix_task_runs_rare" in plan(served, observed_states.task_runs_by_name(newest=newest), asked)
    assert "Seq Scan" not in of_runs and "SCAN flow_runs" not in of_runs
