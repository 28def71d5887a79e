"""The database knows the rules too, and says which one was broken in the same words everywhere."""

from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.db.rows import add_flow, add_lease, add_run, count_flows, lease

from penstock.db.errors import (
    CheckViolation,
    DatabaseError,
    ForeignKeyViolation,
    NotNullViolation,
    UniqueViolation,
)
from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.tables import flow_run_states, flow_runs, job_specs, leases, logs, task_runs


def refusal(store, kind, body):
    with pytest.raises(kind) as refused:
        store.write(body)
    return refused.value.constraint


def test_unique_names_are_told_by_constraint(store):
    async def body(tx):
        await add_flow(tx, "a")
        await add_flow(tx, "a")

    assert refusal(store, UniqueViolation, body) == "uq_flows_name"


def test_primary_keys_too(store):
    async def body(tx):
        id = await add_flow(tx, "a")
        await add_flow(tx, "b", id=id)

    assert refusal(store, UniqueViolation, body) == "pk_flows"


def test_idempotency_keys_are_unique_within_a_flow(store):
    async def twice(tx):
        flow_id = await add_flow(tx, "a")
        await add_run(tx, flow_id, idempotency_key="k")
        await add_run(tx, flow_id, idempotency_key="k")

    async def two_flows_and_none(tx):
        for name in ("a", "b"):
            flow_id = await add_flow(tx, name)
            await add_run(tx, flow_id, idempotency_key="k")
            await add_run(tx, flow_id)
            await add_run(tx, flow_id)

    assert refusal(store, UniqueViolation, twice) == "uq_flow_runs_flow_id_idempotency_key"
    store.write(two_flows_and_none)


def test_a_run_has_one_owner(store):
    async def two_owners(tx):
        run_id = await add_run(tx, await add_flow(tx, "a"))
        await add_lease(tx, run_id, "claim")
        await add_lease(tx, run_id, "run")

    async def owner_and_slots(tx):
        run_id = await add_run(tx, await add_flow(tx, "a"))
        for kind in ("run", "slot", "slot"):
            await add_lease(tx, run_id, kind)

    assert refusal(store, UniqueViolation, two_owners) == "uq_leases_owner"
    store.write(owner_and_slots)


def test_a_history_has_each_place_once(store):
    async def body(tx):
        run_id = await add_run(tx, await add_flow(tx, "a"))
        await tx.execute(
            flow_run_states.insert(),
            {
                "flow_run_id": run_id,
                "sequence": 1,
                "id": uuid4(),
                "type": "PENDING",
                "name": "Pending",
                "timestamp": tx.now,
            },
        )

    assert refusal(store, UniqueViolation, body) == "pk_flow_run_states"


def test_references_must_exist(store):
    constraint = refusal(store, ForeignKeyViolation, lambda tx: add_run(tx, uuid4()))
    assert constraint == (None if store.db.dialect == "sqlite" else "fk_flow_runs_flow_id")


def test_names_are_required(store):
    async def body(tx):
        await add_flow(tx, None)

    assert refusal(store, NotNullViolation, body) == "flows.name"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state_type": "SLEEPING"}, "ck_flow_runs_state_type"),
        ({"state_type": "COMPLETED"}, "ck_flow_runs_ended"),
        ({"next_scheduled_start_time": None}, "ck_flow_runs_due"),
        ({"state_id": None}, "ck_flow_runs_state_whole"),
        ({"state_sequence": 0}, "ck_flow_runs_state_whole"),
        ({"state_name": None}, "ck_flow_runs_state_whole"),
    ],
)
def test_runs_are_whole(store, change, constraint):
    async def body(tx):
        await add_run(tx, await add_flow(tx, "a"), **change)

    assert refusal(store, CheckViolation, body) == constraint


def test_a_run_may_have_no_state_yet(store):
    nothing = dict.fromkeys(["state_id", "state_type", "state_name", "state_timestamp"])

    async def body(tx):
        await add_run(
            tx, await add_flow(tx, "a"), **nothing, state_sequence=0, next_scheduled_start_time=None
        )

    store.write(body)


