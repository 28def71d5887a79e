"""Notifications from end to end: a block made at the command line, an automation, an event, who is told."""

import json

import pytest
from tests.e2e.test_automations import Stage
from tests.ops.receivers import receiver
from tests.server_process import ServerProcess

LOOPBACK = '["127.0.0.0/8"]'
SECRET = "T0-hush-B0"


@pytest.fixture
def stage(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_OUTSIDE_ALLOWED_NETWORKS=LOOPBACK) as server:
        yield Stage(server, tmp_path)


def automation(stage, name, action):
    trigger = {"type": "event", "expect": [name]}
    body = {"name": name, "trigger": trigger, "actions": [action]}
    return stage.post("/automations/", body)["id"]


def block(stage, slug, name, **data):
    stage.type("block", "create", slug, "--name", name, "--data", json.dumps(data))
    return json.loads(stage.type("block", "inspect", f"{slug}/{name}", "--json"))["id"]


def test_slack_is_told_what_the_event_says_and_nobody_else_the_url(stage):
    with receiver() as there:
        id = block(stage, "slack-webhook", "team", url=f"{there.url}/services/{SECRET}")
        action = {"type": "send-notification", "block_document_id": id, "subject": "{{ event.payload.what }}"}
        made = automation(stage, "order.lost", action | {"body": "of {{ event.resource.id }}"})
        stage.emit("order.lost", {"what": "An order is lost"})
        (done,) = stage.done(made)
        assert done["status"] == "done", done
    (got,) = there.got
    assert (got.method, got.path) == ("POST", f"/services/{SECRET}")
    assert got.json == {"text": "*An order is lost*\nof deep.thought"}
    assert SECRET not in json.dumps(stage.post(f"/automations/{made}/firings", {}))
    assert SECRET not in json.dumps(stage.post("/events/filter", {}))
    for file in (stage.folder / "home").iterdir():
        assert SECRET.encode() not in file.read_bytes(), file


def test_a_webhook_block_is_called_with_its_method_and_headers(stage):
    with receiver() as there:
        headers = {"X-Token": "quiet"}
        id = block(stage, "webhook", "hook", url=f"{there.url}/x", method="PUT", headers=headers)
        payload = '{"n": {{ event.payload.n }}}'
        action = {"type": "call-webhook", "block_document_id": id, "payload": payload}
        made = automation(stage, "counted", action)
        stage.emit("counted", {"n": 7})
        (done,) = stage.done(made)
        assert done["status"] == "done", done
    (got,) = there.got
    assert (got.method, got.path, got.headers["x-token"]) == ("PUT", "/x", "quiet")
    assert got.json == {"n": 7}


def test_a_block_that_is_gone_fails_the_action_and_says_so(stage):
    with receiver() as there:
        id = block(stage, "slack-webhook", "team", url=there.url)
        action = {"type": "send-notification", "block_document_id": id, "subject": "s", "body": "b"}
        made = automation(stage, "late", action)
        stage.type("block", "delete", "slack-webhook/team")
        stage.emit("late", {})
        (done,) = stage.done(made)
    assert (done["status"], there.got) == ("failed", [])
    assert id in done["reason"]
