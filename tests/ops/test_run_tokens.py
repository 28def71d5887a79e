"""Tokens of runs, and how far whoever reaches less than its role says does reach: on each database."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from msgspec.structs import replace
from tests.ops.world import World

from penstock.contract.artifacts import ArtifactCreate, ArtifactUpdate
from penstock.contract.block_types import BlockTypeCreate
from penstock.contract.claims import ServedClaimRequest
from penstock.contract.events import Event
from penstock.contract.flow_run_inputs import FlowRunInputCreate
from penstock.contract.flow_runs import FlowRunCreate, FlowRunUpdate, SetFlowRunState
from penstock.contract.leases import LeaseRelease, LeaseRenew
from penstock.contract.logs import LogCreate
from penstock.contract.permissions import Role
from penstock.contract.task_runs import RecordTaskRuns, TaskRunCreate, TaskRunRecord
from penstock.contract.variables import VariableCreate, VariableUpdate
from penstock.contract.work_pools import WorkPoolQuery, WorkPoolUpdate
from penstock.domain.errors import Fenced, PermissionDenied, Unauthenticated
from penstock.domain.problems import BaseJobTemplateInvalid
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.server.caller import Caller
from penstock.server.limits import Limits
from penstock.server.run_tokens import LAST_WORDS, RunTokens, read_token

ASKS = Limits(run_tokens=True)


@pytest.fixture
def world(store):
    return World(store, ASKS)


def claimed(world, pool="local"):
    """A run that was claimed in a pool, made if need be, with its token."""
    if pool not in [each.name for each in world.call("read_work_pools", body=WorkPoolQuery())]:
        world.pool(pool)
    world.run_of(world.deployment(f"d-{uuid4().hex}", pool=pool))
    [claim] = world.claim(pool).runs
    return claim


def holder(world, token):
    return world.store.run(RunTokens(world.store.db).holder(read_token(token)))


def by(world, claim, **given):
    """The run, as its token shows it."""
    principal = holder(world, claim.token)
    return Caller(
        principal=principal.name,
        role=principal.role,
        run=principal.run,
        is_over=principal.is_over,
        scopes=principal.scopes,
        limits=world.limits,
        **given,
    )


def move(world, caller, run_id, state, **given):
    body = SetFlowRunState(state=StateCreate(type=state), **given)
    return world.call("set_flow_run_state", caller, id=run_id, body=body)


def test_a_token_is_its_run_while_that_has_its_lease(world):
    claim = claimed(world)
    found = holder(world, claim.token)
    assert (found.role, found.run, found.is_over) == (Role.RUN, claim.flow_run.id, False)
    assert found.name == f"run {claim.flow_run.name}"
    wrong = claim.token[:-1] + ("a" if claim.token[-1] != "a" else "b")
    for other in (wrong, f"psr_{uuid4().hex}_{'x' * 43}"):
        with pytest.raises(Unauthenticated):
            holder(world, other)
    assert read_token("psr_x") is None and read_token(claim.token + "x") is None


def test_a_server_that_asks_for_nothing_gives_none(store):
    assert claimed(World(store)).token is None


def test_who_serves_deployments_gets_tokens_for_their_runs_too(served):
    world = World(served, ASKS)
    deployment = world.deployment(pool=None)
    world.run_of(deployment)
    body = ServedClaimRequest(runner_name="r", runner_id=uuid4(), deployment_ids=[deployment.id])
    [claim] = world.call("claim_served_flow_runs", body=body).runs
    assert holder(world, claim.token).run == claim.flow_run.id


def test_a_pool_may_give_its_jobs_none(world):
    pool = world.pool()
    template = pool.base_job_template | {"run_tokens": False}
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(base_job_template=template))
    assert claimed(world).token is None


SECRET = BlockTypeCreate(name="Mine", slug="mine")
V = VariableCreate(name="v", value=1)


def of_pool_that_says(world, run_tokens):
    """A run of a pool whose template says so of its runs' tokens."""
    template = world.pool().base_job_template | {"run_tokens": run_tokens}
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(base_job_template=template))
    return claimed(world)


def test_a_run_writes_variables_and_no_blocks_where_its_pool_says_nothing(world):
    claim = claimed(world)
    caller = by(world, claim)
    made = world.call("create_variable", caller, body=V)
    world.call("update_variable_by_name", caller, name="v", body=VariableUpdate(value=2))
    assert world.call("read_variable", id=made.id).value == 2
    world.call("delete_variable_by_name", caller, name="v")
    with pytest.raises(PermissionDenied, match="may not write blocks") as refused:
        world.call("create_block_type", caller, body=SECRET)
    assert '"blocks" to `run_tokens.may`' in refused.value.hint
    detail = world.call("read_flow_run_detail", id=claim.flow_run.id)
    assert detail.token_scopes == ["variables"]


