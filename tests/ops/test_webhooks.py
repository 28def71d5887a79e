"""Webhooks: how they are kept, who may post to them, and what becomes of what is posted."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from tests.db.conftest import Store
from tests.ops.world import World

from penstock.contract.webhooks import (
    EventTemplate,
    WebhookCreate,
    WebhookQuery,
    WebhookUpdate,
    WebhookWithSecret,
)
from penstock.db.event_tables import events, webhook_deliveries
from penstock.domain.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotFound,
    TooManyRequests,
)
from penstock.server.incoming import Incoming
from penstock.server.limits import Limits
from penstock.server.ops import OPERATIONS
from penstock.server.ops import webhooks as ops
from penstock.server.rates import Rates
from penstock.server.rendering import RenderError, TemplateInvalid
from penstock.server.secrets.keys import ServerKey
from penstock.server.webhook_secrets import WINDOW_SECONDS, new_slug, secret_of
from penstock.settings.tree import Secret

BODY = b'{"status": "paid", "n": 42}'
LIMITS = Limits(webhook_key=ServerKey(secret=Secret("k" * 32)))


@pytest.fixture
def world(store: Store) -> World:
    return World(store, LIMITS)


def made(world: World, name: str = "orders", **given: Any) -> WebhookWithSecret:
    return world.call("create_webhook", body=WebhookCreate(name=name, **given))


def signature(world: World, secret: str, body: bytes = BODY, *, ago: float = 0.0) -> str:
    at = int(world.now.timestamp() - ago)
    v1 = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={v1}"


def post(world: World, webhook: Any, body: bytes = BODY, query: dict | None = None, **headers: str) -> Any:
    """Post to a webhook, signed with its secret unless headers say otherwise."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not any("signature" in name for name in named) and webhook.secret:
        named["x-penstock-signature"] = signature(world, webhook.secret, body)
    incoming = Incoming(method="POST", query=query or {}, headers=named)
    op = OPERATIONS["receive_webhook"].function
    slug = webhook.path.removeprefix("/hooks/")
    return world.store.run(op(world.db, incoming, world.me, slug=slug, body=body))


def told(world: World) -> list[dict[str, Any]]:
    """The events there are, oldest first."""

    async def read(tx):
        return await tx.fetch_all(events.select().order_by(events.c.id))

    return world.store.read(read)


def test_a_webhook_is_made_read_changed_and_deleted(world):
    webhook = made(world, description="of the shop")
    assert webhook.secret.startswith("whsec_")
    assert webhook.is_signed and webhook.enabled and webhook.last_received is None
    read = world.call("read_webhook", id=webhook.id)
    assert (read.name, read.path, read.description) == ("orders", webhook.path, "of the shop")
    assert not hasattr(read, "secret")
    assert world.call("read_webhook_by_name", name="orders") == read
    made(world, "a first one")
    names = [each.name for each in world.call("read_webhooks", body=WebhookQuery())]
    assert names == ["a first one", "orders"]
    assert [e.name for e in world.call("read_webhooks", body=WebhookQuery(offset=1, limit=1))] == ["orders"]

    change = WebhookUpdate(name="shop", enabled=False, template=EventTemplate(event="shop.{{ body.status }}"))
    world.call("update_webhook", id=webhook.id, body=change)
    read = world.call("read_webhook", id=webhook.id)
    assert (read.name, read.enabled, read.template.event) == ("shop", False, "shop.{{ body.status }}")
    assert (read.path, read.description) == (webhook.path, "of the shop")

    world.call("delete_webhook", id=webhook.id)
    with pytest.raises(NotFound):
        world.call("read_webhook", id=webhook.id)


def test_names_are_taken_once(world):
    made(world)
    other = made(world, "other")
    with pytest.raises(AlreadyExists, match="webhook 'orders' already"):
        made(world)
    with pytest.raises(AlreadyExists):
        world.call("update_webhook", id=other.id, body=WebhookUpdate(name="orders"))
    with pytest.raises(InvalidInput):
        made(world, "a/b")


