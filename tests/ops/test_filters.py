"""What filters find: every operator on every noun, alone, joined, and across nouns."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from tests.ops.test_task_runs import record, send
from tests.ops.world import World

from penstock.contract import filters as f
from penstock.contract import operators as o
from penstock.contract.deployments import DeploymentQuery
from penstock.contract.flow_runs import FlowRunCriteria, FlowRunHistoryQuery, FlowRunPageQuery, FlowRunQuery
from penstock.contract.flows import FlowQuery
from penstock.contract.task_runs import TaskRunPageQuery, TaskRunQuery
from penstock.domain.errors import InvalidInput
from penstock.domain.states import StateType

SECOND = timedelta(seconds=1)
OR = o.Operator.OR


class Scene:
    """Some of everything. Runs by name:

    `a`   of deployment `daily` of flow `etl` in queue `default`: Completed after 5 s, tags x, y
    `b`   of deployment `daily`: Scheduled in an hour, tag x, key `once`
    `c`   of deployment `weekly` of flow `report` in queue `fast` of the pool `other`: Pending
    `own` of flow `etl` alone, child of the task `t1` of `a`: Running, failed tasks `t3`
    """

    def __init__(self, world: World) -> None:
        self.world = world
        world.pool()
        world.pool("other", type="docker")
        world.queue("fast", pool="other")
        self.daily = world.deployment("daily", tags=["p", "q"], concurrency_limit=5)
        report = world.flow("report")
        self.weekly = world.deployment("weekly", report, pool="other", work_queue_name="fast", paused=True)
        world.flow("idle")
        self.runs = {}
        self.start = world.now
        self.a()
        self.others()

    def a(self) -> None:
        world = self.world
        a = self.runs["a"] = world.run_of(self.daily, name="a", tags=["x", "y"])
        self.tasks = [record(world, a, "t1", tags=["m"]), record(world, a, "t2", tags=["m", "n"])]
        send(world, self.tasks)
        claim = world.claim().runs[0]
        world.set_state(a, "RUNNING", lease=claim.lease)
        world.clock.advance(seconds=5)
        world.set_state(a, "COMPLETED", lease=claim.lease)

    def others(self) -> None:
        world = self.world
        due = world.later(hours=1)
        self.runs["b"] = world.run_of(self.daily, due, name="b", tags=["x"], idempotency_key="once")
        self.runs["c"] = world.run_of(self.weekly, name="c")
        world.claim("other")
        own = world.own_run(
            name="own",
            flow_version="7",
            parent_task_run_id=self.tasks[0].id,
            parent_flow_run_id=self.tasks[0].flow_run_id,
        )
        world.set_state(own, "RUNNING", lease=own.lease)
        self.runs["own"] = own
        failed = (StateType.PENDING, StateType.RUNNING, StateType.FAILED)
        self.tasks.append(record(world, own, "t3", types=failed))
        self.tasks.append(record(world, None, "alone"))
        send(world, self.tasks[2:])

    def ids(self, *names: str) -> list[UUID]:
        return [self.runs[name].id for name in names]

    def run_names(self, **criteria) -> set[str]:
        found = self.world.call("read_flow_runs", body=FlowRunQuery(**criteria))
        assert self.world.call("count_flow_runs", body=FlowRunCriteria(**criteria)) == len(found)
        return {run.name for run in found}

    def task_names(self, **criteria) -> set[str]:
        return {task.name for task in self.world.call("read_task_runs", body=TaskRunQuery(**criteria))}

    def flow_names(self, **criteria) -> set[str]:
        return {flow.name for flow in self.world.call("read_flows", body=FlowQuery(**criteria))}

    def deployment_names(self, **criteria) -> set[str]:
        found = self.world.call("read_deployments", body=DeploymentQuery(**criteria))
        return {deployment.name for deployment in found}


@pytest.fixture
def scene(world) -> Scene:
    return Scene(world)


def state(**given):
    return f.FlowRunStateFilter(**given)


def test_flow_runs_by_themselves(scene):
    start, now = scene.start, scene.world.now
    soon = start + 3 * SECOND
    everything = {"a", "b", "c", "own"}
    table = [
        (f.FlowRunFilter(), everything),
        (f.FlowRunFilter(id=o.IdInOrNot(any_=scene.ids("a", "b"))), {"a", "b"}),
        (f.FlowRunFilter(id=o.IdInOrNot(not_any_=scene.ids("a", "b"))), {"c", "own"}),
        (f.FlowRunFilter(id=o.IdInOrNot(any_=[])), set()),
        (f.FlowRunFilter(name=o.TextInOrLike(any_=["a", "zzz"])), {"a"}),
        (f.FlowRunFilter(name=o.TextInOrLike(like_="OW")), {"own"}),
        (f.FlowRunFilter(tags=o.TagsAllOrAny(all_=["x"])), {"a", "b"}),
        (f.FlowRunFilter(tags=o.TagsAllOrAny(all_=["x", "y"])), {"a"}),
        (f.FlowRunFilter(tags=o.TagsAllOrAny(any_=["y", "zzz"])), {"a"}),
        (f.FlowRunFilter(tags=o.TagsAllOrAny(is_null_=True)), {"c", "own"}),
        (f.FlowRunFilter(tags=o.TagsAllOrAny(is_null_=False)), {"a", "b"}),
        (f.FlowRunFilter(deployment_id=o.IdInOrNull(any_=[scene.daily.id])), {"a", "b"}),
        (f.FlowRunFilter(deployment_id=o.IdInOrNull(is_null_=True)), {"own"}),
        (
            f.FlowRunFilter(deployment_id=o.IdInOrNull(any_=[scene.weekly.id], is_null_=True, operator=OR)),
            {"c", "own"},
        ),
        (f.FlowRunFilter(work_queue_name=o.TextInOrNull(any_=["fast"])), {"c"}),
        (f.FlowRunFilter(work_queue_name=o.TextInOrNull(is_null_=True)), {"own"}),
        (f.FlowRunFilter(state=state(type=o.StateTypeInOrNot(any_=[StateType.RUNNING]))), {"own"}),
        (
            f.FlowRunFilter(state=state(type=o.StateTypeInOrNot(not_any_=[StateType.RUNNING]))),
            {"a", "b", "c"},
        ),
        (f.FlowRunFilter(state=state(name=o.TextInOrNot(any_=["Pending", "Completed"]))), {"a", "c"}),
        (f.FlowRunFilter(state=state(name=o.TextInOrNot(not_any_=["Pending"]))), {"a", "b", "own"}),
        (f.FlowRunFilter(flow_version=o.TextIn(any_=["7"])), {"own"}),
        (f.FlowRunFilter(start_time=o.BetweenOrNull(before_=soon)), {"a"}),
        (f.FlowRunFilter(start_time=o.BetweenOrNull(after_=soon)), {"b", "c", "own"}),
        (f.FlowRunFilter(start_time=o.BetweenOrNull(is_null_=True)), {"b", "c"}),
        (f.FlowRunFilter(end_time=o.BetweenOrNull(after_=start)), {"a"}),
        (f.FlowRunFilter(end_time=o.BetweenOrNull(is_null_=True)), {"b", "c", "own"}),
        (f.FlowRunFilter(expected_start_time=o.Between(after_=now + SECOND)), {"b"}),
        (f.FlowRunFilter(next_scheduled_start_time=o.Between(before_=now + 3600 * SECOND)), {"b"}),
        (f.FlowRunFilter(parent_task_run_id=o.IdInOrNull(any_=[scene.tasks[0].id])), {"own"}),
        (f.FlowRunFilter(parent_task_run_id=o.IdInOrNull(is_null_=True)), {"a", "b", "c"}),
        (f.FlowRunFilter(parent_flow_run_id=o.ParentIn(any_=scene.ids("a"))), {"own"}),
        (f.FlowRunFilter(idempotency_key=o.TextInOrNot(any_=["once"])), {"b"}),
        (f.FlowRunFilter(idempotency_key=o.TextInOrNot(not_any_=["once"])), {"a", "c", "own"}),
        (f.FlowRunFilter(created_by=o.CreatorIn(is_null_=True)), set()),
        (f.FlowRunFilter(created_by=o.CreatorIn(is_null_=False, type_=["REST"])), everything),
        (f.FlowRunFilter(created_by=o.CreatorIn(type_=["DEPLOYMENT"], id_=[uuid4()])), set()),
        (
            f.FlowRunFilter(name=o.TextInOrLike(any_=["a"]), tags=o.TagsAllOrAny(is_null_=True), operator=OR),
            {"a", "c", "own"},
        ),
        (f.FlowRunFilter(name=o.TextInOrLike(any_=["a"]), tags=o.TagsAllOrAny(is_null_=True)), set()),
    ]
    for filter, expected in table:
        assert scene.run_names(flow_runs=filter) == expected, filter


def test_flow_runs_by_what_they_belong_to(scene):
    failed = f.TaskRunStateFilter(type=o.StateTypeIn(any_=[StateType.FAILED]))
    table = [
        ({"flows": f.FlowFilter(name=o.TextInOrLike(any_=["etl"]))}, {"a", "b", "own"}),
        ({"deployments": f.DeploymentFilter(name=o.TextInOrLike(any_=["weekly"]))}, {"c"}),
        ({"deployments": f.DeploymentFilter()}, {"a", "b", "c", "own"}),
        ({"task_runs": f.TaskRunFilter(state=failed)}, {"own"}),
        ({"task_runs": f.TaskRunFilter(tags=o.TagsAll(all_=["m", "n"]))}, {"a"}),
        ({"work_pools": f.WorkPoolFilter(type=o.TextIn(any_=["docker"]))}, {"c"}),
        ({"work_pool_queues": f.WorkQueueFilter(name=o.TextInOrStarts(any_=["default"]))}, {"a", "b"}),
        (
            {
                "flows": f.FlowFilter(name=o.TextInOrLike(any_=["etl"])),
                "flow_runs": f.FlowRunFilter(tags=o.TagsAllOrAny(is_null_=True)),
            },
            {"own"},
        ),
    ]
    for criteria, expected in table:
        assert scene.run_names(**criteria) == expected, criteria


def test_task_runs(scene):
    now = scene.world.now
    table = [
        ({}, {"t1", "t2", "t3", "alone"}),
        ({"task_runs": f.TaskRunFilter(id=o.IdIn(any_=[scene.tasks[1].id]))}, {"t2"}),
        ({"task_runs": f.TaskRunFilter(name=o.TextInOrLike(like_="T"))}, {"t1", "t2", "t3"}),
        ({"task_runs": f.TaskRunFilter(tags=o.TagsAll(all_=["m"]))}, {"t1", "t2"}),
        ({"task_runs": f.TaskRunFilter(tags=o.TagsAll(is_null_=True))}, {"t3", "alone"}),
        (
            {"task_runs": f.TaskRunFilter(state=f.TaskRunStateFilter(name=o.TextIn(any_=["Failed"])))},
            {"t3"},
        ),
        ({"task_runs": f.TaskRunFilter(start_time=o.BetweenOrNull(after_=now))}, {"t3", "alone"}),
        ({"task_runs": f.TaskRunFilter(end_time=o.BetweenOrNull(is_null_=True))}, set()),
        ({"task_runs": f.TaskRunFilter(expected_start_time=o.Between(before_=scene.start))}, {"t1", "t2"}),
        ({"task_runs": f.TaskRunFilter(subflow_runs=o.Exists(exists_=True))}, {"t1"}),
        ({"task_runs": f.TaskRunFilter(subflow_runs=o.Exists(exists_=False))}, {"t2", "t3", "alone"}),
        (
            {"task_runs": f.TaskRunFilter(flow_run_id=f.FlowRunOfTaskFilter(any_=scene.ids("a")))},
            {"t1", "t2"},
        ),
        ({"task_runs": f.TaskRunFilter(flow_run_id=f.FlowRunOfTaskFilter(is_null_=True))}, {"alone"}),
        ({"flow_runs": f.FlowRunFilter(name=o.TextInOrLike(any_=["own"]))}, {"t3"}),
        ({"flows": f.FlowFilter(name=o.TextInOrLike(any_=["etl"]))}, {"t1", "t2", "t3"}),
        ({"deployments": f.DeploymentFilter(name=o.TextInOrLike(any_=["daily"]))}, {"t1", "t2"}),
    ]
    for criteria, expected in table:
        assert scene.task_names(**criteria) == expected, criteria


def test_flows(scene):
    running = f.FlowRunFilter(state=state(type=o.StateTypeInOrNot(any_=[StateType.PENDING])))
    table = [
        ({}, {"etl", "report", "idle"}),
        ({"flows": f.FlowFilter(name=o.TextInOrLike(like_="E"))}, {"etl", "report", "idle"}),
        ({"flows": f.FlowFilter(deployment=o.IsNull(is_null_=True))}, {"idle"}),
        ({"flows": f.FlowFilter(deployment=o.IsNull(is_null_=False))}, {"etl", "report"}),
        ({"flows": f.FlowFilter(tags=o.TagsAll(is_null_=False))}, set()),
        ({"flow_runs": running}, {"report"}),
        ({"task_runs": f.TaskRunFilter(name=o.TextInOrLike(any_=["t1"]))}, {"etl"}),
        ({"deployments": f.DeploymentFilter(paused=o.Equals(eq_=True))}, {"report"}),
        ({"work_pools": f.WorkPoolFilter(name=o.TextIn(any_=["local"]))}, {"etl"}),
    ]
    for criteria, expected in table:
        assert scene.flow_names(**criteria) == expected, criteria


def test_deployments(scene):
    table = [
        ({}, {"daily", "weekly"}),
        ({"deployments": f.DeploymentFilter(id=o.IdInOrNot(not_any_=[scene.daily.id]))}, {"weekly"}),
        ({"deployments": f.DeploymentFilter(flow_or_deployment_name=o.Like(like_="REP"))}, {"weekly"}),
        ({"deployments": f.DeploymentFilter(flow_or_deployment_name=o.Like(like_="ail"))}, {"daily"}),
        ({"deployments": f.DeploymentFilter(paused=o.Equals(eq_=False))}, {"daily"}),
        ({"deployments": f.DeploymentFilter(tags=o.TagsAllOrAny(any_=["q", "z"]))}, {"daily"}),
        ({"deployments": f.DeploymentFilter(work_queue_name=o.TextIn(any_=["fast"]))}, {"weekly"}),
        ({"deployments": f.DeploymentFilter(concurrency_limit=o.AtLeastAtMostOrNull(ge_=5))}, {"daily"}),
        ({"deployments": f.DeploymentFilter(concurrency_limit=o.AtLeastAtMostOrNull(le_=4))}, set()),
        (
            {"deployments": f.DeploymentFilter(concurrency_limit=o.AtLeastAtMostOrNull(is_null_=True))},
            {"weekly"},
        ),
        ({"flows": f.FlowFilter(name=o.TextInOrLike(any_=["etl"]))}, {"daily"}),
        ({"flow_runs": f.FlowRunFilter(name=o.TextInOrLike(any_=["c"]))}, {"weekly"}),
        ({"task_runs": f.TaskRunFilter(name=o.TextInOrLike(any_=["t2"]))}, {"daily"}),
        ({"work_pools": f.WorkPoolFilter(name=o.TextIn(any_=["other"]))}, {"weekly"}),
        ({"work_pool_queues": f.WorkQueueFilter(name=o.TextInOrStarts(startswith_=["def"]))}, {"daily"}),
    ]
    for criteria, expected in table:
        assert scene.deployment_names(**criteria) == expected, criteria


@pytest.mark.parametrize("sort", f.FlowRunSort)
def test_runs_in_every_order_page_by_page(scene, sort):
    def page(number):
        return scene.world.call("paginate_flow_runs", body=FlowRunPageQuery(sort=sort, limit=3, page=number))

    first, second = page(1), page(2)
    names = [run.name for run in first.results + second.results]
    assert (first.count, first.pages, len(first.results), len(second.results)) == (4, 2, 3, 1)
    assert set(names) == {"a", "b", "c", "own"}
    ends = {"NAME_ASC": "a", "NAME_DESC": "own", "END_TIME_DESC": "a", "START_TIME_ASC": "a"}
    if sort in ends:
        assert names[0] == ends[sort]
    if sort in ("EXPECTED_START_TIME_DESC", "START_TIME_DESC", "NEXT_SCHEDULED_START_TIME_ASC"):
        assert names[0] == "b"


@pytest.mark.parametrize("sort", f.TaskRunSort)
def test_task_runs_in_every_order_page_by_page(scene, sort):
    body = TaskRunPageQuery(sort=sort, limit=2, page=2)
    page = scene.world.call("paginate_task_runs", body=body)
    assert (page.count, page.pages, len(page.results)) == (4, 2, 2)


def test_a_history_counts_by_slice_and_state(scene):
    start = scene.start
    body = FlowRunHistoryQuery(
        history_start=start, history_end=start + 7200 * SECOND, history_interval_seconds=3600
    )
    slices = scene.world.call("flow_run_history", body=body)
    told = [{s.state_name: s.count_runs for s in each.states} for each in slices]
    assert told == [{"Completed": 1, "Pending": 1, "Running": 1}, {"Scheduled": 1}]
    assert [each.interval_start for each in slices] == [start, start + 3600 * SECOND]
    completed = next(s for s in slices[0].states if s.state_name == "Completed")
    assert completed.sum_estimated_run_time == 5.0
    scene.world.clock.advance(seconds=9)
    slices = scene.world.call("flow_run_history", body=body)
    by_name = {s.state_name: s for s in slices[0].states}
    assert by_name["Running"].sum_estimated_run_time == 9.0
    assert by_name["Pending"].sum_estimated_lateness == 9.0
    tasks = scene.world.call("task_run_history", body=body)
    assert {s.state_name: s.count_runs for s in tasks[0].states} == {"Completed": 3, "Failed": 1}


@pytest.mark.parametrize("seconds", [0.5, 0.0, -1.0, 1.0])
def test_a_history_has_slices_of_a_second_at_least_and_not_too_many(world, seconds):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    body = FlowRunHistoryQuery(
        history_start=start, history_end=start + timedelta(days=1), history_interval_seconds=seconds
    )
    with pytest.raises(InvalidInput):
        world.call("flow_run_history", body=body)


def test_a_long_list_of_ids_is_no_difficulty(world):
    run = world.own_run()
    ids = [uuid4() for _ in range(3000)] + [run.id]
    query = FlowRunQuery(flow_runs=f.FlowRunFilter(id=o.IdInOrNot(any_=ids)))
    assert [found.id for found in world.call("read_flow_runs", body=query)] == [run.id]


def test_an_endless_list_is_refused(world):
    query = FlowRunQuery(flow_runs=f.FlowRunFilter(id=o.IdInOrNot(any_=[uuid4()] * 30_001)))
    with pytest.raises(InvalidInput, match="30,001 values"):
        world.call("read_flow_runs", body=query)
