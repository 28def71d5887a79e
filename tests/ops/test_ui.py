"""What pages of the reference ask for."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.ops.test_timelines import task_of

from penstock.contract.filters import FlowRunFilter, FlowRunOfTaskFilter, FlowRunSort, TaskRunFilter
from penstock.contract.flow_runs import FlowRunCreate, FlowRunCriteria
from penstock.contract.operators import BetweenOrNull, IdIn
from penstock.contract.task_runs import TaskRunCriteria
from penstock.contract.ui import DashboardQuery, FlowIds, FlowRunIds, FlowRunPointsQuery
from penstock.domain.errors import InvalidInput, NotFound


def of(*runs):
    return FlowRunFilter(id=IdIn(any_=[run.id for run in runs]))


def test_deployments_are_counted_by_flow(world):
    world.pool()
    one, other, nowhere = world.flow("one"), world.flow("other"), uuid4()
    world.deployment("a", one)
    world.deployment("b", one)
    told = world.call("count_deployments_by_flow", body=FlowIds(flow_ids=[one.id, other.id, nowhere]))
    assert told == {one.id: 2, other.id: 0, nowhere: 0}
    assert world.call("count_deployments_by_flow", body=FlowIds(flow_ids=[])) == {}


def test_the_next_run_of_each_flow_is_the_one_that_is_due_first(world):
    world.pool()
    one, other = world.flow("one"), world.flow("other")
    deployment = world.deployment("a", one)
    world.run_of(deployment, due=world.later(hours=2))
    first = world.run_of(deployment, due=world.later(hours=1))
    told = world.call("next_runs_by_flow", body=FlowIds(flow_ids=[one.id, other.id]))
    assert told[other.id] is None
    shown = told[one.id]
    assert (shown.id, shown.flow_id, shown.name) == (first.id, one.id, first.name)
    assert (shown.state_type, shown.state_name) == ("SCHEDULED", "Scheduled")
    assert shown.next_scheduled_start_time == world.later(hours=1)
    world.set_state(first, "CANCELLED")
    told = world.call("next_runs_by_flow", body=FlowIds(flow_ids=[one.id]))
    assert told[one.id].next_scheduled_start_time == world.later(hours=2)


def test_task_runs_are_counted_by_flow_run_without_those_that_stand_for_child_runs(world):
    run, other = world.own_run(), world.own_run()
    task_of(world, run)
    stands = task_of(world, run, number="1")
    body = FlowRunCreate(flow_id=world.flow().id, parent_task_run_id=stands.id)
    child = world.call("create_flow_run", body=body).value
    task_of(world, child)
    asked = FlowRunIds(flow_run_ids=[run.id, other.id, child.id])
    told = world.call("count_task_runs_by_flow_run", body=asked)
    assert told == {run.id: 1, other.id: 0, child.id: 1}


def test_runs_are_points_with_what_they_took_and_how_late_they_were(world):
    world.pool()
    deployment = world.deployment()
    run = world.run_of(deployment, due=world.now)
    late = world.run_of(deployment, due=world.now)
    waits = world.run_of(deployment, due=world.later(hours=1))
    world.clock.advance(seconds=5)
    started = world.now
    world.set_state(run, "PENDING", force=True)
    world.set_state(run, "RUNNING", force=True)
    world.clock.advance(seconds=7)
    told = world.call("read_flow_run_points", body=FlowRunPointsQuery(sort=FlowRunSort.START_TIME_ASC))
    points = {p.id: (p.state_type, p.timestamp, p.duration, p.lateness) for p in told}
    assert points == {
        run.id: ("RUNNING", started, 7.0, 5.0),
        late.id: ("SCHEDULED", started - timedelta(seconds=5), 0.0, 12.0),
        waits.id: ("SCHEDULED", waits.expected_start_time, 0.0, 0.0),
    }
    assert [p.id for p in told] == [late.id, run.id, waits.id]
    second = FlowRunPointsQuery(sort=FlowRunSort.START_TIME_ASC, limit=1, offset=1)
    assert [p.id for p in world.call("read_flow_run_points", body=second)] == [run.id]
    only = FlowRunPointsQuery(flow_runs=of(waits))
    assert [p.id for p in world.call("read_flow_run_points", body=only)] == [waits.id]
    mean = world.call("average_flow_run_lateness", body=FlowRunCriteria())
    assert mean == pytest.approx(17.0 / 3)
    assert world.call("average_flow_run_lateness", body=FlowRunCriteria(flow_runs=of(late))) == 12.0
    nobody = FlowRunCriteria(flow_runs=FlowRunFilter(id=IdIn(any_=[uuid4()])))
    assert world.call("average_flow_run_lateness", body=nobody) is None


def test_the_dashboard_counts_what_ended_by_slices_of_whole_minutes(world):
    world.clock.advance(seconds=10)
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    began = world.now
    task_of(world, run, states=("RUNNING", "COMPLETED"))
    task_of(world, run, number="1", states=("RUNNING", "FAILED"))
    world.clock.advance(minutes=10)
    task_of(world, run, number="2", states=("RUNNING", "CRASHED"))
    task_of(world, run, number="3", states=("RUNNING",))

    def counts(after, before=None):
        between = BetweenOrNull(after_=after, before_=before)
        body = DashboardQuery(task_runs=TaskRunFilter(start_time=between), flow_runs=of(run))
        return world.call("read_dashboard_task_run_counts", body=body)

    told = counts(began - timedelta(minutes=8), world.now + timedelta(minutes=1))
    assert len(told) == 20
    # From 8 minutes before the minute of the beginning to 12 after it: a minute is a slice.
    assert told[8] == {"completed": 1, "failed": 1}
    assert told[18] == {"completed": 0, "failed": 1}
    assert sum(each["completed"] + each["failed"] for each in told) == 3
    assert sum(each["failed"] for each in counts(began)) == 2
    nothing = [{"completed": 0, "failed": 0}] * 20
    assert counts(world.later(hours=1), began) == nothing
    last = datetime.max.replace(tzinfo=UTC)
    assert counts(last, last) == nothing
    for body in (TaskRunFilter(), TaskRunFilter(start_time=BetweenOrNull(before_=began))):
        with pytest.raises(InvalidInput, match="after_ is required"):
            world.call("read_dashboard_task_run_counts", body=DashboardQuery(task_runs=body))


def test_task_runs_are_counted_by_the_types_of_their_states(world):
    run = world.own_run()
    for number, states in enumerate((("RUNNING", "COMPLETED"), ("RUNNING",), ("RUNNING",))):
        task_of(world, run, number=str(number), states=states)
    task_of(world, world.own_run(), states=("RUNNING",))
    mine = TaskRunCriteria(task_runs=TaskRunFilter(flow_run_id=FlowRunOfTaskFilter(any_=[run.id])))
    told = world.call("count_task_runs_by_state", body=mine)
    assert (told.COMPLETED, told.RUNNING, told.FAILED, told.SCHEDULED) == (1, 2, 0, 0)
    assert world.call("count_task_runs_by_state", body=TaskRunCriteria()).RUNNING == 3
    begun = TaskRunFilter(start_time=BetweenOrNull(after_=world.later(hours=-1)))
    task_of(world, run, number="waits")
    told = world.call("count_task_runs_by_state", body=TaskRunCriteria(task_runs=begun))
    assert (told.COMPLETED, told.RUNNING, told.SCHEDULED) == (1, 3, 0)


def test_a_task_run_is_shown_with_the_name_of_its_flow_run(world):
    run = world.own_run()
    task = task_of(world, run, states=("RUNNING",))
    told = world.call("read_ui_task_run", id=task.id)
    assert (told.id, told.name, told.flow_run_name, told.state_name) == (
        task.id,
        task.name,
        run.name,
        "Running",
    )
    with pytest.raises(NotFound):
        world.call("read_ui_task_run", id=uuid4())