def test_a_pool_says_what_its_runs_may_write(world):
    caller = by(world, of_pool_that_says(world, {"may": ["blocks"]}))
    world.call("create_block_type", caller, body=SECRET)
    with pytest.raises(PermissionDenied, match="may not write variables"):
        world.call("create_variable", caller, body=V)


def test_what_a_token_may_was_said_when_the_run_was_claimed(world):
    claim = of_pool_that_says(world, {"may": []})
    template = world.call("read_work_pool", name="local").base_job_template | {"run_tokens": True}
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(base_job_template=template))
    with pytest.raises(PermissionDenied):
        world.call("create_variable", by(world, claim), body=V)
    assert world.call("create_variable", by(world, claimed(world)), body=V).name == "v"


def test_a_hook_may_still_set_a_variable(world):
    claim = claimed(world)
    caller = by(world, claim, lease=claim.lease.id)
    move(world, caller, claim.flow_run.id, StateType.RUNNING, lease_holder="process 1")
    move(world, caller, claim.flow_run.id, StateType.COMPLETED)
    last = by(world, claim)
    made = world.call("create_variable", last, body=V)
    with pytest.raises(Fenced):
        world.call("delete_variable", last, id=made.id)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("no", "must be true, false, or an object"),
        ({"may": "variables"}, "must be true, false, or an object"),
        ({"may": [], "more": 1}, "must be true, false, or an object"),
        ({"may": ["variables", "pools"]}, "variables and blocks, not 'pools'"),
    ],
)
def test_a_pool_that_says_it_wrongly_is_refused(world, said, fault):
    with pytest.raises(BaseJobTemplateInvalid) as refused:
        of_pool_that_says(world, said)
    [problem] = refused.value.problems
    assert problem.path == "run_tokens" and fault in problem.message


def test_who_ends_by_itself_has_some_last_words(world):
    claim = claimed(world)
    caller = by(world, claim, lease=claim.lease.id)
    move(world, caller, claim.flow_run.id, StateType.RUNNING, lease_holder="process 1")
    move(world, caller, claim.flow_run.id, StateType.COMPLETED)
    last = by(world, claim)
    assert last.is_over
    world.call("create_logs", last, body=[line(world, claim.flow_run.id)])
    world.call("read_flow_run", last, id=claim.flow_run.id)
    for name, arguments in (
        (
            "set_flow_run_state",
            {"id": claim.flow_run.id, "body": SetFlowRunState(state=StateCreate(type=StateType.FAILED))},
        ),
        ("create_flow_run", {"body": FlowRunCreate(flow_id=world.flow().id)}),
    ):
        with pytest.raises(Fenced):
            world.call(name, last, **arguments)
    world.clock.now += LAST_WORDS
    with pytest.raises(Fenced):
        holder(world, claim.token)


def test_the_job_s_end_is_the_token_s(world):
    claim = claimed(world)
    caller = by(world, claim, lease=claim.lease.id)
    move(world, caller, claim.flow_run.id, StateType.RUNNING, lease_holder="process 1")
    move(world, caller, claim.flow_run.id, StateType.FAILED)
    worker = replace(world.me, role=Role.WORKER)
    world.call("end_run_token", worker, id=claim.flow_run.id, lease_id=uuid4())
    assert by(world, claim).is_over, "that was another claim's"
    world.call("end_run_token", worker, id=claim.flow_run.id, lease_id=claim.lease.id)
    with pytest.raises(Unauthenticated):
        holder(world, claim.token)


def test_who_is_ended_by_others_is_fenced_at_once(world):
    claim = claimed(world)
    move(world, world.me, claim.flow_run.id, StateType.COMPLETED, force=True)
    with pytest.raises(Fenced):
        holder(world, claim.token)


def test_who_is_suspended_by_others_is_told_so(world):
    claim = claimed(world)
    caller = by(world, claim, lease=claim.lease.id)
    move(world, caller, claim.flow_run.id, StateType.RUNNING, lease_holder="process 1")
    paused = StateCreate(
        type=StateType.PAUSED,
        name="Suspended",
        state_details=StateDetails(
            pause_reschedule=True, pause_timeout=world.now + timedelta(hours=1), pause_key="k"
        ),
    )
    world.call("set_flow_run_state", world.me, id=claim.flow_run.id, body=SetFlowRunState(state=paused))
    with pytest.raises(Fenced) as fenced:
        holder(world, claim.token)
    assert fenced.value.detail == {"suspended": True}


def test_the_next_claim_s_token_takes_its_place(world):
    first = claimed(world)
    released = {"id": first.flow_run.id, "body": release(first)}
    world.call("release_flow_run", **released)
    [second] = world.claim().runs
    assert second.flow_run.id == first.flow_run.id and second.token != first.token
    with pytest.raises(Unauthenticated):
        holder(world, first.token)
    assert holder(world, second.token).run == first.flow_run.id