def test_what_is_posted_becomes_an_event_about_the_webhook(world):
    webhook = made(world)
    answer = post(world, webhook)
    assert answer.created
    (event,) = told(world)
    assert event["id"] == answer.value.event_id
    assert event["event"] == "webhook.received"
    assert event["resource_id"] == f"penstock.webhook.{webhook.id}"
    assert event["resource"]["prefect.resource.name"] == "orders"
    assert event["payload"] == {"status": "paid", "n": 42}
    assert event["related"] == []
    assert world.call("read_webhook", id=webhook.id).last_received == world.now


def test_a_template_says_what_the_event_is(world):
    template = EventTemplate(
        event="order.{{ body.status }}",
        resource={
            "prefect.resource.id": "shop.order.{{ body.n }}",
            "how": "{{ query.how }}",
            "n": "{{ body.n }}",
        },
        related=[{"prefect.resource.id": "shop.{{ headers['x-shop'] }}", "prefect.resource.role": "shop"}],
        payload={"count": "{{ body.n + 1 }}", "by": "{{ method }}", "all": "{{ body }}"},
    )
    webhook = made(world, template=template)
    post(world, webhook, query={"how": "card"}, x_shop="berlin")
    (event,) = told(world)
    assert event["event"] == "order.paid"
    assert event["resource"] == {"prefect.resource.id": "shop.order.42", "how": "card", "n": "42"}
    assert event["related"] == [
        {"prefect.resource.id": "shop.berlin", "prefect.resource.role": "shop"},
        {
            "prefect.resource.id": f"penstock.webhook.{webhook.id}",
            "prefect.resource.role": "webhook",
            "prefect.resource.name": "orders",
        },
    ]
    assert event["payload"] == {"count": 43, "by": "POST", "all": {"status": "paid", "n": 42}}


@pytest.mark.parametrize(
    ("body", "kind", "payload"),
    [
        (b"[1, 2]", "application/json", {"body": [1, 2]}),
        (b"not json", "text/plain", {"body": "not json"}),
        (b"", "text/plain", {"body": ""}),
        (b"\xff\xfe", "application/octet-stream", {"body": "\ufffd\ufffd"}),
        (b"a=1&b=x+y", "application/x-www-form-urlencoded; charset=utf-8", {"a": "1", "b": "x y"}),
        (b'{"x": "{{ 7 * 7 }}"}', "application/json", {"x": "{{ 7 * 7 }}"}),
    ],
)
def test_bodies_of_all_kinds_are_read(sqlite_world, body, kind, payload):
    world = World(sqlite_world.store, LIMITS)
    webhook = made(world)
    headers = {"content_type": kind, "x_penstock_signature": signature(world, webhook.secret, body)}
    post(world, webhook, body, **headers)
    assert told(world)[0]["payload"] == payload


def test_headers_that_may_be_credentials_are_not_told(sqlite_world):
    world = World(sqlite_world.store, LIMITS)
    webhook = made(world, template=EventTemplate(payload="{{ headers }}"))
    kept = {"x_github_event": "push", "user_agent": "x"}
    hidden = {"authorization": "s", "cookie": "s", "x_api_key": "s", "x_auth": "s", "x_gitlab_token": "s"}
    post(world, webhook, **kept, **hidden)
    assert told(world)[0]["payload"] == {"x-github-event": "push", "user-agent": "x"}


def refusals(world: World, webhook: Any, **headers: str) -> str:
    with pytest.raises(NotFound) as refused:
        post(world, webhook, **headers)
    return str(refused.value)


