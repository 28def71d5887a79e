"""The audit log: what becomes a row, what it says, and that nothing of it can be changed unseen."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace
from tests.ops.world import DEFAULT_LIMITS

from penstock.contract.audit import AuditQuery
from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.flow_runs import SetFlowRunState
from penstock.contract.flows import FlowCreate
from penstock.contract.permissions import ROLES_BY_ACTION, Role
from penstock.contract.registry import ENDPOINTS
from penstock.contract.variables import VariableCreate, VariableUpdate
from penstock.db.security_tables import audit_head, audit_log
from penstock.domain.audit import AuditEntry, Chain
from penstock.domain.audit_masks import MOST_BYTES, bounded, looks_secret, masked
from penstock.domain.errors import AlreadyExists, InvalidInput
from penstock.domain.states import StateCreate, StateType
from penstock.server.auditing import Deed, add
from penstock.server.caller import Caller
from penstock.server.denials import Denials
from penstock.server.services.retention import Retention

ANN = Caller(principal="ann", role=Role.AUTHOR, origin="ui", address="10.0.0.7", key=uuid4())


def rows(world, **query):
    """The log, the oldest first."""
    page = world.call("read_audit_log", body=AuditQuery(newest_first=False, **query))
    return page.rows


def verdict(world):
    return world.call("verify_audit_log")


def variable(world, name="v", value=1, caller=ANN):
    return world.call("create_variable", caller, body=VariableCreate(name=name, value=value))


def test_a_change_is_a_row_that_says_who_and_what(world):
    made = variable(world)
    [row] = rows(world)
    assert (row.sequence, row.occurred, row.outcome) == (1, world.now, "done")
    assert (row.principal, row.role, row.api_key_id) == ("ann", Role.AUTHOR, ANN.key)
    assert (row.address, row.origin) == ("10.0.0.7", "ui")
    assert (row.action, row.operation) == ("variables:create", "create_variable")
    assert row.subject == {"id": str(made.id)}
    assert row.said["body"]["name"] == "v" and row.said["body"]["value"] == 1
    assert verdict(world).is_whole


def test_what_was_not_done_is_no_row(world):
    variable(world)
    with pytest.raises(AlreadyExists):
        variable(world)
    assert len(rows(world)) == 1


def test_reads_are_no_rows(world):
    variable(world)
    world.call("read_variable_by_name", ANN, name="v")
    world.call("read_audit_log", ANN, body=AuditQuery())
    assert [row.operation for row in rows(world)] == ["create_variable"]


def test_what_was_there_already_is_no_row(world):
    for _ in range(3):
        world.call("create_flow", ANN, body=FlowCreate(name="etl"))
    assert [row.operation for row in rows(world)] == ["create_flow"]


def told(world, caller, state, **given):
    """Whether a state that a caller sets is a row."""
    run = world.own_run(holder=None)
    before = len(rows(world))
    body = SetFlowRunState(state=StateCreate(type=state), **given)
    world.call("set_flow_run_state", caller, id=run.id, body=body)
    return len(rows(world)) > before


def test_states_that_people_set_are_rows_and_those_of_runs_are_not(world):
    by_rest = replace(ANN, origin="rest")
    by_run = replace(ANN, role=Role.RUN, origin="sdk")
    by_worker = replace(ANN, role=Role.WORKER, origin="worker")
    assert told(world, ANN, StateType.RUNNING)
    assert told(world, replace(ANN, origin="cli"), StateType.CANCELLED)
    assert told(world, by_rest, StateType.CANCELLED)
    assert told(world, by_rest, StateType.COMPLETED, force=True)
    assert not told(world, by_rest, StateType.RUNNING), "its client runs it"
    assert not told(world, by_run, StateType.RUNNING)
    assert not told(world, by_worker, StateType.CRASHED)


def test_runs_that_people_start_are_rows_and_those_of_runs_are_not(world):
    world.pool()
    deployment = world.deployment()
    before = len(rows(world))
    body = DeploymentFlowRunCreate(parameters={"password": "hidden", "n": 1})
    made = world.call("create_flow_run_from_deployment", ANN, id=deployment.id, body=body)
    by_run = replace(ANN, role=Role.RUN, origin="sdk")
    world.call("create_flow_run_from_deployment", by_run, id=deployment.id, body=DeploymentFlowRunCreate())
    [row] = rows(world)[before:]
    assert row.said["body"]["parameters"] == {"password": "********", "n": 1}
    assert row.subject == {"id": str(deployment.id), "made": str(made.value.id)}


def test_every_endpoint_that_changes_something_is_audited_or_says_why_not():
    """What is volume, or changes nothing; a new endpoint is audited unless it is put here on purpose."""
    never = {
        name
        for name, endpoint in ENDPOINTS.items()
        if endpoint.audited == "never" and not endpoint.action.endswith((":read", ":probe"))
    }
    assert never == {
        "acquire_slots",
        "check_automation",
        "claim_flow_runs",
        "claim_served_flow_runs",
        "create_events",
        "create_logs",
        "create_saved_search",
        "decrement_slots",
        "decrement_slots_with_lease",
        "decrement_tag_slots",
        "delete_view",
        "end_run_token",
        "hold_slots",
        "increment_slots",
        "increment_slots_with_lease",
        "increment_tag_slots",
        "preview_action",
        "receive_webhook",
        "record_task_runs",
        "renew_lease",
        "renew_slot_lease",
        "report_launch",
        "save_view",
        "test_automation",
        "validate_automation_template",
        "validate_template",
        "worker_heartbeat",
    }
    audited = {name for name, endpoint in ENDPOINTS.items() if endpoint.audited == "secrets"}
    asks = {"include_secrets"}
    for name in audited:
        endpoint = ENDPOINTS[name]
        named = {parameter.name for parameter in endpoint.query_params}
        named |= set(getattr(endpoint.body.type, "__struct_fields__", ())) if endpoint.body else set()
        assert asks <= named, name
    assert ROLES_BY_ACTION["audit:read"] == {Role.ADMIN}


def test_every_way_to_a_secret_in_the_clear_is_audited():
    for name, endpoint in ENDPOINTS.items():
        named = {parameter.name for parameter in endpoint.query_params}
        if "include_secrets" in named or name.startswith("reveal"):
            assert endpoint.audited != "never", name


@pytest.mark.parametrize(
    "column",
    ["principal", "action", "said", "subject", "outcome", "address", "occurred", "hash", "operation"],
)
def test_a_row_that_was_changed_shows(world, column):
    for number in range(5):
        variable(world, f"v{number}")
    changed = world.now + timedelta(days=1) if column == "occurred" else "forged"
    if column == "hash":
        changed = "0" * 64
    change(world, audit_log.update().where(audit_log.c.sequence == 3).values({column: changed}))
    found = verdict(world)
    assert not found.is_whole and found.broken_at == 3, found


def change(world, statement):
    """Change the log behind the server's back."""
    world.store.write(lambda tx: tx.execute(statement))