@pytest.mark.parametrize(
    ("change", "constraint"), [({"kind": "loan"}, "ck_leases_kind"), ({"early": 1}, "ck_leases_expires")]
)
def test_leases_are_sound(store, change, constraint):
    async def body(tx):
        run_id = await add_run(tx, await add_flow(tx, "a"))
        row = lease(tx, run_id) | {key: value for key, value in change.items() if key == "kind"}
        if "early" in change:
            row["expires"] = tx.now.replace(year=2025)
        await tx.execute(leases.insert(), row)

    assert refusal(store, CheckViolation, body) == constraint


async def add_pool(tx, name, **more):
    row = {"id": uuid4(), "created": tx.now, "updated": tx.now, "name": name, "type": "process"}
    await tx.execute(work_pools.insert(), row | more)
    return row["id"]


async def add_queue(tx, pool_id, name, **more):
    row = {"id": uuid4(), "created": tx.now, "updated": tx.now, "name": name, "work_pool_id": pool_id}
    await tx.execute(work_queues.insert(), row | more)
    return row["id"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"concurrency_limit": -1}, "ck_work_pools_concurrency_limit"),
        ({"undeclared": "perhaps"}, "ck_work_pools_undeclared"),
    ],
)
def test_pools_are_sound(store, change, constraint):
    assert refusal(store, CheckViolation, lambda tx: add_pool(tx, "p", **change)) == constraint


def test_queues_are_sound(store):
    async def body(tx):
        await add_queue(tx, await add_pool(tx, "p"), "q", priority=0)

    assert refusal(store, CheckViolation, body) == "ck_work_queues_priority"


def test_what_belongs_to_a_run_goes_with_it_and_what_refers_to_a_queue_stays(store):
    async def fill(tx):
        flow_id, pool_id = await add_flow(tx, "a"), await add_pool(tx, "p")
        queue_id = await add_queue(tx, pool_id, "q")
        dated = {"created": tx.now, "updated": tx.now}
        deployment = {"id": uuid4(), "flow_id": flow_id, "name": "d", "work_queue_id": queue_id} | dated
        await tx.execute(deployments.insert(), deployment)
        run_id = await add_run(tx, flow_id, work_queue_id=queue_id, deployment_id=deployment["id"])
        await add_lease(tx, run_id)
        spec = {"flow_run_id": run_id, "hash": "h", "work_pool_name": "p", "template_version": 1} | dated
        await tx.execute(job_specs.insert(), spec)
        task = {"id": uuid4(), "flow_run_id": run_id, "name": "t", "task_key": "t", "dynamic_key": "0"}
        await tx.execute(task_runs.insert(), task | dated)
        line = {
            "id": uuid4(),
            "created": tx.now,
            "timestamp": tx.now,
            "level": 20,
            "name": "n",
            "message": "m",
        }
        await tx.execute(logs.insert(), line | {"flow_run_id": run_id, "task_run_id": uuid4()})

    async def counts(tx):
        tables = (flow_runs, flow_run_states, task_runs, leases, job_specs, logs, deployments)
        return [await tx.fetch_value(sa.select(sa.func.count()).select_from(table)) for table in tables]

    async def drop_pool(tx):
        await tx.execute(work_pools.delete())
        return [await tx.fetch_value(sa.select(table.c.work_queue_id)) for table in (flow_runs, deployments)]

    store.write(fill)
    assert store.read(counts) == [1, 1, 1, 1, 1, 1, 1]
    assert store.write(drop_pool) == [None, None]
    store.write(lambda tx: tx.execute(flow_runs.delete()))
    assert store.read(counts) == [0, 0, 0, 0, 0, 1, 1]


def test_a_statement_that_makes_no_sense_is_the_codes_fault(store):
    missing = sa.Table("no_such_table", sa.MetaData(), sa.Column("id", sa.BigInteger))
    with pytest.raises(DatabaseError, match="no_such_table"):
        store.read(lambda tx: tx.fetch_all(sa.select(missing)))
    assert store.read(count_flows) == 0
    assert flows.name == "flows"