def test_what_is_not_signed_well_looks_like_a_webhook_that_is_not_there(sqlite_world):
    world = World(sqlite_world.store, LIMITS)
    webhook, other = made(world), made(world, "other")
    good = signature(world, webhook.secret)
    at, v1 = good.split(",")
    nobody = WebhookWithSecret(**{**_fields(webhook), "path": f"/hooks/{new_slug()}"})
    said = {refusals(world, nobody, x_penstock_signature=good)}
    for wrong in [
        "",
        "x",
        at,
        v1,
        f"{at},v1=",
        f"{at},v1={'0' * 64}",
        f"{at},v1={v1[3:-1]}",
        f"{at},{at},{v1}",
        f"t=1,{v1}",
        f"t=999999999999,{v1}",
        f"t=-5,{v1}",
        f"{at}, v1=é",
        signature(world, other.secret),
        signature(world, webhook.secret, BODY + b" "),
        signature(world, webhook.secret, ago=WINDOW_SECONDS + 1),
        signature(world, webhook.secret, ago=-WINDOW_SECONDS - 1),
        f"{at},v2={v1[3:]}",
    ]:
        said.add(refusals(world, webhook, x_penstock_signature=wrong))
    hub = hmac.new(webhook.secret.encode(), BODY, hashlib.sha256).hexdigest()
    for wrong in ["", hub, f"sha1={hub}", f"sha256={hub[:-1]}", "sha256=", f"md5={hub}"]:
        said.add(refusals(world, webhook, x_hub_signature_256=wrong))
    world.call("update_webhook", id=webhook.id, body=WebhookUpdate(enabled=False))
    said.add(refusals(world, webhook, x_penstock_signature=good))
    assert len(said) == 1
    assert told(world) == []


def _fields(webhook: WebhookWithSecret) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in webhook.__struct_fields__}


def test_signatures_of_github_and_of_clocks_that_are_a_little_wrong_are_good(world):
    webhook = made(world)
    digest = hmac.new(webhook.secret.encode(), BODY, hashlib.sha256).hexdigest()
    assert post(world, webhook, x_hub_signature_256=f"sha256={digest}").created
    for ago in (WINDOW_SECONDS - 1, -WINDOW_SECONDS + 1):
        assert post(world, webhook, x_penstock_signature=signature(world, webhook.secret, ago=ago)).created
    several = f"{signature(world, 'whsec_old')},{signature(world, webhook.secret).split(',')[1]}"
    assert post(world, webhook, x_penstock_signature=several).created


def test_the_same_is_taken_once(world):
    webhook = made(world)
    once = signature(world, webhook.secret)
    assert post(world, webhook, x_penstock_signature=once).created
    again = post(world, webhook, x_penstock_signature=once)
    assert (again.created, again.value.event_id) == (False, None)
    digest = hmac.new(webhook.secret.encode(), BODY, hashlib.sha256).hexdigest()
    assert post(world, webhook, x_hub_signature_256=f"sha256={digest}").created
    assert not post(world, webhook, x_hub_signature_256=f"sha256={digest}").created
    assert len(told(world)) == 2


def test_what_was_taken_is_forgotten_after_a_day(world):
    webhook = made(world)

    async def kept(tx):
        return len(await tx.fetch_all(webhook_deliveries.select()))

    post(world, webhook)
    world.store.clock.advance(hours=23)
    post(world, webhook)
    assert world.store.read(kept) == 2
    world.store.clock.advance(hours=2)
    post(world, webhook)
    assert world.store.read(kept) == 2


def test_a_rotated_secret_is_new_and_the_old_one_is_good_for_nothing(world):
    webhook = made(world)
    rotated = world.call("rotate_webhook", id=webhook.id)
    assert rotated.secret != webhook.secret
    assert rotated.path == webhook.path
    refusals(world, webhook)
    assert post(world, rotated).created


def test_a_webhook_may_ask_for_no_signature_if_that_is_said(world):
    webhook = made(world, is_signed=False)
    assert webhook.secret is None and not webhook.is_signed
    assert post(world, webhook).created
    assert post(world, webhook).created
    signed = world.call("rotate_webhook", id=webhook.id)
    assert signed.is_signed and signed.secret
    refusals(world, webhook)
    assert post(world, signed).created


def test_a_template_that_could_make_no_event_is_not_saved(sqlite_world):
    world = World(sqlite_world.store, LIMITS)
    with pytest.raises(
        TemplateInvalid, match=r"event, line 1: There is no 'bdy' here\. Did you mean 'body'\?"
    ):
        made(world, template=EventTemplate(event="{{ bdy.x }}"))
    webhook = made(world)
    change = WebhookUpdate(template=EventTemplate(payload={"a": "{{ body | uper }}"}))
    with pytest.raises(TemplateInvalid, match=r"payload\.a, line 1: There is no filter 'uper'"):
        world.call("update_webhook", id=webhook.id, body=change)