@pytest.mark.parametrize(("gone", "broken"), [(1, 1), (3, 3), (5, 5)])
def test_a_row_that_was_taken_out_shows(world, gone, broken):
    for number in range(5):
        variable(world, f"v{number}")
    change(world, audit_log.delete().where(audit_log.c.sequence == gone))
    found = verdict(world)
    assert not found.is_whole and found.broken_at == broken, found
    assert "missing" in found.reason


def test_the_whole_log_that_was_taken_out_shows(world):
    variable(world)
    change(world, audit_log.delete())
    assert verdict(world).broken_at == 1


def test_rows_that_were_exchanged_show(world):
    for number in range(3):
        variable(world, f"v{number}")
    sequence = audit_log.c.sequence
    for old, new in ((2, 99), (3, 2), (99, 3)):
        change(world, audit_log.update().where(sequence == old).values(sequence=new))
    assert verdict(world).broken_at == 2


def test_an_empty_log_is_whole(world):
    found = verdict(world)
    assert found.is_whole and (found.rows, found.first, found.last) == (0, None, None)


def test_what_is_too_old_goes_and_the_rest_can_still_be_verified(world):
    for number in range(6):
        variable(world, f"v{number}")
        world.clock.now += timedelta(days=100)
    limits = replace(DEFAULT_LIMITS, audit_retention=timedelta(days=365), vacuum_batch=2)
    retention = Retention(world.store.db, limits)
    while world.store.run(retention.run_once()).done:
        continue
    left = [row.sequence for row in rows(world)]
    assert left == [4, 5, 6], left
    found = verdict(world)
    assert found.is_whole and (found.rows, found.first, found.last) == (3, 4, 6)
    change(world, audit_log.delete().where(audit_log.c.sequence == 4))
    assert verdict(world).broken_at == 4
    change(world, audit_head.update().values(removed_sequence=4))
    assert not verdict(world).is_whole


