"""The websocket of a work pool: a worker says that it is there, and hears of its pool."""

from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import ending, hear, opened, say

CAPABILITIES = ["work_pool_snapshot.v1", "worker_heartbeat.v1"]
TEMPLATE = {
    "variables": {"type": "object", "properties": {"image": {"type": "string"}}},
    "job_configuration": {"image": "{{ image }}"},
}


@pytest.fixture
def pool():
    """The name of a pool that no other test has."""
    return f"pool-{uuid4().hex}"


def frame(kind, **payload):
    """A message as workers send it."""
    return {
        "type": kind,
        "id": str(uuid4()),
        "sent_at": datetime.now(UTC).isoformat(),
        "payload": payload,
    }


def hello(**given):
    """A worker's hello."""
    said = {
        "consumer_id": str(uuid4()),
        "worker_name": "w1",
        "worker_type": "process",
        "heartbeat_interval_seconds": 30,
        "supported_channel_versions": ["work_pool_worker_channel.v1"],
        "requested_capabilities": [*CAPABILITIES, "cleanup_delivery.v1"],
    }
    return frame("worker.hello.v1", **said | given)


def make(server, pool, **given):
    """Make a pool."""
    answer = server.ask("POST", "/work_pools/", {"name": pool, "type": "process", **given})
    assert answer.status == 201, answer


@contextmanager
def connected(server, pool, greeting=None, token=None):
    """A worker's websocket."""
    with opened(server, f"/work_pools/{pool}/workers/connect", token) as socket:
        say(socket, greeting or hello())
        yield socket


def workers(server, pool):
    """The workers of a pool that the server knows."""
    return server.ask("POST", f"/work_pools/{pool}/workers/filter", {}).json


def test_a_worker_is_welcomed_and_known(server, pool):
    make(server, pool)
    greeting = hello(work_queue_names=["default"])
    with connected(server, pool, greeting) as socket:
        ready = hear(socket)
    known = workers(server, pool)
    payload = ready["payload"]
    assert ready["type"] == "worker.ready.v1"
    assert payload["consumer_id"] == greeting["payload"]["consumer_id"]
    assert [worker["id"] for worker in known] == [payload["worker_id"]]
    assert (known[0]["name"], known[0]["status"], known[0]["heartbeat_interval_seconds"]) == (
        "w1",
        "ONLINE",
        30,
    )
    assert payload["accepted_capabilities"] == sorted(CAPABILITIES, reverse=True)
    assert payload["rejected_capabilities"] == ["cleanup_delivery.v1"]
    assert [queue["name"] for queue in payload["resolved_work_queues"]] == ["default"]
    first = payload["initial_snapshot"]
    assert (first["snapshot_sequence"], first["work_pool"]["name"]) == (1, pool)


def test_it_hears_of_the_pool_when_that_changes(server, pool):
    make(server, pool)
    with connected(server, pool) as socket:
        hear(socket)
        server.ask("PATCH", f"/work_pools/{pool}", {"is_paused": True})
        told = hear(socket)
        server.ask("PATCH", f"/work_pools/{pool}", {"concurrency_limit": 3})
        again = hear(socket)
        server.ask("DELETE", f"/work_pools/{pool}")
        assert ending(socket)[0] == 1001
    assert told["type"] == "work_pool.snapshot.v1"
    assert (told["payload"]["snapshot_sequence"], told["payload"]["work_pool"]["is_paused"]) == (2, True)
    assert (again["payload"]["snapshot_sequence"], again["payload"]["work_pool"]["concurrency_limit"]) == (
        3,
        3,
    )


def test_heartbeats_are_kept(server, pool):
    make(server, pool)
    greeting = hello()
    with connected(server, pool, greeting) as socket:
        hear(socket)
        before = workers(server, pool)[0]["last_heartbeat_time"]
        id = greeting["payload"]["consumer_id"]
        beat = frame("worker.heartbeat.v1", consumer_id=id, worker_name="w1", heartbeat_interval_seconds=7)
        say(socket, beat)
        server.ask("PATCH", f"/work_pools/{pool}", {"is_paused": True})
        hear(socket)
        say(socket, beat | {"type": "worker.hello.v1"})
        assert ending(socket)[0] == 1002
    known = workers(server, pool)[0]
    assert known["heartbeat_interval_seconds"] == 7
    assert known["last_heartbeat_time"] > before


def test_a_pool_that_is_not_there_is_made_if_the_worker_wants_it(server, pool):
    with connected(server, pool) as socket:
        assert ending(socket)[0] == 1002
    greeting = hello(create_pool_if_not_found=True, default_base_job_template=TEMPLATE)
    with connected(server, pool, greeting) as socket:
        made = hear(socket)["payload"]["initial_snapshot"]["work_pool"]
    assert (made["type"], made["base_job_template"]) == ("process", TEMPLATE)


def test_a_pool_without_a_template_gets_the_workers(server, pool):
    make(server, pool, type="elsewhere", base_job_template={})
    with connected(server, pool, hello(default_base_job_template=TEMPLATE)) as socket:
        first = hear(socket)["payload"]["initial_snapshot"]["work_pool"]
    assert first["base_job_template"] == TEMPLATE


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"supported_channel_versions": ["work_pool_worker_channel.v9"]}, 1008),
        ({"requested_capabilities": ["worker_heartbeat.v1"]}, 1002),
        ({"worker_name": ""}, 1002),
        ({"heartbeat_interval_seconds": 0}, 1002),
        ({"consumer_id": "mine"}, 1002),
        ({"surprise": 1}, 1002),
        ({"work_queue_names": ["nowhere"]}, 1002),
    ],
    ids=["version", "capability", "name", "interval", "id", "unknown", "queue"],
)
def test_a_hello_that_is_none_is_refused(server, pool, given, code):
    make(server, pool)
    with connected(server, pool, hello(**given)) as socket:
        assert ending(socket)[0] == code


def test_heartbeats_of_somebody_else_end_it(server, pool):
    make(server, pool)
    with connected(server, pool) as socket:
        hear(socket)
        beat = {"consumer_id": str(uuid4()), "worker_name": "w2", "heartbeat_interval_seconds": 30}
        say(socket, frame("worker.heartbeat.v1", **beat))
        assert ending(socket)[0] == 1002


def test_it_is_there_for_who_shows_a_credential(guarded, pool):
    with opened(guarded, f"/work_pools/{pool}/workers/connect", AUTH_STRING) as socket:
        say(socket, hello(create_pool_if_not_found=True, default_base_job_template=TEMPLATE))
        assert hear(socket)["type"] == "worker.ready.v1"
