"""Pools, queues and workers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from msgspec import UNSET
from tests.ops.world import ENV_TEMPLATE

from penstock.contract.filters import (
    WorkerFilter,
    WorkerStatusFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from penstock.contract.noun_lists import WorkerListQuery
from penstock.contract.operators import TextIn, TextInOrStarts
from penstock.contract.work_pools import (
    PoolSlotPageQuery,
    WorkPoolCreate,
    WorkPoolQuery,
    WorkPoolUpdate,
)
from penstock.contract.work_queues import (
    SlotPageQuery,
    WorkQueueCreate,
    WorkQueueQuery,
    WorkQueueRunsQuery,
    WorkQueueUpdate,
)
from penstock.contract.workers import WorkerHeartbeat, WorkerQuery
from penstock.domain.default_templates import DEFAULT_TEMPLATES
from penstock.domain.errors import AlreadyExists, Conflict, InvalidInput, NotFound, PermissionDenied
from penstock.domain.problems import BaseJobTemplateInvalid


def read(world, name="local"):
    return world.call("read_work_pool", name=name)


def test_a_pool_comes_with_a_queue(world):
    made = world.pool(description="here", concurrency_limit=4)
    assert (made.type, made.description, made.concurrency_limit, made.active_slots) == (
        "process",
        "here",
        4,
        0,
    )
    assert made.base_job_template == ENV_TEMPLATE
    assert read(world) == made
    (queue,) = world.call("read_work_queues", work_pool_name="local", body=WorkQueueQuery())
    assert (queue.name, queue.id, queue.priority) == ("default", made.default_queue_id, 1)


def test_an_empty_template_is_that_of_its_type_where_we_have_one(world):
    body = WorkPoolCreate(name="a", type="process")
    assert world.call("create_work_pool", body=body).base_job_template == DEFAULT_TEMPLATES["process"]
    assert world.pool("b", type="far-away", base_job_template={}).base_job_template == {}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("local", AlreadyExists),
        ("prefect-x", PermissionDenied),
        ("Prefect", PermissionDenied),
        ("a\n", InvalidInput),
    ],
)
def test_some_names_cannot_be_given(world, name, error):
    world.pool()
    with pytest.raises(error):
        world.pool(name)


def test_a_template_that_makes_no_sense_is_refused_and_a_doubtful_one_warned_of(world):
    wrong = {"variables": {"type": "object"}, "job_configuration": {"image": "{{ image }}"}}
    with pytest.raises(BaseJobTemplateInvalid, match="image"):
        world.pool(base_job_template=wrong)
    assert world.call("count_work_pools", body=WorkPoolQuery()) == 0
    doubtful = {
        "variables": {"type": "object", "properties": {"image": {"type": "string"}}},
        "job_configuration": {},
    }
    assert [w.path for w in world.pool(base_job_template=doubtful).job_variable_warnings] == ["image"]
    assert world.pool("clean").job_variable_warnings is UNSET
    with pytest.raises(BaseJobTemplateInvalid):
        world.call("update_work_pool", name="clean", body=WorkPoolUpdate(base_job_template=wrong))


def test_an_edit_changes_what_it_says(world):
    made = world.pool(description="here", concurrency_limit=4)

    def edit(**given):
        world.clock.advance(seconds=1)
        world.call("update_work_pool", name="local", body=WorkPoolUpdate(**given))
        return read(world)

    assert edit(is_paused=True).status == "PAUSED"
    assert edit(is_paused=None).is_paused
    assert edit(concurrency_limit=None).concurrency_limit is None
    after = edit(description=None)
    assert (after.description, after.type, after.base_job_template) == (None, "process", ENV_TEMPLATE)
    assert after.updated > made.updated
    with pytest.raises(NotFound):
        world.call("update_work_pool", name="x", body=WorkPoolUpdate())


def test_pools_are_found_by_name_and_type(world):
    for name, type in (("b", "process"), ("a", "docker"), ("c", "docker")):
        world.pool(name, type=type)

    def names(filter=None):
        return [p.name for p in world.call("read_work_pools", body=WorkPoolQuery(work_pools=filter))]

    assert names() == ["a", "b", "c"]
    assert names(WorkPoolFilter(type=TextIn(any_=["docker"]))) == ["a", "c"]
    either = WorkPoolFilter(type=TextIn(any_=["process"]), name=TextIn(any_=["c"]), operator="or_")
    assert names(either) == ["b", "c"]


def test_a_deleted_pool_leaves_no_run_that_could_never_start(world):
    world.pool()
    deployment = world.deployment()
    under_way, queued = world.run_of(deployment), world.run_of(deployment, world.later(hours=1))
    claim = world.claim().runs[0]
    world.call("delete_work_pool", name="local")
    assert world.run(queued).state.message == "The work pool 'local' was deleted. The run had not started."
    assert world.set_state(under_way, "RUNNING", lease=claim.lease).status == "ACCEPT"
    assert world.call("read_job_spec", id=under_way.id).explanation.job == claim.job_spec
    assert world.call("read_deployment", id=deployment.id).work_pool_name is None
    with pytest.raises(NotFound):
        read(world)


def test_places_are_told_by_queue(world):
    world.pool(concurrency_limit=9)
    world.queue("fast", concurrency_limit=5)
    deployment = world.deployment()
    for queue in ("default", "fast", "fast"):
        world.run_of(deployment, work_queue_name=queue)
    claims = world.claim(limit=9).runs
    world.set_state(claims[0].flow_run, "RUNNING", lease=claims[0].lease)
    world.clock.advance(seconds=3)
    body = PoolSlotPageQuery(flow_run_limit=1)
    told = world.call("read_work_pool_concurrency_status", name="local", body=body)
    assert (told.active_slots, told.concurrency_limit, told.count, told.pages) == (3, 9, 2, 1)
    assert [(q.queue_name, q.active_slots, q.flow_run_count) for q in told.queues] == [
        ("default", 1, 1),
        ("fast", 2, 2),
    ]
    assert [len(q.flow_runs) for q in told.queues] == [1, 1]
    assert told.queues[0].flow_runs[0].time_in_current_state == 3.0
    fast = world.call("read_work_queue", work_pool_name="local", name="fast")
    slots = world.call("read_work_queue_concurrency_status", id=fast.id, body=SlotPageQuery(limit=1, page=2))
    assert (slots.active_slots, slots.concurrency_limit, slots.pages, len(slots.flow_runs)) == (2, 5, 2, 1)


def test_queues_are_lanes_by_priority(world):
    world.pool()
    assert world.queue("second").priority == 2
    assert world.queue("first", priority=1, description="go").description == "go"
    with pytest.raises(AlreadyExists, match="queue 'first' already"):
        world.queue("first")
    queues = world.call("read_work_queues", work_pool_name="local", body=WorkQueueQuery())
    assert [(q.name, q.priority) for q in queues] == [("default", 1), ("first", 1), ("second", 2)]
    filter = WorkQueueFilter(name=TextInOrStarts(startswith_=["se", "x"]))
    found = world.call("read_work_queues", work_pool_name="local", body=WorkQueueQuery(work_queues=filter))
    assert [q.name for q in found] == ["second"]
    assert len(world.call("read_all_work_queues", body=WorkQueueQuery())) == 3


def test_a_queue_is_edited_and_renamed(world):
    world.pool()
    made = world.queue("a", concurrency_limit=2)
    world.queue("b")
    body = WorkQueueUpdate(name="c", is_paused=True, concurrency_limit=None, priority=7)
    world.call("update_work_queue", work_pool_name="local", name="a", body=body)
    after = world.call("read_work_queue_by_id", id=made.id)
    assert (after.name, after.status, after.concurrency_limit, after.priority) == ("c", "PAUSED", None, 7)
    with pytest.raises(AlreadyExists):
        world.call("update_work_queue_by_id", id=made.id, body=WorkQueueUpdate(name="b"))
    with pytest.raises(NotFound, match="no queue 'cc'") as refused:
        world.call("read_work_queue", work_pool_name="local", name="cc")
    assert refused.value.hint == "Did you mean 'c'?"


def test_what_waited_in_a_deleted_queue_waits_in_the_default_one(world):
    world.pool()
    queue = world.queue("fast")
    deployment = world.deployment(work_queue_name="fast")
    run = world.run_of(deployment)
    world.call("delete_work_queue", work_pool_name="local", name="fast")
    assert world.call("read_deployment", id=deployment.id).work_queue_name == "default"
    assert [claim.flow_run.id for claim in world.claim().runs] == [run.id]
    with pytest.raises(Conflict, match="default queue"):
        world.call("delete_work_queue", work_pool_name="local", name="default")
    for name in ("delete_work_queue_by_id", "read_work_queue_by_id"):
        with pytest.raises(NotFound):
            world.call(name, id=queue.id)


def test_queues_of_old_clients_stand_in_a_pool_of_their_own(world):
    made = world.call("create_default_work_queue", body=WorkQueueCreate(name="old"))
    assert world.call("read_work_queue_by_name", name="old") == made
    assert made.work_pool_name == "default-agent-pool"
    assert world.call("create_default_work_queue", body=WorkQueueCreate(name="older")).priority == 3
    world.call("delete_work_queue_by_id", id=made.id)


def test_a_queue_says_whether_its_runs_are_picked_up(world):
    world.pool()
    run = world.run_of(world.deployment())
    queue = world.call("read_work_queue", work_pool_name="local", name="default")

    def status():
        told = world.call("read_work_queue_status", id=queue.id)
        return told.healthy, told.late_runs_count

    assert status() == (False, 0)
    found = world.call("read_work_queue_runs", id=queue.id, body=WorkQueueRunsQuery())
    assert [r.id for r in found] == [run.id]
    assert status() == (True, 0)
    world.clock.advance(seconds=16)
    assert status() == (False, 1)


def test_workers_are_known_by_their_heartbeats(world):
    world.pool()
    for name, interval in (("quick", 10), ("slow", 60), ("silent", None)):
        body = WorkerHeartbeat(name=name, heartbeat_interval_seconds=interval)
        world.call("worker_heartbeat", work_pool_name="local", body=body)

    def online(**filter):
        status = WorkerStatusFilter(**filter) if filter else None
        body = WorkerQuery(workers=WorkerFilter(status=status))
        found = world.call("read_workers", work_pool_name="local", body=body)
        return {w.name for w in found if filter or w.status == "ONLINE"}

    assert online() == {"quick", "slow", "silent"}
    world.clock.advance(seconds=30)
    assert online() == online(any_=["ONLINE"]) == online(not_any_=["OFFLINE"]) == {"slow", "silent"}
    assert online(any_=["OFFLINE"]) == {"quick"}
    assert online(any_=[]) == set()
    world.clock.advance(seconds=60)
    assert online() == {"slow"}
    world.call("worker_heartbeat", work_pool_name="local", body=WorkerHeartbeat(name="quick"))
    assert online() == {"slow", "quick"}
    world.call("delete_worker", work_pool_name="local", name="slow")
    assert online() == {"quick"}
    with pytest.raises(NotFound):
        world.call("delete_worker", work_pool_name="local", name="slow")
    with pytest.raises(NotFound):
        world.call("worker_heartbeat", work_pool_name="nowhere", body=WorkerHeartbeat(name="w"))


def test_a_worker_is_known_to_have_a_wrong_clock(world):
    """F27."""
    world.pool()
    seen = []
    for name, ahead in (("right", 0.2), ("ahead", 600), ("behind", -7200), ("of old", None)):
        sent_at = None if ahead is None else world.now + timedelta(seconds=ahead)
        body = WorkerHeartbeat(name=name, sent_at=sent_at)
        world.call("worker_heartbeat", work_pool_name="local", body=body)
    for found in (
        world.call("read_workers", work_pool_name="local", body=WorkerQuery()),
        world.call("list_workers", body=WorkerListQuery()),
    ):
        seen.append({worker.name: worker.clock_ahead_seconds for worker in found})
    assert seen == [{"right": 0, "ahead": 600, "behind": -7200, "of old": None}] * 2
    world.claim(worker="ahead")
    world.call(
        "worker_heartbeat", work_pool_name="local", body=WorkerHeartbeat(name="behind", sent_at=world.now)
    )
    found = world.call("read_workers", work_pool_name="local", body=WorkerQuery())
    assert {worker.name: worker.clock_ahead_seconds for worker in found} == seen[0] | {"behind": 0}


def test_a_claim_does_not_change_what_a_worker_said_about_its_heartbeat(world):
    world.pool()
    body = WorkerHeartbeat(name="w1", heartbeat_interval_seconds=10)
    world.call("worker_heartbeat", work_pool_name="local", body=body)
    world.clock.advance(seconds=20)
    world.claim(worker="w1")
    (worker,) = world.call("read_workers", work_pool_name="local", body=WorkerQuery())
    assert (worker.heartbeat_interval_seconds, worker.last_heartbeat_time) == (10, world.now)


def test_an_unknown_queue_is_said_to_be_unknown(world):
    with pytest.raises(NotFound):
        world.call("read_work_queue_status", id=uuid4())