def test_many_at_once_make_one_chain_without_gaps(served_world):
    world = served_world

    async def all_of_them():
        deed = Deed(action="variables:create", operation="create_variable")
        await asyncio.gather(*(world.store.db.write(lambda tx: add(tx, ANN, deed)) for _ in range(60)))

    world.store.run(all_of_them())
    found = verdict(world)
    assert found.is_whole and found.rows == 60


def test_two_servers_make_one_chain(postgres_world):
    world = postgres_world

    async def both():
        other = world.store.open()
        await other.start()
        deed = Deed(action="variables:create", operation="create_variable")
        try:
            await asyncio.gather(
                *(
                    db.write(lambda tx, by=by: add(tx, replace(ANN, principal=by), deed))
                    for _ in range(30)
                    for db, by in ((world.store.db, "one"), (other, "two"))
                )
            )
        finally:
            await other.close()

    world.store.run(both())
    found = verdict(world)
    assert found.is_whole and found.rows == 60
    assert len(rows(world, principal="one")) == len(rows(world, principal="two")) == 30


def test_pages_follow_one_another_in_both_directions(world):
    for number in range(7):
        variable(world, f"v{number}")
    for newest_first in (True, False):
        seen, cursor = [], None
        while True:
            query = AuditQuery(limit=3, newest_first=newest_first, cursor=cursor)
            page = world.call("read_audit_log", body=query)
            seen += [row.sequence for row in page.rows]
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == sorted(range(1, 8), reverse=newest_first)
    with pytest.raises(InvalidInput):
        world.call("read_audit_log", body=AuditQuery(cursor="x"))


@pytest.mark.parametrize("text", ["%", "_", "\\", '"', "x" * 1_000, "", "🦉"])
def test_odd_texts_are_looked_for_and_not_found(world, text):
    variable(world)
    for name in ("principal", "action", "subject"):
        assert rows(world, **{name: text}) == [], (name, text)


def test_what_no_row_can_hold_is_refused(world):
    for name in ("principal", "action"):
        with pytest.raises(InvalidInput):
            rows(world, **{name: "a\0b"})
    assert rows(world, subject="a\0b") == []


def test_a_cursor_that_nobody_gave_is_refused(world):
    for sequence in (-1, 2**63, 10**40, "1"):
        packed = msgspec.json.encode(["audit", {"sequence": sequence}])
        cursor = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        with pytest.raises(InvalidInput):
            rows(world, cursor=cursor)


def test_rows_are_found_by_who_what_whom_and_when(world):
    first = variable(world, "one")
    world.clock.now += timedelta(hours=1)
    bob = replace(ANN, principal="bob")
    world.call("update_variable", bob, id=first.id, body=VariableUpdate(value=2))
    world.call("create_flow", bob, body=FlowCreate(name="f"))
    found = {
        "principal": rows(world, principal="bob"),
        "action": rows(world, action="variables:create"),
        "noun": rows(world, action="variables:"),
        "subject": rows(world, subject=str(first.id)),
        "since": rows(world, since=world.now),
        "until": rows(world, until=world.now),
        "outcome": rows(world, outcome="refused"),
    }
    assert {name: [row.sequence for row in each] for name, each in found.items()} == {
        "principal": [2, 3],
        "action": [1],
        "noun": [1, 2],
        "subject": [1, 2],
        "since": [2, 3],
        "until": [1],
        "outcome": [],
    }


