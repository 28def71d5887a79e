"""Concurrency limits over HTTP: statuses and headers as the reference reads them, and requests that wait."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

LIMITS = "/v2/concurrency_limits"


def made(server, limit=1, **given):
    name = f"limit-{uuid4()}"
    answer = server.ask("POST", f"{LIMITS}/", {"name": name, "limit": limit, **given})
    assert answer.status == 201, answer.body
    return name


def active(server, name):
    return server.ask("GET", f"{LIMITS}/{name}").json["active_slots"]


def acquire(server, name, **given):
    body = {"lease_id": str(uuid4()), "names": [name], **given}
    return server.ask("POST", f"{LIMITS}/acquire", body)


def test_without_room_the_answer_is_423_and_says_when_to_ask_again(server):
    name = made(server)
    assert server.ask("POST", f"{LIMITS}/increment", {"names": [name], "slots": 1}).status == 200
    for route in ("increment", "increment-with-lease"):
        refused = server.ask("POST", f"{LIMITS}/{route}", {"names": [name], "slots": 1})
        assert refused.status == 423
        assert 1 <= float(refused.headers["retry-after"]) <= 30
        assert refused.json["code"] == "slots-taken"
        assert "1 of 1 slots are taken" in refused.json["detail"]
    refused = server.ask("POST", f"{LIMITS}/increment", {"names": [name], "slots": 2})
    assert refused.status == 422
    rated = {"names": [name], "slots": 1, "mode": "rate_limit"}
    assert server.ask("POST", f"{LIMITS}/increment", rated).status == 422


def test_a_lease_that_is_over_cannot_be_renewed_and_may_be_given_back(server):
    lease_id = str(uuid4())
    assert server.ask("POST", f"{LIMITS}/leases/{lease_id}/renew", {}).status == 410
    assert server.ask("POST", f"{LIMITS}/leases/{lease_id}/hold", {}).status == 410
    assert server.ask("POST", f"{LIMITS}/decrement-with-lease", {"lease_id": lease_id}).status == 204
    assert server.ask("POST", f"{LIMITS}/leases/{lease_id}/renew", {"lease_duration": 59}).status == 422


def test_who_waits_is_answered_when_there_is_room(server):
    name = made(server)
    first = acquire(server, name).json
    assert first["granted"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(acquire, server, name, wait_seconds=30)
        assert not waiting.done()
        server.ask("PATCH", f"{LIMITS}/{name}", {"limit": 2})
        answer = waiting.result(30)
    assert answer.json["granted"], answer.body
    assert active(server, name) == 2


def test_who_hangs_up_while_it_waits_gets_nothing(server):
    name = made(server)
    assert acquire(server, name).json["granted"]
    connection = server.connect()
    body = json.dumps({"lease_id": str(uuid4()), "names": [name], "wait_seconds": 60}).encode()
    connection.request("POST", f"/api{LIMITS}/acquire", body=body)
    connection.close()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(acquire, server, name, wait_seconds=30)
        server.ask("PATCH", f"{LIMITS}/{name}", {"limit": 2})
        assert waiting.result(30).json["granted"]
    deadline = time.monotonic() + 30
    while active(server, name) != 2:
        assert time.monotonic() < deadline


def test_limits_of_tags_are_kept_by_the_older_routes(server):
    tag, run = f"tag {uuid4()}/a", str(uuid4())
    assert server.ask("POST", "/concurrency_limits/", {"tag": tag, "concurrency_limit": 1}).status == 201
    made_again = server.ask("POST", "/concurrency_limits/", {"tag": tag, "concurrency_limit": 2})
    assert (made_again.status, made_again.json["tag"]) == (200, tag)
    taken = server.ask("POST", "/concurrency_limits/increment", {"names": [tag], "task_run_id": run})
    assert (taken.status, [each["name"] for each in taken.json]) == (200, [tag])
    found = server.ask("GET", f"/concurrency_limits/{made_again.json['id']}").json
    assert found["active_slots"] == [run]
    assert server.ask("DELETE", f"/concurrency_limits/{found['id']}").status == 200
    assert server.ask("GET", f"/concurrency_limits/{found['id']}").status == 404
    assert server.ask("POST", "/concurrency_limits/", {"tag": tag, "concurrency_limit": -1}).status == 422


@pytest.mark.parametrize("field", ["limit", "active_slots", "denied_slots"])
def test_so_many_slots_that_their_sum_is_no_number_any_more_are_refused(server, field):
    """Nearly as many as a database can count, and one more, would make each look at the limit fail."""
    name = made(server, 1_000_000_000, active_slots=1_000_000_000)
    refused = server.ask("PATCH", f"{LIMITS}/{name}", {field: 2**63 - 1})
    assert refused.status == 422
    assert field in str(refused.json)
    assert active(server, name) == 1_000_000_000
