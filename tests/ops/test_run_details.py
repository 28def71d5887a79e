"""A run's page: why it does not run, told as a claim would find it, and all that belongs to the run."""

from uuid import uuid4

import pytest
from tests.ops.counting import statements_of

from penstock.contract.deployments import ConcurrencyOptions, DeploymentUpdate
from penstock.contract.flow_runs import FlowRunCreate
from penstock.contract.logs import LogCreate
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import (
    ConstantInput,
    FlowRunResult,
    RecordedState,
    RecordTaskRuns,
    TaskRunCreate,
    TaskRunRecord,
    TaskRunResult,
)
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.contract.work_queues import WorkQueueUpdate
from penstock.contract.workers import WorkerHeartbeat
from penstock.db.statements import due_runs
from penstock.domain.errors import NotFound
from penstock.domain.runs import RunPolicy
from penstock.domain.states import StateType

MOST_STATEMENTS = 10


def detail(world, run):
    return world.call("read_flow_run_detail", id=getattr(run, "id", run))


def why(world, run):
    return detail(world, run).why


@pytest.fixture
def daily(world):
    world.pool()
    return world.deployment()


# Why it is not running, and whether a claim says the same.


def late_run(world, deployment, **by):
    run = world.run_of(deployment)
    world.clock.advance(**(by or {"seconds": 30}))
    return run


def held_up(world, run, code):
    """The reason, once it is seen that a claim gets nothing for it."""
    reason = why(world, run)
    assert reason.code == code
    assert world.claim(limit=10).runs == []
    assert why(world, run).code in {code, "behind_others"}
    return reason


def test_before_its_time(world, daily):
    run = world.run_of(daily, due=world.later(minutes=5))
    reason = held_up(world, run, "not_due")
    assert (reason.text, reason.until) == ("It is due in 5 min.", run.expected_start_time)


def test_without_a_worker(world, daily):
    run = late_run(world, daily)
    reason = why(world, run)
    assert reason.text == "No worker polls the work pool 'local': it has never had one."
    assert [subject.name for subject in reason.subjects] == ["local"]
    assert [claim.flow_run.id for claim in world.claim().runs] == [run.id]


def test_with_a_worker_that_is_gone(world, daily):
    world.claim(worker="worker-a")
    run = late_run(world, daily, hours=3)
    reason = why(world, run)
    assert reason.code == "no_worker"
    assert reason.text.endswith("its last one, 'worker-a', was heard of 3 h ago.")


def test_with_workers_that_look_elsewhere(world, daily):
    world.queue("high")
    run = late_run(world, daily, minutes=2)
    world.claim(work_queue_names=["high"])
    reason = why(world, run)
    assert (reason.code, [subject.name for subject in reason.subjects]) == (
        "queue_not_polled",
        ["default", "local"],
    )
    world.call(
        "worker_heartbeat",
        work_pool_name="local",
        body=WorkerHeartbeat(name="w2", heartbeat_interval_seconds=30),
    )
    assert "its 2 workers do not serve it" in why(world, run).text


def test_a_pool_that_is_paused(world, daily):
    run = late_run(world, daily)
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=True))
    held_up(world, run, "pool_paused")


def test_a_queue_that_is_paused(world, daily):
    run = late_run(world, daily)
    world.call(
        "update_work_queue", work_pool_name="local", name="default", body=WorkQueueUpdate(is_paused=True)
    )
    held_up(world, run, "queue_paused")


@pytest.mark.parametrize("of", ["work_pool", "work_queue", "deployment"])
def test_a_limit_that_is_reached(world, of):
    world.pool(concurrency_limit=1 if of == "work_pool" else None)
    limit = WorkQueueUpdate(concurrency_limit=1 if of == "work_queue" else None)
    world.call("update_work_queue", work_pool_name="local", name="default", body=limit)
    daily = world.deployment(concurrency_limit=1 if of == "deployment" else None)
    first = world.run_of(daily, name="first")
    world.claim()
    run = late_run(world, daily)
    reason = held_up(world, run, "limit_reached")
    assert reason.text.endswith("is reached: 1 of 1 places are taken by 'first'.")
    assert ([holder.id for holder in reason.holders], reason.subjects[0].kind) == ([first.id], of)
    (holding,) = detail(world, first).holdings
    assert [subject.kind for subject in holding.counts_towards] == [of]
    assert (holding.kind, holding.holder) == ("claim", "worker w1")


def test_a_run_that_may_not_wait_for_its_deployment(world):
    world.pool()
    options = ConcurrencyOptions(collision_strategy="CANCEL_NEW")
    daily = world.deployment(concurrency_limit=1, concurrency_options=options)
    world.run_of(daily)
    world.claim()
    run = late_run(world, daily)
    assert why(world, run).text.endswith("It will be cancelled for it when a worker asks for runs.")
    world.claim()
    assert world.run(run).state_name == "Cancelled"


