"""Blocks on each database: what is kept, what is shown, and what becomes of secrets."""

import asyncio
import logging
import sys
from uuid import uuid4

import pytest
from msgspec.structs import replace
from tests.ops.world import World

from penstock.contract.block_documents import (
    BlockDocumentCreate,
    BlockDocumentCriteria,
    BlockDocumentQuery,
    BlockDocumentSort,
    BlockDocumentUpdate,
)
from penstock.contract.block_schemas import BlockSchemaCreate, BlockSchemaQuery
from penstock.contract.block_types import BlockTypeCreate, BlockTypeQuery, BlockTypeUpdate
from penstock.contract.events import EventQuery
from penstock.contract.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter
from penstock.contract.operators import Equals, Like, TextIn, TextInOrLike, TextsAll
from penstock.contract.permissions import Role
from penstock.db.block_tables import block_documents
from penstock.db.statements import blocks as statements
from penstock.domain.blocks import MASK
from penstock.domain.errors import AlreadyExists, Conflict, InvalidInput, NotFound, PermissionDenied
from penstock.server import blocks, known_blocks
from penstock.server.caller import Caller
from penstock.server.limits import Limits
from penstock.server.secrets.keys import ServerKey
from penstock.server.secrets.sealing import NotEncrypted
from penstock.settings.tree import Secret

SETTING = "server.encryption_key"
KEY, OTHER_KEY = (ServerKey(secret=Secret(letter * 32), setting=SETTING) for letter in "ko")
LIMITS = Limits(block_key=KEY)
FIELDS = {
    "properties": {"token": {"type": "string"}, "headers": {"type": "object"}, "n": {"type": "integer"}},
    "secret_fields": ["token", "headers.*", "inner.password"],
}


class Shelf(World):
    """A world with a type of blocks."""

    def __init__(self, store):
        super().__init__(store, LIMITS)
        self.type = self.type_of("service")
        self.schema = self.schema_of(self.type)

    def call(self, *args, **given):
        self.clock.advance(seconds=1)
        return super().call(*args, **given)

    def type_of(self, slug):
        return self.call("create_block_type", body=BlockTypeCreate(name=slug.title(), slug=slug))

    def schema_of(self, type_, fields=FIELDS, **more):
        more.setdefault("capabilities", ["notify", "call"])
        made = BlockSchemaCreate(block_type_id=type_.id, fields={**fields, "title": type_.slug}, **more)
        return self.call("create_block_schema", body=made)

    def make(self, name="one", *, schema=None, **data):
        schema = schema or self.schema
        body = BlockDocumentCreate(
            name=name, data=data, block_schema_id=schema.id, block_type_id=schema.block_type_id
        )
        return self.call("create_block_document", body=body)

    def update(self, id, *, merge=True, schema=None, caller=None, **data):
        body = BlockDocumentUpdate(data=data, merge_existing_data=merge, block_schema_id=schema)
        self.call("update_block_document", caller, id=id, body=body)

    def shown(self, id):
        return self.call("read_block_document", id=id, include_secrets=False).data

    def revealed(self, id, caller=None):
        return self.call("reveal_block_document", caller, id=id).data

    def stored(self, id):
        return self.store.read(lambda tx: tx.fetch_one(statements.by_id(block_documents), {"row_id": id}))

    def as_(self, role):
        return Caller(principal="bob", role=role, origin="rest", limits=self.limits)

    def with_key(self, key):
        return replace(self.me, limits=replace(self.limits, block_key=key))

    def names(self, **query):
        return [each.name for each in self.call("read_block_documents", body=BlockDocumentQuery(**query))]

    def events(self):
        page = self.call("read_events", body=EventQuery())
        return [event for event in page.events if event.event.startswith("prefect.block-")]


@pytest.fixture
def shelf(store):
    return Shelf(store)


@pytest.fixture
def sqlite_shelf(sqlite_server):
    return Shelf(sqlite_server)


def test_secrets_are_masked_shown_to_who_asks_and_nowhere_in_the_database(shelf):
    made = shelf.make(token="hush-hush", headers={"X-Token": "quiet", "X-None": None}, n=3)
    masked = {"token": MASK, "headers": {"X-Token": MASK, "X-None": None}, "n": 3}
    assert made.data == shelf.shown(made.id) == masked
    assert shelf.revealed(made.id) == {
        "token": "hush-hush",
        "headers": {"X-Token": "quiet", "X-None": None},
        "n": 3,
    }
    row = shelf.stored(made.id)
    assert row["data"] == {"token": None, "headers": {"X-Token": None, "X-None": None}, "n": 3}
    assert "hush" not in repr(row)
    assert "quiet" not in repr(row)
    assert len(row["key_id"]) == 16