def test_what_a_template_does_not_find_is_told_to_both_sides(world):
    webhook = made(world, template=EventTemplate(event="order.{{ body.state }}"))
    with pytest.raises(RenderError, match="'body' has no 'state'"):
        post(world, webhook)
    (event,) = told(world)
    assert event["event"] == "penstock.webhook.failed"
    assert event["resource_id"] == f"penstock.webhook.{webhook.id}"
    assert "'body' has no 'state'" in event["payload"]["reason"]


@pytest.mark.parametrize(
    ("template", "error"),
    [
        (EventTemplate(event="{{ body.empty }}"), InvalidInput),
        (EventTemplate(resource={"x": "y"}), InvalidInput),
        (EventTemplate(related=[{"prefect.resource.id": "a"}]), InvalidInput),
        (EventTemplate(resource={"prefect.resource.id": "{{ body.empty }}"}), InvalidInput),
        (EventTemplate(payload="{{ body.large }}{{ body.large }}"), InvalidInput),
    ],
)
def test_what_is_no_event_is_refused(sqlite_world, template, error):
    world = World(sqlite_world.store, LIMITS)
    webhook = made(world, template=template)
    with pytest.raises(error):
        post(world, webhook, json.dumps({"empty": "", "large": "x" * 40_000}).encode())
    assert [event["event"] for event in told(world)] == ["penstock.webhook.failed"]


def test_a_body_that_is_nested_too_deeply_is_refused(sqlite_world):
    world = World(sqlite_world.store, LIMITS)
    with pytest.raises(InvalidInput, match="deeper"):
        post(world, made(world), b"[" * 200 + b"]" * 200)


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path):
    file = tmp_path / "webhook.key"
    key = ServerKey(file=file)
    assert key.reveal() == ServerKey(file=file).reveal()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(key.reveal()) == 64
    assert list(tmp_path.iterdir()) == [file]
    assert "k" * 32 not in repr(LIMITS.webhook_key)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    open_, empty = tmp_path / "open.key", tmp_path / "empty.key"
    open_.write_text("k" * 64)
    open_.chmod(0o644)
    empty.touch(0o600)
    for key, message in [
        (ServerKey(file=open_), "Others may read"),
        (ServerKey(file=empty), "no key in it"),
        (ServerKey(file=tmp_path / "nowhere" / "x.key"), "cannot be used"),
        (ServerKey(), "no key to make secrets from"),
    ]:
        with pytest.raises(Conflict, match=message):
            key.reveal()


def test_what_is_wrong_with_the_key_is_not_told_to_who_posts(sqlite_world, tmp_path, caplog):
    webhook = made(World(sqlite_world.store, LIMITS))
    keyless = World(sqlite_world.store, Limits(webhook_key=ServerKey(file=tmp_path / "nowhere" / "x.key")))
    assert "nowhere" not in refusals(keyless, webhook)
    assert "nowhere" in caplog.text


def test_secrets_differ_by_key_webhook_and_version(sqlite_world):
    one, two = made(World(sqlite_world.store, LIMITS)).id, made(World(sqlite_world.store, LIMITS), "two").id
    secrets = [secret_of(key, id, n) for key in (b"a", b"b") for id in (one, two) for n in (1, 2)]
    assert len(set(secrets)) == len(secrets)


def test_rates_are_counted_by_key():
    now = 100.0
    rates = Rates(at_once=3, each_second=2, clock=lambda: now)
    for _ in range(3):
        rates.count("a")
    with pytest.raises(TooManyRequests) as refused:
        rates.count("a")
    assert refused.value.retry_after == 0.5
    rates.count("b")
    now += 0.5
    rates.count("a")
    with pytest.raises(TooManyRequests):
        rates.count("a")
    now += 1000
    for _ in range(3):
        rates.count("a")
    with pytest.raises(TooManyRequests):
        rates.count("a")


def test_who_posts_too_often_is_not_heard(sqlite_world, monkeypatch):
    monkeypatch.setattr(ops, "_RATES", Rates(at_once=2, each_second=0.001))
    world = World(sqlite_world.store, LIMITS)
    webhook, other = made(world), made(world, "other")
    post(world, webhook)
    refusals(world, webhook, x_penstock_signature="")
    with pytest.raises(TooManyRequests):
        post(world, webhook)
    assert post(world, other).created
