"""F51: odd texts are stored as they came or refused with their field, everywhere where texts are stored.

In what comes from the code of users, NUL becomes U+FFFD: one odd line or event must not sink the others, nor
the words of an exception keep a run from failing.
"""

import json
from uuid import uuid4

import pytest

from penstock.contract import codec
from penstock.contract.endpoint import Upserted
from penstock.contract.registry import ENDPOINTS
from penstock.domain.errors import InvalidInput

ODD = [
    "a\x00b",
    "a\ud800b",
    "\u202egpj.exe",
    "😀👩‍👩‍👧",
    "x" * 10_000,
    "../../etc/passwd",
    "..%2fhealth",
    "?a=1&b",
    "a#b",
    "two\r\nlines",
    "{{ 7 * 7 }}",
    "'; DROP TABLE flows; -- \"",
    "e\u0301",
    " ",
]


def send(world, name, body=None, /, **path):
    """As a client sends it: as JSON, read by what the endpoint declares."""
    if body is not None:
        path["body"] = codec.decode_body(ENDPOINTS[name], json.dumps(body).encode())
    answer = world.call(name, **path)
    return answer.value if isinstance(answer, Upserted) else answer


def flow(world, **given):
    made = send(world, "create_flow", {"name": uuid4().hex} | given)
    return send(world, "read_flow", id=made.id)


def run(world, **given):
    made = send(world, "create_flow_run", {"flow_id": str(flow(world).id)} | given)
    return send(world, "read_flow_run", id=made.id)


def state(world, **given):
    made = run(world)
    body = {"state": {"type": "RUNNING"} | given, "force": True}
    send(world, "set_flow_run_state", body, id=made.id)
    return send(world, "read_flow_run", id=made.id).state


def deployment(world, **given):
    made = send(world, "create_deployment", {"name": "d", "flow_id": str(flow(world).id)} | given)
    return send(world, "read_deployment", id=made.id)


def task_run(world, **given):
    made = send(world, "create_task_run", {"task_key": "t", "dynamic_key": uuid4().hex} | given)
    return send(world, "read_task_run", id=made.id)


def variable(world, **given):
    made = send(world, "create_variable", {"name": uuid4().hex, "value": 1} | given)
    return send(world, "read_variable", id=made.id)


def artifact(world, **given):
    return send(world, "read_artifact", id=send(world, "create_artifact", given).id)


def pool(world, **given):
    made = send(world, "create_work_pool", {"name": uuid4().hex, "type": "process"} | given)
    return send(world, "read_work_pool", name=made.name)


def queue(world, **given):
    made = send(world, "create_work_queue", {"name": uuid4().hex} | given, work_pool_name=pool(world).name)
    return send(world, "read_work_queue_by_id", id=made.id)


def logs(world, **given):
    """Three lines, of which the second is odd."""
    run_id = str(uuid4())
    line = {
        "name": "n",
        "level": 20,
        "message": "m",
        "timestamp": world.now.isoformat(),
        "flow_run_id": run_id,
    }
    send(world, "create_logs", [line, line | given, line])
    found = send(world, "read_logs", {"logs": {"flow_run_id": {"any_": [run_id]}}})
    assert len(found) == 3
    return found


def events(world, **given):
    """Three events, of which the second is odd."""
    event = {"event": "e", "resource": {"prefect.resource.id": "r"}, "occurred": world.now.isoformat()}
    ids = [str(uuid4()) for _ in range(3)]
    odd = event | {"id": ids[1]} | given
    send(world, "create_events", [event | {"id": ids[0]}, odd, event | {"id": ids[2]}])
    found = send(world, "read_events", {"filter": {"id": {"id": ids}}}).events
    assert len(found) == 3
    return found


CLEANED = {logs, events, state}
PLACES = {
    flow: [
        lambda text: {"name": text},
        lambda text: {"tags": ["a", text]},
        lambda text: {"labels": {"a": text}},
        lambda text: {"labels": {text: 1}},
    ],
    run: [
        lambda text: {"name": text},
        lambda text: {"tags": [text]},
        lambda text: {"parameters": {"p": {"q": [text]}}},
        lambda text: {"parameters": {text: 1}},
        lambda text: {"idempotency_key": text},
        lambda text: {"flow_version": text},
        lambda text: {"context": {text: text}},
    ],
    state: [
        lambda text: {"name": text},
        lambda text: {"message": text},
        lambda text: {"data": {text: [text]}},
    ],
    deployment: [
        lambda text: {"name": text},
        lambda text: {"description": text},
        lambda text: {"tags": [text]},
        lambda text: {"parameters": {"a": text}},
        lambda text: {"entrypoint": text},
    ],
    task_run: [
        lambda text: {"name": text},
        lambda text: {"task_key": text},
        lambda text: {"dynamic_key": text},
        lambda text: {"tags": [text]},
    ],
    variable: [
        lambda text: {"name": text},
        lambda text: {"value": {text: text}},
        lambda text: {"tags": [text]},
    ],
    artifact: [
        lambda text: {"key": text},
        lambda text: {"type": text},
        lambda text: {"description": text},
        lambda text: {"data": {text: text}},
    ],
    pool: [
        lambda text: {"name": text},
        lambda text: {"description": text},
    ],
    queue: [
        lambda text: {"name": text},
        lambda text: {"description": text},
    ],
    logs: [
        lambda text: {"message": text},
        lambda text: {"name": text},
    ],
    events: [
        lambda text: {"event": text},
        lambda text: {"resource": {"prefect.resource.id": "r", "l": text}},
        lambda text: {"payload": {text: text}},
    ],
}
"""By what stores it: the fields that are texts or have texts in them."""


def texts_of(value):
    """Every text of a value, keys among them."""
    if isinstance(value, str):
        yield value
    for inner in (
        (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from texts_of(inner)


def kept_of(world, store, given):
    """The texts that were stored, or None where they were refused."""
    try:
        stored = store(world, **given)
    except InvalidInput as refused:
        return None if refused.field else str(refused)
    return set(texts_of(json.loads(codec.encode(stored))))


@pytest.mark.parametrize("thing", PLACES, ids=lambda thing: thing.__name__)
def test_f51_an_odd_text_is_stored_as_it_came_or_refused(world, thing):
    for number, field in enumerate(PLACES[thing]):
        for odd in ODD:
            kept = kept_of(world, thing, field(odd))
            shown = odd.replace("\x00", "\ufffd") if thing in CLEANED else odd
            assert kept is None or shown in kept, (number, odd, kept)
            assert kept is not None or thing not in CLEANED or "\x00" not in odd, (number, odd)
