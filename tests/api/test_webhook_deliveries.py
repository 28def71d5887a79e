"""What is posted to webhooks over HTTP, by who has no credential but a signature."""

import hashlib
import hmac
import time

import pytest
from tests.api.conftest import AUTH_STRING

from penstock.client.client import open_client
from penstock.colourless import run_sync
from penstock.contract.webhooks import receive_webhook
from penstock.settings import load_settings

ALLOWED = {"Authorization": f"Bearer {AUTH_STRING}"}


@pytest.fixture(scope="module")
def webhook(guarded):
    return guarded.ask("POST", "/webhooks/", {"name": "orders"}, **ALLOWED).json


def signed(secret: str, body: bytes) -> dict[str, str]:
    at = str(int(time.time()))
    v1 = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X_Penstock_Signature": f"t={at},v1={v1}"}


def test_a_signature_is_all_that_it_takes(guarded, webhook):
    body = b'{"n": 1}'
    headers = signed(webhook["secret"], body)
    taken = guarded.ask("POST", webhook["path"], raw=body, **headers)
    assert taken.status == 202
    event = guarded.ask("GET", f"/events/{taken.json['event_id']}", **ALLOWED).json
    assert (event["event"], event["payload"]) == ("webhook.received", {"n": 1})
    again = guarded.ask("POST", webhook["path"], raw=body, **headers)
    assert (again.status, again.json) == (200, {"event_id": None})


def test_an_unknown_webhook_and_a_wrong_signature_are_answered_alike(guarded, webhook):
    answers = [
        guarded.ask("POST", "/hooks/nobody", raw=b"{}", **signed(webhook["secret"], b"{}")),
        guarded.ask("POST", webhook["path"], raw=b"{}", **signed("whsec_other", b"{}")),
        guarded.ask("POST", webhook["path"], raw=b"{}"),
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}


def test_a_webhook_is_read_and_written_by_authors_only(guarded, webhook):
    for method, path in [
        ("POST", "/webhooks/"),
        ("POST", "/webhooks/filter"),
        ("GET", "/webhooks/name/orders"),
    ]:
        assert guarded.ask(method, path, {"name": "x"}).status == 401
    read = guarded.ask("GET", f"/webhooks/{webhook['id']}", **ALLOWED)
    assert webhook["secret"] not in read.body.decode()


def test_what_is_too_large_is_refused_and_nothing_is_said_of_a_setting(guarded, webhook):
    body = b"x" * (1_048_576 + 1)
    refused = guarded.ask("POST", webhook["path"], raw=body, **signed(webhook["secret"], body))
    assert refused.status == 413
    assert "1048576" in refused.json["detail"] and "setting" not in refused.json["hint"]


def test_what_a_template_does_not_find_is_said_with_its_place(guarded):
    template = {"event": "order.{{ body.state }}", "payload": {"x": "{{ body.x }}"}}
    strict = guarded.ask("POST", "/webhooks/", {"name": "strict", "template": template}, **ALLOWED).json
    refused = guarded.ask("POST", strict["path"], raw=b'{"x": 1}', **signed(strict["secret"], b'{"x": 1}'))
    assert (refused.status, refused.json["code"]) == (422, "template-failed")
    assert "event, line 1: 'body' has no 'state'." in refused.json["detail"]


def test_the_client_sends_a_body_of_bytes_as_it_is(guarded):
    template = {"payload": {"seen": "{{ body }}"}}
    made = guarded.ask(
        "POST", "/webhooks/", {"name": "raw", "is_signed": False, "template": template}, **ALLOWED
    )
    settings = load_settings(
        environ={"PENSTOCK_API_URL": guarded.url, "PENSTOCK_API_AUTH_STRING": AUTH_STRING}
    )
    client = open_client(settings, {})
    slug = made.json["path"].removeprefix("/hooks/")
    taken = run_sync(client.call(receive_webhook, slug, b'"text" \xc3\xa9'))
    client.close()
    event = guarded.ask("GET", f"/events/{taken.event_id}", **ALLOWED).json
    assert event["payload"] == {"seen": '"text" é'}