def release(claim):
    return LeaseRelease(lease_id=claim.lease.id)


def line(world, run_id, **given):
    return LogCreate(name="n", level=20, message="m", timestamp=world.now, flow_run_id=run_id, **given)


def record(run_id, id=None):
    one = TaskRunRecord(id=id or uuid4(), flow_run_id=run_id, name="t", task_key="t", dynamic_key=uuid4().hex)
    return RecordTaskRuns(recorder=uuid4(), sequence=1, records=[one])


def about(resource, now: datetime):
    return Event(
        occurred=now, event="told", resource={"prefect.resource.id": resource}, payload={}, id=uuid4()
    )


def test_a_run_reaches_what_is_its_own_and_no_other_run(world):
    own, other = claimed(world), claimed(world)
    caller, stranger = by(world, own), by(world, other)
    run = own.flow_run.id
    task = world.call(
        "create_task_run", world.me, body=TaskRunCreate(flow_run_id=run, task_key="t", dynamic_key="0")
    )
    task_id = task.value.id
    artifact = world.call("create_artifact", caller, body=ArtifactCreate(flow_run_id=run, data=1))
    calls = [
        ("create_logs", {"body": [line(world, run)]}),
        ("create_logs", {"body": [line(world, None, task_run_id=task_id)]}),
        ("record_task_runs", {"body": record(run)}),
        ("create_events", {"body": [about(f"prefect.flow-run.{run}", world.now)]}),
        ("create_events", {"body": [about(f"prefect.task-run.{task_id}", world.now)]}),
        ("update_flow_run", {"id": run, "body": FlowRunUpdate(name="renamed")}),
        ("update_artifact", {"id": artifact.id, "body": ArtifactUpdate(data=2)}),
        ("create_flow_run_input", {"id": run, "body": FlowRunInputCreate(key="k", value="1")}),
        ("renew_lease", {"id": run, "body": LeaseRenew(lease_id=own.lease.id)}),
    ]
    for name, arguments in calls:
        with pytest.raises(PermissionDenied):
            world.call(name, stranger, **arguments)
        world.call(name, caller, **arguments)
    for each in (caller, stranger):
        with pytest.raises(PermissionDenied):
            world.call("create_block_type", each, body=SECRET)


def test_a_run_reaches_its_descendants_by_whom_they_were_made(world):
    own, other = claimed(world), claimed(world)
    caller, stranger = by(world, own), by(world, other)
    flow = world.flow().id
    child = world.call("create_flow_run", caller, body=FlowRunCreate(flow_id=flow)).value
    grandchild_maker = replace(caller, run=child.id)
    grandchild = world.call("create_flow_run", grandchild_maker, body=FlowRunCreate(flow_id=flow)).value
    by_nobody = world.call("create_flow_run", body=FlowRunCreate(flow_id=flow)).value
    for run in (child, grandchild):
        move(world, caller, run.id, StateType.RUNNING)
        with pytest.raises(PermissionDenied):
            move(world, stranger, run.id, StateType.RUNNING)
    for run in (by_nobody, other.flow_run):
        with pytest.raises(PermissionDenied):
            move(world, caller, run.id, StateType.RUNNING)
    with pytest.raises(PermissionDenied):
        move(world, grandchild_maker, own.flow_run.id, StateType.CANCELLED)


def test_a_task_run_that_a_run_tells_of_makes_no_other_run_its_child(world):
    """Somebody's child may stand in the database before the task run that stands for it does."""
    own = claimed(world)
    caller, task = by(world, own), uuid4()
    victim = world.call(
        "create_flow_run", body=FlowRunCreate(flow_id=world.flow().id, parent_task_run_id=task)
    ).value
    world.call("record_task_runs", caller, body=record(own.flow_run.id, task))
    with pytest.raises(PermissionDenied):
        move(world, caller, victim.id, StateType.CANCELLED)


def test_a_worker_reaches_the_runs_of_its_pools(world):
    own, other = claimed(world, "own"), claimed(world, "other")
    key = Caller(principal="edge", role=Role.WORKER, work_pools=frozenset({"own"}), limits=world.limits)
    move(world, replace(key, lease=own.lease.id), own.flow_run.id, StateType.RUNNING)
    for run in (other.flow_run, world.own_run(holder=None)):
        with pytest.raises(PermissionDenied) as refused:
            move(world, key, run.id, StateType.RUNNING)
        assert "edge does not reach" in refused.value.message
    world.call("read_work_pool", key, name="own")
    with pytest.raises(PermissionDenied) as refused:
        world.call("read_work_pool", key, name="other")
    assert "'other'" in refused.value.message and "own" in refused.value.hint
