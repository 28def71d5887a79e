"""The reference's client takes slots of limits at our server: contexts, tags of tasks, its commands."""

import json

PROGRAM = """
import asyncio
from uuid import uuid4
from prefect import flow, task, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.concurrency.asyncio import concurrency as aconcurrency
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.concurrency.v1.sync import concurrency as tag_concurrency

with get_client(sync_client=True) as client:
    client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="db", limit=2))
    client.create_global_concurrency_limit(
        GlobalConcurrencyLimitCreate(name="api", limit=2, slot_decay_per_second=5)
    )
    client.create_concurrency_limit("gpu", 1)

def taken(name):
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(name).active_slots

running, most = 0, 0

@task(tags=["gpu"])
def train(number):
    global running, most
    running += 1
    most = max(most, running)
    print("gpu", taken("tag:gpu"))
    running -= 1

@flow
def whole():
    with concurrency("db", occupy=2, strict=True):
        print("inside", taken("db"))
    print("outside", taken("db"))
    for _ in range(4):
        rate_limit("api")
    futures = train.map([1, 2, 3])
    futures.wait()
    try:
        with concurrency("nobody", strict=True):
            pass
    except Exception as error:
        print("strict", type(error).__name__)

whole()
print("most", most, taken("tag:gpu"))

async def waits():
    async with aconcurrency("db", occupy=2, max_retries=0):
        try:
            async with aconcurrency("db", timeout_seconds=0.2):
                pass
        except TimeoutError as error:
            print("timeout", type(error).__name__)

asyncio.run(waits())
with tag_concurrency("gpu", uuid4()):
    print("tagged", taken("tag:gpu"))
with get_client(sync_client=True) as client:
    client.update_global_concurrency_limit("db", GlobalConcurrencyLimitUpdate(limit=7))
    print("limit", client.read_global_concurrency_limit_by_name("db").limit)
    print("tagged limits", "gpu" in [limit.tag for limit in client.read_concurrency_limits(10, 0)])
    client.delete_concurrency_limit_by_tag("gpu")
    client.delete_global_concurrency_limit_by_name("db")
    print("left", "db" in [limit.name for limit in client.read_global_concurrency_limits()])
"""


def test_code_and_tasks_take_slots(program):
    told = program(PROGRAM).splitlines()
    for line in (
        "inside 2",
        "outside 0",
        "strict ConcurrencySlotAcquisitionError",
        "most 1 0",
        "timeout AcquireConcurrencySlotTimeoutError",
        "tagged 1",
        "limit 7",
        "tagged limits True",
        "left False",
    ):
        assert line in told, told
    assert told.count("gpu 1") == 3


def test_its_commands_manage_limits(prefect):
    prefect("gcl", "create", "warehouse", "--limit", "3", "--slot-decay-per-second", "0.5")
    prefect("gcl", "update", "warehouse", "--limit", "4", "--active-slots", "2", "--disable")
    found = json.loads(prefect("gcl", "inspect", "warehouse", "-o", "json"))
    assert (found["limit"], found["slot_decay_per_second"], found["active"]) == (4, 0.5, False)
    prefect("gcl", "delete", "warehouse")


def test_its_commands_manage_limits_of_tags(prefect):
    prefect("concurrency-limit", "create", "ram", "2")
    assert "ram" in prefect("concurrency-limit", "inspect", "ram")
    prefect("concurrency-limit", "reset", "ram")
    prefect("concurrency-limit", "delete", "ram")
