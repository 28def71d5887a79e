"""Lists of flows, deployments, pools and workers: each row says what is asked of its thing."""

from datetime import timedelta

import pytest
from tests.ops.counting import statements_of

from penstock.contract.deployments import DeploymentUpdate
from penstock.contract.filters import DeploymentFilter, NamedSort
from penstock.contract.flow_runs import FlowRunCreate
from penstock.contract.flows import FlowCreate
from penstock.contract.noun_lists import DeploymentListQuery, FlowListQuery, WorkerListQuery
from penstock.contract.operators import TagsAll
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.contract.statuses import DeploymentStatus, WorkerStatus, WorkPoolStatus
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.contract.workers import WorkerHeartbeat
from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import IntervalSchedule
from penstock.domain.states import StateCreate, StateType


def deployments_of(world, **asked):
    return world.call("list_deployments", body=DeploymentListQuery(**asked))


def flows_of(world, **asked):
    return world.call("list_flows", body=FlowListQuery(**asked))


def pools_of(world):
    return {row.name: row for row in world.call("list_work_pools")}


def workers_of(world, **asked):
    return world.call("list_workers", body=WorkerListQuery(**asked))


def names(answer):
    return [row.name for row in answer.rows]


def every_page(ask, **asked):
    """The names on all pages, and how many pages there were."""
    found, cursor, pages = [], None, 0
    while True:
        answer = ask(cursor=cursor, **asked)
        found += names(answer)
        pages += 1
        cursor = answer.next
        if cursor is None:
            return found, pages


@pytest.mark.parametrize("sort", NamedSort)
def test_pages_follow_one_another_without_a_gap(world, sort):
    world.pool()
    for number in (3, 1, 5, 2, 4):
        world.clock.advance(seconds=1)
        made = world.deployment(f"d{number}", flow=world.flow(f"f{number}"))
    world.clock.advance(seconds=1)
    world.call("update_deployment", id=made.id, body=DeploymentUpdate(description="x"))
    for kind, ask in (("d", deployments_of), ("f", flows_of)):
        whole = names(ask(world, sort=sort))
        assert sorted(whole) == [f"{kind}{number}" for number in range(1, 6)]
        for limit, pages in ((1, 5), (2, 3), (5, 1)):
            asked = {"sort": sort, "limit": limit}
            assert every_page(lambda ask=ask, **given: ask(world, **given), **asked) == (whole, pages)
    assert ask(world, limit=1).count == 5


def test_equal_names_stand_by_their_ids(world):
    for flow in ("a", "b", "c"):
        world.deployment("same", flow=world.flow(flow), pool=None)
    assert every_page(lambda **given: deployments_of(world, **given), limit=1) == (["same"] * 3, 3)


def test_a_cursor_of_another_list_is_refused(world):
    world.deployment("a", pool=None)
    world.deployment("b", pool=None)
    cursor = deployments_of(world, limit=1).next
    with pytest.raises(InvalidInput):
        deployments_of(world, cursor=cursor, sort=NamedSort.CREATED_DESC)
    for wrong in ("x", "", "bm8", cursor[:-3]):
        with pytest.raises(InvalidInput) as refused:
            deployments_of(world, cursor=wrong)
        assert refused.value.field == "cursor"


def test_a_search_looks_at_names_flows_and_tags(world):
    world.pool()
    world.deployment("Nightly", flow=world.flow("etl"), tags=["finance team"])
    world.deployment("hourly", flow=world.flow("Report"), tags=[])
    world.call("create_flow", body=FlowCreate(name="alone", tags=["finance"]))

    def found(text):
        return names(deployments_of(world, search=text)), names(flows_of(world, search=text))

    assert found("night") == (["Nightly"], [])
    assert found("REPORT") == (["hourly"], ["Report"])
    assert found("finance") == (["Nightly"], ["alone"])
    assert found('"') == found('", "') == found("%") == ([], [])
    assert deployments_of(world, search="etl").count == 1
    by_tag = DeploymentFilter(tags=TagsAll(all_=["finance team"]))
    assert names(deployments_of(world, deployments=by_tag)) == ["Nightly"]


def test_a_deployment_is_told_with_what_it_runs(world):
    world.pool(concurrency_limit=5)
    every_day = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=86_400), active=False)
    made = world.deployment(
        job_variables={"image": "app:1", "env": {"A": 1}},
        schedules=[every_day],
        tags=["x"],
        description="what",
        concurrency_limit=3,
    )
    quiet = world.deployment("quiet", pool=None)
    runs = []
    for number in range(12):
        world.clock.advance(minutes=1)
        runs.append(world.run_of(made, name=f"r{number}"))
    soon = world.run_of(made, due=world.later(hours=1), name="soon")
    world.run_of(made, due=world.later(hours=2))
    world.claim(limit=2)
    row, other = deployments_of(world).rows
    assert (row.id, row.name, row.flow_name, row.tags) == (made.id, "daily", "etl", ["x"])
    assert (row.work_pool_name, row.work_queue_name, row.concurrency_limit) == ("local", "default", 3)
    assert (row.active, row.overrides, row.description) == (2, ["image", "env"], "what")
    assert row.status is DeploymentStatus.READY
    assert [schedule.schedule.interval for schedule in row.schedules] == [86_400]
    assert [run.name for run in row.recent_runs] == [f"r{number}" for number in range(11, 1, -1)]
    assert (row.next_run.id, row.next_run.expected_start_time) == (soon.id, world.later(hours=1))
    assert (other.id, other.recent_runs, other.next_run, other.schedules) == (quiet.id, [], None, [])
    assert (other.work_pool_name, other.status) == (None, DeploymentStatus.NOT_READY)