def test_the_same_secret_is_stored_otherwise_each_time(sqlite_shelf):
    first, second = (sqlite_shelf.make(name, token="hush") for name in ("a", "b"))
    sealed = [sqlite_shelf.stored(each.id)["sealed"] for each in (first, second)]
    assert sealed[0] != sealed[1]


def test_what_has_no_secrets_needs_no_key(sqlite_shelf):
    keyless = sqlite_shelf.with_key(ServerKey(setting=SETTING))
    body = BlockDocumentCreate(
        name="open",
        data={"n": 1, "token": None},
        block_schema_id=sqlite_shelf.schema.id,
        block_type_id=sqlite_shelf.type.id,
    )
    made = sqlite_shelf.call("create_block_document", keyless, body=body)
    assert sqlite_shelf.revealed(made.id, keyless) == {"n": 1, "token": None}
    body.data, body.name = {"token": "hush"}, "shut"
    with pytest.raises(NotEncrypted, match="no key") as caught:
        sqlite_shelf.call("create_block_document", keyless, body=body)
    assert SETTING in caught.value.hint
    assert sqlite_shelf.names() == ["open"]


def test_a_mask_leaves_the_secret_as_it_is(shelf):
    made = shelf.make(token="hush", headers={"A": "1", "B": "2"}, n=3)
    shelf.update(made.id, **shelf.shown(made.id) | {"n": 4})
    assert shelf.revealed(made.id) == {"token": "hush", "headers": {"A": "1", "B": "2"}, "n": 4}
    shelf.update(made.id, headers={"A": MASK, "C": "3"})
    assert shelf.revealed(made.id) == {"token": "hush", "headers": {"A": "1", "C": "3"}, "n": 4}
    shelf.update(made.id, merge=False, token="**********")  # as pydantic masks
    assert shelf.revealed(made.id) == {"token": "hush"}
    shelf.update(made.id, token="new")
    assert shelf.revealed(made.id) == {"token": "new"}


@pytest.mark.parametrize("data", [{"headers": {"New": MASK}}, {"token": {"a": 1}, "headers": MASK}])
def test_a_mask_that_stands_for_nothing_is_refused(sqlite_shelf, data):
    made = sqlite_shelf.make(token="hush")
    with pytest.raises(InvalidInput, match="stands for a secret") as caught:
        sqlite_shelf.update(made.id, **data)
    assert caught.value.field.startswith("headers")
    with pytest.raises(InvalidInput, match="stands for a secret"):
        sqlite_shelf.make("two", **data)
    assert sqlite_shelf.revealed(made.id) == {"token": "hush"}


def test_another_key_is_told_and_loses_nothing(shelf):
    made = shelf.make(token="hush", n=3)
    stranger = shelf.with_key(OTHER_KEY)
    with pytest.raises(Conflict, match="were encrypted with the key") as caught:
        shelf.revealed(made.id, stranger)
    assert SETTING in caught.value.hint
    with pytest.raises(Conflict, match="were encrypted with the key"):
        shelf.update(made.id, caller=stranger, n=4)
    with pytest.raises(Conflict, match="were encrypted with the key"):
        shelf.update(made.id, caller=stranger, token=MASK)
    assert shelf.call("read_block_document", stranger, id=made.id, include_secrets=False).data["n"] == 3
    assert shelf.revealed(made.id) == {"token": "hush", "n": 3}
    # Who has the secret may set it anew.
    shelf.update(made.id, caller=stranger, token="hush2")
    assert shelf.revealed(made.id, stranger) == {"token": "hush2", "n": 3}


def test_a_key_is_rotated_for_all_or_for_none(shelf):
    made = [shelf.make(name, token=name * 8) for name in ("a", "b")]
    shelf.make("open", n=1)
    lost = shelf.make("lost", token="hush")
    newer = shelf.with_key(replace(OTHER_KEY, previous=KEY.secret))
    assert shelf.revealed(made[0].id, newer) == {"token": "a" * 8}
    stranger = block_documents.update().where(block_documents.c.id == lost.id).values(key_id="0" * 16)
    shelf.store.write(lambda tx: tx.execute(stranger))
    with pytest.raises(Conflict, match="0000000000000000"):
        shelf.call("rotate_encryption_key", newer)
    assert shelf.revealed(made[1].id) == {"token": "b" * 8}

    shelf.call("delete_block_document", id=lost.id)
    done = shelf.call("rotate_encryption_key", newer)
    assert (done.rotated, done.key_id) == (2, shelf.stored(made[0].id)["key_id"])
    assert shelf.call("rotate_encryption_key", newer).rotated == 0
    assert [shelf.revealed(each.id, shelf.with_key(OTHER_KEY))["token"] for each in made] == [
        "a" * 8,
        "b" * 8,
    ]
    with pytest.raises(Conflict, match="were encrypted with the key"):
        shelf.revealed(made[0].id)