def test_refusals_are_rows_but_not_each(world):
    now = [0.0]
    denials = Denials(lambda: now[0])
    viewer = replace(ANN, role=Role.VIEWER, principal="eve")

    def refuse():
        world.store.run(denials.tell(world.store.db, viewer, "variables:create", "create_variable"))

    for _ in range(50):
        refuse()
    now[0] += 11.0
    refuse()
    found = rows(world, principal="eve", outcome="refused")
    assert [row.said for row in found] == [{"refused": 1}, {"refused": 50}]
    assert verdict(world).is_whole


def test_odd_texts_are_kept_and_verified(world):
    for text in ("ünïcødé 🦉", "a\u0000b", '"\\', "x" * 10_000, ""):
        caller = replace(ANN, principal=text.replace("\0", ""))
        world.store.run(
            world.store.db.write(
                lambda tx, caller=caller, text=text: add(
                    tx,
                    caller,
                    Deed(action="a:b", operation="c", subject={"name": text}, said={"t": text, "f": 1e300}),
                )
            )
        )
    found = verdict(world)
    assert found.is_whole and found.rows == 5
    assert rows(world)[1].subject == {"name": "a\0b"}


def test_secrets_are_masked_by_their_names_and_places():
    given = {
        "password": "p",
        "nested": [{"api_key": "k", "plain": 1}],
        "env": {"AWS_SECRET_ACCESS_KEY": "s", "LEVEL": "3"},
        "name": "db-password",
        "value": {"x": "y"},
        "url": "postgresql://me:pw@host/db",
        "idempotency_key": "i",
        "is_secret": True,
    }
    assert masked(given) == {
        "password": "********",
        "nested": [{"api_key": "********", "plain": 1}],
        "env": {"AWS_SECRET_ACCESS_KEY": "********", "LEVEL": "3"},
        "name": "db-password",
        "value": "********",
        "url": "postgresql://********@host/db",
        "idempotency_key": "i",
        "is_secret": True,
    }
    assert masked({"data": {"a": {"b": "secret"}, "c": None}}, {"data"}) == {
        "data": {"a": {"b": "********"}, "c": None}
    }
    assert given["password"] == "p", "what is worked with stays as it is"
    assert looks_secret("Authorization") and not looks_secret("parameters")


@pytest.mark.parametrize(
    "large",
    [
        {"text": "x" * 1_000_000},
        {"list": list(range(100_000))},
        {f"k{number}": number for number in range(10_000)},
        {"deep": [[[[[[[[[["x" * 5_000]]]]]]]]]]},
        {f"k{number}": ["y" * 300] * 30 for number in range(50)},
    ],
    ids=["text", "list", "map", "deep", "wide"],
)
def test_what_is_large_is_cut(large):
    assert len(bounded(large).encode()) <= MOST_BYTES


def test_a_hash_is_over_all_that_a_row_says():
    entry = AuditEntry(
        sequence=1,
        occurred=datetime(2026, 1, 1, tzinfo=UTC),
        principal="a",
        role="admin",
        action="b:c",
        operation="d",
    )
    hashes = {entry.hash_after("")}
    for change in (
        {"sequence": 2},
        {"principal": "b"},
        {"role": "viewer"},
        {"said": "{}"},
        {"subject": "[]"},
        {"outcome": "refused"},
        {"api_key_id": uuid4()},
        {"address": "x"},
        {"origin": "y"},
    ):
        hashes.add(replace(entry, **change).hash_after(""))
    hashes.add(entry.hash_after("before"))
    assert len(hashes) == 11
    assert Chain().follow(entry, entry.hash_after("")) is None