def test_behind_others_in_the_order_of_a_claim(world):
    world.pool()
    world.queue("high", priority=1)
    world.call("update_work_queue", work_pool_name="local", name="default", body=WorkQueueUpdate(priority=2))
    daily, urgent = world.deployment(), world.deployment("urgent", work_queue_name="high")
    first = world.run_of(daily)
    world.clock.advance(seconds=1)
    second, third = world.run_of(daily), world.run_of(urgent)
    world.clock.advance(seconds=1)
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=True))
    world.claim()
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=False))
    ahead = {run.id: why(world, run).text.rpartition("; ")[2] for run in (third, first, second)}
    assert list(ahead.values()) == ["no other run goes first.", "1 run goes first.", "2 runs go first."]
    assert [claim.flow_run.id for claim in world.claim(limit=3).runs] == list(ahead)


def test_a_deployment_that_is_paused_holds_nothing_up(world, daily):
    run = late_run(world, daily)
    world.call("update_deployment", id=daily.id, body=DeploymentUpdate(paused=True))
    assert why(world, run).code == "no_worker"
    assert [claim.flow_run.id for claim in world.claim().runs] == [run.id]


def test_a_deployment_without_a_pool(world):
    served = world.deployment(pool=None)
    first = world.run_of(served)
    world.clock.advance(seconds=1)
    run = late_run(world, served)
    assert why(world, run).text == (
        "Nobody serves the deployment 'etl/daily', which is in no work pool: nobody ever has."
    )
    polled = {"row_ids": [served.id], "polled": world.now}
    world.store.write(lambda tx: tx.execute(due_runs.touch_deployments(), polled))
    assert why(world, run).text.endswith("as soon as it has room; 1 run goes first.")
    assert why(world, first).text.endswith("as soon as it has room; no other run goes first.")


def test_what_belongs_nowhere(world):
    body = FlowRunCreate(flow_id=world.flow().id, state=StateCreate(type=StateType.SCHEDULED))
    run = world.call("create_flow_run", body=body).value
    assert why(world, run).text.startswith("It belongs to no deployment and no work pool")


def test_while_it_starts_runs_and_stops(world, daily):
    run = world.run_of(daily)
    (claimed,) = world.claim().runs
    world.clock.advance(seconds=20)
    assert why(world, run).text == "Claimed 20 s ago by worker w1; its infrastructure is being started."
    world.set_state(run, "RUNNING", lease=claimed.lease)
    assert why(world, run) is None
    world.clock.advance(seconds=90)
    unheard = why(world, run).text
    assert unheard.startswith("Nothing is heard from worker w1: its lease ran out 30 s ago, ")
    world.set_state(run, "CANCELLING")
    assert why(world, run).text == "Being cancelled for 0 s: worker w1 is to stop it."
    world.set_state(run, "CANCELLED", lease=claimed.lease)
    assert why(world, run) is None


def test_between_two_attempts(world, daily):
    policy = RunPolicy(retries=1, retry_delay=30)
    own = world.own_run(empirical_policy=policy)
    world.set_state(own, "RUNNING", lease=own.lease)
    world.set_state(own, "FAILED", lease=own.lease)
    assert why(world, own).text == "Attempt 1 failed; process 1 on a tries again in 30 s."
    policy = RunPolicy(retries=1, retry_delay=30, retry_type="reschedule")
    queued = world.run_of(daily, empirical_policy=policy)
    (claimed,) = world.claim().runs
    world.set_state(queued, "RUNNING", lease=claimed.lease)
    world.set_state(queued, "FAILED", lease=claimed.lease)
    reason = held_up(world, queued, "awaiting_retry")
    assert (reason.text, reason.until) == (
        "Attempt 1 failed; it is queued again in 30 s.",
        world.later(seconds=30),
    )


def test_a_client_without_leases_that_waits_for_a_place(world):
    world.pool(concurrency_limit=1)
    daily = world.deployment()
    first = world.run_of(daily, name="first")
    world.claim()
    second = world.run_of(daily)
    world.set_state(second, "PENDING")
    reason = why(world, second)
    assert reason.code == "limit_reached"
    assert reason.text.endswith("1 of 1 slots are taken. It is tried again in 30 s.")
    assert [holder.id for holder in reason.holders] == [first.id]


# What else the page shows.


