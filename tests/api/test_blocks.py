"""Blocks over HTTP, in the order in which the reference's client asks."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

from penstock.contract.permissions import Role, may
from penstock.domain.blocks import checksum

FIELDS = {
    "block_schema_references": {},
    "properties": {
        "user": {"title": "User", "type": "string", "position": 0},
        "password": {"format": "password", "title": "Password", "type": "string", "writeOnly": True},
    },
    "required": ["user", "password"],
    "secret_fields": ["password"],
    "title": "Login",
    "type": "object",
}


@pytest.fixture
def slug():
    return f"login-{uuid4().hex[:8]}"


def registered(server, slug):
    """A type with a schema, as a client registers a class of its own."""
    assert server.ask("GET", f"/block_types/slug/{slug}").status == 404
    made = {"name": slug.title(), "slug": slug, "logo_url": None, "code_example": "```python\n```"}
    type_ = server.ask("POST", "/block_types/", made)
    assert type_.status == 201
    fields = FIELDS | {"block_type_slug": slug}
    place = f"/block_schemas/checksum/{quote(checksum(fields))}?version=non-versioned"
    assert server.ask("GET", place).status == 404
    body = {
        "fields": fields,
        "block_type_id": type_.json["id"],
        "capabilities": [],
        "version": "non-versioned",
    }
    schema = server.ask("POST", "/block_schemas/", body)
    assert schema.status == 201
    assert server.ask("GET", place).json == schema.json
    return {"block_type_id": type_.json["id"], "block_schema_id": schema.json["id"]}


def test_a_client_registers_a_class_saves_overwrites_and_loads(server, slug):
    ids = registered(server, slug)
    body = {"name": "db", "data": {"user": "u", "password": "p1"}, "is_anonymous": False, **ids}
    made = server.ask("POST", "/block_documents/", body)
    assert (made.status, made.json["data"]) == (201, {"user": "u", "password": "********"})
    assert server.ask("POST", "/block_documents/", body).status == 409

    by_name = f"/block_types/slug/{slug}/block_documents/name/db"
    loaded = server.ask("GET", f"{by_name}?include_secrets=true").json
    assert loaded["data"] == {"user": "u", "password": "p1"}
    assert loaded["block_schema"]["fields"]["title"] == "Login"
    assert loaded["block_schema"]["block_type"]["slug"] == loaded["block_type"]["slug"] == slug
    assert server.ask("GET", by_name).json["data"]["password"] == "********"

    change = {"block_schema_id": ids["block_schema_id"], "data": {"user": "u", "password": "p2"}}
    one = f"/block_documents/{made.json['id']}"
    assert server.ask("PATCH", one, change).status == 204
    assert server.ask("GET", f"{one}?include_secrets=true").json["data"]["password"] == "p2"
    assert server.ask("POST", f"{one}/reveal").json["data"]["password"] == "p2"
    assert server.ask("DELETE", one).status == 204
    assert server.ask("GET", one).status == 404


def test_a_saved_block_is_a_part_of_another(server, slug):
    ids = registered(server, slug)
    body = {"name": "inner", "data": {"user": "u", "password": "p"}, **ids}
    inner = server.ask("POST", "/block_documents/", body).json
    data = {"user": {"$ref": {"block_document_id": inner["id"]}}}
    outer = server.ask("POST", "/block_documents/", {"name": "outer", "data": data, **ids}).json
    assert outer["data"] == {"user": {"user": "u", "password": "********"}}
    told = outer["block_document_references"]["user"]["block_document"]
    assert (told["id"], told["name"], told["block_type"]["slug"]) == (inner["id"], "inner", slug)
    assert (told["is_anonymous"], told["block_document_references"]) == (False, {})


def test_what_every_server_knows_is_there_from_the_start(server):
    found = server.ask("POST", "/block_types/filter", {}).json
    known = {each["slug"]: each["is_protected"] for each in found}
    assert {name: known[name] for name in ("secret", "webhook", "slack-webhook")} == {
        "secret": True,
        "webhook": True,
        "slack-webhook": False,
    }
    assert "notify" in server.ask("GET", "/block_capabilities/").json
    assert server.ask("POST", "/block_types/install_system_block_types").status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Not Plain"}, "name"),
        ({}, "name"),
        ({"name": "x", "data": {"password": "********"}}, "password"),
        ({"name": "x", "data": {"user": {"$ref": {"block_document_id": "7"}}}}, "block_document_id"),
        ({"name": "x", "data": {"user": {"$ref": {"block_document_id": str(uuid4())}}}}, "user"),
        ({"name": "x", "colour": "red"}, None),
    ],
)
def test_what_does_not_fit_is_refused(server, slug, body, field):
    refused = server.ask("POST", "/block_documents/", registered(server, slug) | body)
    assert refused.status == 422
    assert field is None or refused.json["field"] == field


def test_events_tell_that_a_block_was_made_and_not_what_is_secret(server, slug):
    ids = registered(server, slug)
    body = {"name": "told", "data": {"user": "u", "password": "hush-hush"}, **ids}
    id = server.ask("POST", "/block_documents/", body).json["id"]
    which = {"resource": {"id": [f"prefect.block-document.{id}"]}}
    (event,) = server.ask("POST", "/events/filter", {"filter": which}).json["events"]
    assert (event["event"], event["payload"]["data"]) == ("prefect.block-document.created", {"user": "u"})
    assert b"hush" not in server.ask("POST", "/events/filter", {}).body


def test_only_admins_and_runs_may_ask_for_secrets():
    allowed = {role for role in Role if may(role, "block_documents:reveal")}
    assert allowed == {Role.ADMIN, Role.RUN}


def test_secrets_are_not_asked_for_without_end(tmp_path):
    with ServerProcess(tmp_path / "home") as server:
        path = f"/block_documents/{uuid4()}/reveal"
        statuses = [server.ask("POST", path).status for _ in range(20)]
        assert statuses == [404] * 20
        refused = [server.ask("POST", path) for _ in range(20)]
        [first] = [each for each in refused if each.status == 429][:1]
        assert (first.json["code"], first.headers["retry-after"]) == ("too-many-requests", "1")
        assert server.ask("GET", f"/block_documents/{uuid4()}?include_secrets=true").status == 404