def test_a_flow_is_told_with_how_its_week_went(world):
    world.pool()
    flow = world.flow()
    deployment = world.deployment(flow=flow)

    def run(seconds, end, age=timedelta()):
        world.clock.now -= age
        begun = world.run_of(deployment)
        world.set_state(begun, "RUNNING", force=True)
        world.clock.advance(seconds=seconds)
        world.set_state(begun, end, force=True)
        world.clock.now += age
        return begun

    run(1, "COMPLETED", age=timedelta(days=8))
    for seconds, end in ((10, "COMPLETED"), (20, "COMPLETED"), (40, "COMPLETED"), (1, "FAILED")):
        last = run(seconds, end)
    world.run_of(deployment, due=world.later(days=1), name="soon")
    world.flow("empty")
    row, empty = flows_of(world, sort=NamedSort.NAME_DESC).rows
    assert (row.id, row.deployments) == (flow.id, 1)
    assert row.runs == {StateType.COMPLETED: 3, StateType.FAILED: 1}
    assert row.median_seconds == 20.0
    assert (len(row.recent_runs), row.recent_runs[0].id, row.next_run.name) == (5, last.id, "soon")
    assert (empty.runs, empty.median_seconds, empty.recent_runs, empty.next_run) == ({}, None, [], None)


def test_a_pool_is_told_with_how_busy_it_is(world):
    world.pool(description="here", concurrency_limit=2)
    world.pool("idle", base_job_template={"variables": {}, "job_configuration": {}})
    world.queue("second")
    deployment = world.deployment()
    world.deployment("other", work_queue_name="second")
    for _ in range(3):
        world.run_of(deployment)
    world.run_of(deployment, due=world.later(hours=1))
    world.clock.advance(minutes=1)
    world.run_of(deployment)
    world.claim(limit=1)
    world.call("worker_heartbeat", work_pool_name="local", body=WorkerHeartbeat(name="w2"))
    told = pools_of(world)
    assert [*told] == ["idle", "local"]
    row = told["local"]
    assert (row.active, row.waiting, row.late, row.queues, row.deployments) == (1, 3, 2, 2, 2)
    assert (row.workers_online, row.workers_offline) == (2, 0)
    assert (row.status, row.concurrency_limit, row.description) == (WorkPoolStatus.READY, 2, "here")
    assert (row.last_polled, row.overridden_defaults) == (world.now, 2)
    idle = told["idle"]
    assert (idle.active, idle.waiting, idle.deployments, idle.last_polled) == (0, 0, 0, None)
    assert (idle.status, idle.overridden_defaults) == (WorkPoolStatus.NOT_READY, 0)
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=True))
    world.clock.advance(hours=1)
    row = pools_of(world)["local"]
    assert (row.status, row.workers_online, row.workers_offline) == (WorkPoolStatus.PAUSED, 0, 2)


def test_a_worker_is_told_with_what_it_has_from_its_claim_to_the_end(world):
    world.pool()
    world.pool("other")
    deployment = world.deployment()
    for _ in range(12):
        world.run_of(deployment)
    claimed = world.claim(limit=11, worker="w1").runs
    world.claim(worker="w2", limit=1)
    world.claim("other", worker="w1")
    by_place = {(row.work_pool_name, row.name): row for row in workers_of(world)}
    assert by_place.keys() == {("local", "w1"), ("local", "w2"), ("other", "w1")}
    busy = by_place["local", "w1"]
    assert (busy.run_count, len(busy.runs), busy.work_pool_type) == (11, 10, "process")
    assert busy.status is WorkerStatus.ONLINE
    assert by_place["other", "w1"].run_count == 0
    # The run's own process takes the lease over; the worker still has the run.
    shown = {run.id for run in busy.runs}
    first = next(each for each in claimed if each.flow_run.id in shown)
    world.set_state(first.flow_run, "RUNNING", lease=first.lease, holder="process 1 on a")
    (w2, w1) = sorted(workers_of(world, work_pool_name="local"), key=lambda row: row.run_count)
    assert (w2.run_count, w1.run_count) == (1, 11)
    assert first.flow_run.id in {run.id for run in w1.runs}
    world.set_state(first.flow_run, "COMPLETED", lease=first.lease)
    assert max(row.run_count for row in workers_of(world)) == 10
    world.clock.advance(hours=1)
    assert {row.status for row in workers_of(world)} == {WorkerStatus.OFFLINE}
    assert workers_of(world, work_pool_name="nope") == []


def test_what_is_shown_of_a_page_needs_as_many_statements_as_of_one_row(sqlite_world):
    world = sqlite_world
    world.pool()
    for number in range(10):
        deployment = world.deployment(f"d{number}", flow=world.flow(f"f{number}"))
        world.run_of(deployment)
    asked = {"body": DeploymentListQuery()}
    assert statements_of(world, "list_deployments", **asked) == 5
    assert statements_of(world, "list_flows", body=FlowListQuery()) <= 6
    assert statements_of(world, "list_work_pools") == 4
    assert statements_of(world, "list_workers", body=WorkerListQuery()) <= 2


def test_an_empty_world_has_empty_lists(world):
    for answer in (deployments_of(world), flows_of(world)):
        assert (answer.rows, answer.next, answer.count) == ([], None, 0)
    assert world.call("list_work_pools") == workers_of(world) == []


def test_a_run_without_a_deployment_is_one_of_its_flow(world):
    run = world.own_run()
    body = FlowRunCreate(flow_id=run.flow_id, state=StateCreate(type=StateType.RUNNING))
    world.call("create_flow_run", body=body)
    assert len(flows_of(world).rows[0].recent_runs) == 2