def test_all_that_belongs_to_a_run(world, daily):
    world.call("update_deployment", id=daily.id, body=DeploymentUpdate(concurrency_limit=5))
    parent = world.run_of(daily, job_variables={"image": "acme:2"})
    (claimed,) = world.claim().runs
    world.set_state(parent, "RUNNING", lease=claimed.lease)
    task = world.call(
        "create_task_run",
        body=TaskRunCreate(flow_run_id=parent.id, task_key="call", dynamic_key="0", name="call-0"),
    ).value
    child = world.own_run(parent_task_run_id=task.id, name="child")
    line = LogCreate(name="x", level=20, message="hello", timestamp=world.now, flow_run_id=parent.id)
    world.call("create_logs", body=[line, line])
    seen = detail(world, parent)
    assert (seen.flow.name, seen.deployment.name, seen.deployment.within) == ("etl", "daily", "etl")
    assert (seen.run.id, seen.parent, seen.why) == (parent.id, None, None)
    assert [(entry.state.name, entry.actor) for entry in seen.history] == [
        ("Scheduled", "ada"),
        ("Pending", "ada"),
        ("Running", "run"),
    ]
    assert [(row.name, row.flow_name) for row in seen.children] == [("child", "etl")]
    assert (seen.child_count, seen.log_count, seen.has_frozen_job, seen.origin) == (1, 2, True, "rest")
    assert [subject.kind for subject in seen.holdings[0].counts_towards] == ["deployment"]
    assert detail(world, child).parent.id == parent.id
    for run in (parent, child):
        assert statements_of(world, "read_flow_run_detail", id=run.id) <= MOST_STATEMENTS


def test_task_runs_are_counted_by_state(world):
    run = world.own_run()
    types = ["COMPLETED", "COMPLETED", "FAILED"]
    records = [
        TaskRunRecord(
            id=uuid4(),
            flow_run_id=run.id,
            name=f"t{number}",
            task_key="t",
            dynamic_key=str(number),
            states=[RecordedState(id=uuid4(), type=StateType(type_), timestamp=world.now)],
        )
        for number, type_ in enumerate(types)
    ]
    world.call("record_task_runs", body=RecordTaskRuns(recorder=uuid4(), sequence=1, records=records))
    counts = detail(world, run).task_counts
    assert [(each.state_type, each.state_name, each.count) for each in counts] == [
        ("COMPLETED", "Completed", 2),
        ("FAILED", "Failed", 1),
    ]


def test_what_to_compare_with_is_the_last_success(world, daily):
    runs = []
    for state in ("COMPLETED", "COMPLETED", "FAILED"):
        runs.append(world.run_of(daily))
        (claimed,) = world.claim().runs
        world.set_state(runs[-1], "RUNNING", lease=claimed.lease)
        world.set_state(runs[-1], state, lease=claimed.lease)
        world.clock.advance(minutes=1)
    first, second, failed = runs
    assert detail(world, failed).deployment_latest_success == second.id
    assert detail(world, second).deployment_latest_success == first.id
    assert detail(world, world.own_run()).deployment_latest_success is None


def test_a_run_that_waits_needs_few_statements(world):
    world.pool(concurrency_limit=1)
    daily = world.deployment()
    world.run_of(daily)
    world.claim()
    full = late_run(world, daily)
    assert why(world, full).code == "limit_reached"
    assert statements_of(world, "read_flow_run_detail", id=full.id) <= MOST_STATEMENTS


def test_there_is_no_such_run(world):
    for name in ("read_flow_run_detail", "read_task_run_detail"):
        with pytest.raises(NotFound):
            world.call(name, id=uuid4())


# Task runs.


def test_all_that_belongs_to_a_task_run(world):
    run = world.own_run(name="mother")
    made = {}
    for name in ("extract", "load"):
        inputs = {}
        if name == "load":
            inputs = {
                "rows": [TaskRunResult(id=made["extract"]), TaskRunResult(id=uuid4())],
                "report": [FlowRunResult(id=run.id)],
                "limit": [ConstantInput(type="int")],
            }
        body = TaskRunCreate(
            flow_run_id=run.id, task_key=name, dynamic_key="0", name=f"{name}-0", task_inputs=inputs
        )
        made[name] = world.call("create_task_run", body=body).value.id
    child = world.own_run(parent_task_run_id=made["load"], parent_flow_run_id=run.id, name="child")
    seen = world.call("read_task_run_detail", id=made["load"])
    assert (seen.run.name, seen.flow_run.name, seen.flow_run.within) == ("load-0", "mother", "etl")
    assert (seen.child.id, seen.child.name) == (child.id, "child")
    assert {name: [each.name for each in subjects] for name, subjects in seen.inputs.items()} == {
        "rows": ["extract-0"],
        "report": ["mother"],
    }
    assert seen.inputs["rows"][0].within == "etl"
    assert [(entry.state.name, entry.actor) for entry in seen.history] == [("Pending", "ada")]
    assert statements_of(world, "read_task_run_detail", id=made["load"]) <= MOST_STATEMENTS


def test_a_task_run_outside_flows(world):
    body = TaskRunCreate(task_key="alone", dynamic_key="0", state=StateCreate(type=StateType.RUNNING))
    task = world.call("create_task_run", body=body).value
    seen = world.call("read_task_run_detail", id=task.id)
    assert (seen.flow_run, seen.child, seen.inputs, seen.log_count) == (None, None, {}, 0)
    told = [(entry.state.name, entry.actor) for entry in seen.history]
    assert told == [("Running", "ada")]