def test_what_was_copied_from_another_row_is_not_opened(sqlite_shelf):
    first, second = (sqlite_shelf.make(name, token=name * 8) for name in ("a", "b"))
    stolen = sqlite_shelf.stored(first.id)["sealed"]
    change = block_documents.update().where(block_documents.c.id == second.id).values(sealed=stolen)
    sqlite_shelf.store.write(lambda tx: tx.execute(change))
    with pytest.raises(Conflict, match="damaged, or were copied"):
        sqlite_shelf.revealed(second.id)


def test_a_key_that_is_too_short_is_refused(sqlite_shelf):
    short = sqlite_shelf.with_key(ServerKey(secret=Secret("short"), setting=SETTING))
    made = sqlite_shelf.make(n=1)
    with pytest.raises(NotEncrypted, match="5 characters"):
        sqlite_shelf.update(made.id, caller=short, token="x")


def test_without_what_encrypts_no_secret_is_stored(sqlite_shelf, without_cryptography):
    with pytest.raises(NotEncrypted, match="not installed") as caught:
        sqlite_shelf.make(token="hush")
    assert "pip install 'penstock[secrets]'" in caught.value.hint
    assert sqlite_shelf.names() == []
    assert sqlite_shelf.make(n=1).data == {"n": 1}


@pytest.fixture
def without_cryptography(monkeypatch):
    """An installation that lacks the library: the import system finds nothing by its name."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.WORKER])
def test_secrets_are_shown_to_admins_and_runs_alone(sqlite_shelf, role):
    made = sqlite_shelf.make(token="hush")
    someone = sqlite_shelf.as_(role)
    for name, arguments in [
        ("read_block_document", {"id": made.id, "include_secrets": True}),
        ("read_block_documents_of_type", {"slug": "service", "include_secrets": True}),
        (
            "read_block_document_by_name",
            {"slug": "service", "block_document_name": "one", "include_secrets": True},
        ),
        ("read_block_documents", {"body": BlockDocumentQuery(include_secrets=True)}),
    ]:
        with pytest.raises(PermissionDenied, match="block_documents:reveal"):
            sqlite_shelf.call(name, someone, **arguments)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RUN])
def test_who_sees_secrets_is_logged(sqlite_shelf, role, caplog):
    inner = sqlite_shelf.make("inner", token="hush")
    made = sqlite_shelf.make("outer", part={"$ref": {"block_document_id": str(inner.id)}})
    caplog.set_level(logging.INFO, logger="penstock.server")
    assert sqlite_shelf.revealed(made.id, sqlite_shelf.as_(role)) == {"part": {"token": "hush"}}
    assert [record.getMessage() for record in caplog.records] == [
        "bob asks for the secrets of the block service/inner."
    ]
    assert "hush" not in caplog.text


def test_a_document_stands_where_another_refers_to_it(shelf):
    inner = shelf.make("inner", token="hush", n=1)
    refers = {"$ref": {"block_document_id": str(inner.id)}}
    outer = shelf.make("outer", part=refers, deep={"er": refers}, listed=[refers])
    assert outer.data == {
        "part": {"token": MASK, "n": 1},
        "deep": {"er": {"token": MASK, "n": 1}},
        "listed": [refers],
    }
    assert shelf.revealed(outer.id)["deep"] == {"er": {"token": "hush", "n": 1}}
    told = outer.block_document_references["deep.er"]["block_document"]
    assert (told["name"], told["block_type"]["slug"]) == ("inner", "service")
    assert outer.block_document_references.keys() == {"part", "deep.er"}

    shelf.call("delete_block_document", id=inner.id)
    assert shelf.shown(outer.id) == {"deep": {}, "listed": [refers]}


def test_sending_back_what_was_shown_keeps_the_reference(sqlite_shelf):
    inner = sqlite_shelf.make("inner", token="hush", n=1)
    outer = sqlite_shelf.make("outer", inner={"$ref": {"block_document_id": str(inner.id)}}, n=1)
    sqlite_shelf.update(outer.id, **sqlite_shelf.shown(outer.id) | {"n": 2})
    sqlite_shelf.update(inner.id, token="new")
    assert sqlite_shelf.revealed(outer.id) == {"inner": {"token": "new", "n": 1}, "n": 2}
    with pytest.raises(InvalidInput, match=r"inner\.password"):
        sqlite_shelf.update(outer.id, inner={"user": "eve", "password": MASK})


def test_nothing_refers_to_what_is_not_there_or_to_itself(sqlite_shelf):
    with pytest.raises(InvalidInput, match="not there"):
        sqlite_shelf.make(part={"$ref": {"block_document_id": str(uuid4())}})
    first = sqlite_shelf.make("first", n=1)
    second = sqlite_shelf.make("second", part={"$ref": {"block_document_id": str(first.id)}})
    for id in (first.id, second.id):
        with pytest.raises(InvalidInput, match="part of itself"):
            sqlite_shelf.update(first.id, part={"$ref": {"block_document_id": str(id)}})
    assert sqlite_shelf.shown(first.id) == {"n": 1}


def test_what_refers_very_deep_is_shown_as_far_as_it_goes(sqlite_shelf):
    last = None
    for number in range(14):
        part = {"part": {"$ref": {"block_document_id": str(last.id)}}} if last else {}
        last = sqlite_shelf.make(f"b{number}", n=number, **part)
    data, depth = sqlite_shelf.shown(last.id), 0
    while "part" in data:
        data, depth = data["part"], depth + 1
    assert depth == 10


def test_what_refers_very_often_is_shown_as_far_as_is_bearable(sqlite_shelf):
    last = sqlite_shelf.make("b", n=1)
    for number in range(8):
        refers = {"$ref": {"block_document_id": str(last.id)}}
        last = sqlite_shelf.make(f"b{number}", **{f"part{each}": refers for each in range(10)})
    assert repr(sqlite_shelf.shown(last.id)).count("part") < 600


def test_two_who_change_a_document_at_once_lose_nothing_of_one_another(served):
    shelf = Shelf(served)
    made = shelf.make(token="hush", n=0)

    async def change(number):
        body = BlockDocumentUpdate(data={f"n{number}": number, "token": MASK})
        await shelf.acall("update_block_document", id=made.id, body=body)

    async def both():
        await asyncio.gather(*(change(number) for number in range(8)))

    served.run(both())
    assert shelf.revealed(made.id) == {"token": "hush", "n": 0} | {f"n{each}": each for each in range(8)}


def test_names_are_taken_once_per_type(shelf):
    shelf.make("one", n=1)
    with pytest.raises(AlreadyExists, match="'one'"):
        shelf.make("one", n=2)
    other = shelf.schema_of(shelf.type_of("other"))
    shelf.make("one", schema=other, n=3)
    by_name = shelf.call(
        "read_block_document_by_name", slug="other", block_document_name="one", include_secrets=False
    )
    assert (by_name.data, by_name.block_type_name) == ({"n": 3}, "Other")


@pytest.mark.parametrize("name", [None, "", "Big", "a b", "a_b", "ü", "a/b"])
def test_names_are_plain(sqlite_shelf, name):
    with pytest.raises(InvalidInput) as caught:
        sqlite_shelf.make(name, n=1)
    assert caught.value.field == "name"


def test_anonymous_documents_are_listed_where_they_are_asked_for(shelf):
    shelf.make("named", n=1)
    body = BlockDocumentCreate(
        is_anonymous=True, block_schema_id=shelf.schema.id, block_type_id=shelf.type.id, data={"n": 2}
    )
    made = shelf.call("create_block_document", body=body)
    assert made.name == f"anonymous-{made.id}"
    assert shelf.names() == ["named"]
    assert shelf.call("count_block_documents", body=BlockDocumentCriteria()) == 1
    only = BlockDocumentFilter(is_anonymous=Equals(eq_=True))
    assert shelf.names(block_documents=only) == [made.name]
    assert len(shelf.names(block_documents=BlockDocumentFilter(is_anonymous=None))) == 2


def test_documents_are_found_by_name_type_and_capability(shelf):
    other = shelf.schema_of(shelf.type_of("another"), capabilities=["read"])
    shelf.make("alpha", n=1)
    shelf.make("beta", n=1)
    shelf.make("gamma", schema=other, n=1)
    assert shelf.names(block_documents=BlockDocumentFilter(name=TextInOrLike(like_="A"))) == [
        "alpha",
        "beta",
        "gamma",
    ]
    assert shelf.names(block_documents=BlockDocumentFilter(name=TextInOrLike(any_=["beta"]))) == ["beta"]
    assert shelf.names(block_types=BlockTypeFilter(slug=TextIn(any_=["another"]))) == ["gamma"]
    notify = BlockSchemaFilter(block_capabilities=TextsAll(all_=["notify"]))
    assert shelf.names(block_schemas=notify, sort=BlockDocumentSort.NAME_DESC) == ["beta", "alpha"]
    by_type = BlockDocumentSort.BLOCK_TYPE_AND_NAME_ASC
    assert shelf.names(sort=by_type) == ["gamma", "alpha", "beta"]
    assert shelf.names(sort=by_type, offset=1, limit=1) == ["alpha"]
    listed = shelf.call("read_block_documents_of_type", slug="service", include_secrets=False)
    assert [each.name for each in listed] == ["alpha", "beta"]


def test_types_and_schemas_are_found(shelf):
    shelf.schema_of(shelf.type_of("another"), capabilities=["read"])

    def slugs(**query):
        return [each.slug for each in shelf.call("read_block_types", body=BlockTypeQuery(**query))]

    assert slugs() == ["another", "service"]
    assert slugs(block_types=BlockTypeFilter(name=Like(like_="SERV"))) == ["service"]
    reads = BlockSchemaFilter(block_capabilities=TextsAll(all_=["read"]))
    assert slugs(block_schemas=reads) == ["another"]
    found = shelf.call("read_block_schemas", body=BlockSchemaQuery(block_schemas=reads))
    assert [each.block_type.slug for each in found] == ["another"]
    assert shelf.call("read_block_capabilities") == ["call", "notify", "read"]
    assert shelf.call("read_block_type_by_slug", slug="service") == shelf.type
    with pytest.raises(NotFound) as caught:
        shelf.call("read_block_type_by_slug", slug="servic")
    assert "'service'" in caught.value.hint


def test_a_schema_is_found_by_its_checksum_and_version(shelf):
    assert shelf.schema_of(shelf.type) == shelf.schema
    newer = shelf.schema_of(shelf.type, version="2")
    assert newer.checksum == shelf.schema.checksum

    def found(version):
        place = {"checksum": newer.checksum, "version": version}
        return shelf.call("read_block_schema_by_checksum", **place).id

    assert (found("2"), found("non-versioned"), found(None)) == (newer.id, shelf.schema.id, newer.id)
    with pytest.raises(NotFound):
        found("3")
    body = BlockSchemaCreate(block_type_id=shelf.type_of("thief").id, fields=FIELDS | {"title": "service"})
    with pytest.raises(InvalidInput, match="another type"):
        shelf.call("create_block_schema", body=body)


def test_a_document_has_a_schema_of_its_type(sqlite_shelf):
    other = sqlite_shelf.schema_of(sqlite_shelf.type_of("other"))
    body = BlockDocumentCreate(name="x", block_schema_id=other.id, block_type_id=sqlite_shelf.type.id)
    with pytest.raises(InvalidInput, match="another type"):
        sqlite_shelf.call("create_block_document", body=body)
    made = sqlite_shelf.make(n=1)
    with pytest.raises(InvalidInput, match="another type"):
        sqlite_shelf.update(made.id, schema=other.id)
    body.block_schema_id = uuid4()
    with pytest.raises(NotFound):
        sqlite_shelf.call("create_block_document", body=body)


def test_a_new_schema_decides_anew_what_is_secret(shelf):
    made = shelf.make(token="hush", n=3)
    stricter = shelf.schema_of(shelf.type, {"secret_fields": ["token", "n"]}, version="2")
    shelf.update(made.id, schema=stricter.id)
    assert shelf.shown(made.id) == {"token": MASK, "n": MASK}
    assert shelf.revealed(made.id) == {"token": "hush", "n": 3}


def test_a_type_takes_its_documents_along(shelf):
    made = shelf.make(token="hush")
    shelf.call("delete_block_type", id=shelf.type.id)
    with pytest.raises(NotFound):
        shelf.shown(made.id)
    with pytest.raises(NotFound):
        shelf.call("read_block_schema", id=shelf.schema.id)
    assert [event.event for event in shelf.events()][:2] == [
        "prefect.block-type.deleted",
        "prefect.block-document.deleted",
    ]


def test_a_schema_takes_its_documents_along(shelf):
    made = shelf.make(n=1)
    shelf.call("delete_block_schema", id=shelf.schema.id)
    with pytest.raises(NotFound):
        shelf.shown(made.id)
    assert shelf.events()[0].event == "prefect.block-document.deleted"


def test_types_have_plain_slugs_and_names_that_are_not_reserved(sqlite_shelf):
    def make(name, slug):
        sqlite_shelf.call("create_block_type", body=BlockTypeCreate(name=name, slug=slug))

    with pytest.raises(InvalidInput, match="no slug"):
        make("Fine", "Not Fine")
    with pytest.raises(PermissionDenied, match="reserved"):
        make("Prefect Cloud", "cloud")
    with pytest.raises(AlreadyExists, match="'service'"):
        make("Other", "service")


def test_what_is_said_of_a_type_can_be_changed(shelf):
    body = BlockTypeUpdate(description="calls it", logo_url=None)
    shelf.call("update_block_type", id=shelf.type.id, body=body)
    found = shelf.call("read_block_type", id=shelf.type.id)
    assert (found.description, found.name) == ("calls it", "Service")


def test_what_is_known_from_the_start_is_made_once(store):
    world = World(store, LIMITS)
    for _ in range(2):
        store.run(known_blocks.ensure_known(store.db))
    found = {each.slug: each for each in world.call("read_block_types", body=BlockTypeQuery())}
    assert found.keys() == {known.slug for known in known_blocks.KNOWN}
    schemas = world.call("read_block_schemas", body=BlockSchemaQuery())
    assert len(schemas) == len(known_blocks.KNOWN)
    for slug in ("secret", "webhook"):
        with pytest.raises(PermissionDenied, match="stays"):
            world.call("delete_block_type", id=found[slug].id)
    world.call("delete_block_type", id=found["slack-webhook"].id)
    world.call("install_system_block_types")
    again = world.call("read_block_type_by_slug", slug="slack-webhook")
    assert again.id != found["slack-webhook"].id


def test_servers_that_start_together_make_what_is_known_once(served):
    world = World(served, LIMITS)

    async def together():
        await asyncio.gather(*(known_blocks.ensure_known(served.db) for _ in range(5)))

    served.run(together())
    found = [each.slug for each in world.call("read_block_types", body=BlockTypeQuery())]
    assert sorted(found) == sorted(known.slug for known in known_blocks.KNOWN)
    assert len(world.call("read_block_schemas", body=BlockSchemaQuery())) == len(known_blocks.KNOWN)


def test_events_tell_of_documents_and_of_no_secret(shelf):
    inner = shelf.make("inner", token="hush")
    refers = {"$ref": {"block_document_id": str(inner.id)}}
    made = shelf.make("del", token="hush", headers={"A": "quiet"}, n=3, part=refers)
    shelf.update(made.id, n=4)
    shelf.call("delete_block_document", id=made.id)
    told = [event for event in shelf.events() if event.resource["prefect.resource.name"] == "del"]
    assert [event.event for event in reversed(told)] == [
        "prefect.block-document.created",
        "prefect.block-document.updated",
        "prefect.block-document.deleted",
    ]
    event = told[-1]
    assert event.resource["prefect.resource.id"] == f"prefect.block-document.{made.id}"
    assert event.related == [
        {
            "prefect.resource.id": f"prefect.block-type.{shelf.type.id}",
            "prefect.resource.role": "block-type",
            "prefect.resource.name": "Service",
        },
        {
            "prefect.resource.id": f"prefect.block-schema.{shelf.schema.id}",
            "prefect.resource.role": "block-schema",
        },
    ]
    assert event.payload == {
        "name": "del",
        "data": {"headers": {}, "n": 3},
        "block_schema": {
            "capabilities": ["notify", "call"],
            "block_type": {"id": str(shelf.type.id), "name": "Service"},
        },
    }
    assert "hush" not in repr(shelf.events())
    assert "quiet" not in repr(shelf.events())


def test_actions_get_a_block_with_its_secrets(shelf):
    inner = shelf.make("inner", token="hush")
    made = shelf.make("outer", n=1, part={"$ref": {"block_document_id": str(inner.id)}})
    found = shelf.store.read(lambda tx: blocks.block(tx, made.id, KEY))
    assert (found.name, found.type_slug, found.data) == (
        "outer",
        "service",
        {"n": 1, "part": {"token": "hush"}},
    )
    with pytest.raises(NotFound, match="There is no block document"):
        shelf.store.read(lambda tx: blocks.block(tx, uuid4(), KEY))
