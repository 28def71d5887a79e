"""What changed is told to those who watch: once, without a flood, and by every use case that changes it."""

import asyncio
import json
import threading
from uuid import uuid4

import pytest

from penstock.contract.artifacts import ArtifactCreate, ArtifactUpdate
from penstock.contract.deployments import DeploymentUpdate
from penstock.contract.events import Event
from penstock.contract.flow_runs import FlowRunUpdate, SetFlowRunState
from penstock.contract.flows import FlowUpdate
from penstock.contract.logs import LogCreate
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import RecordTaskRuns, TaskRunCreate, TaskRunRecord
from penstock.contract.variables import VariableCreate, VariableUpdate
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.contract.work_queues import WorkQueueUpdate
from penstock.contract.workers import WorkerHeartbeat
from penstock.db.port import RESYNC
from penstock.domain.ids import new_id
from penstock.domain.schedules import IntervalSchedule
from penstock.domain.states import StateType
from penstock.server.bus import Bus
from penstock.server.changes import ALL, CHANGED, MOST_IDS, MOST_KEPT, Changes
from penstock.server.ops import live


def story(scenario):
    async def told():
        async with asyncio.timeout(60):
            return await scenario(Changes())

    return asyncio.run(told())


# The watch.


def test_what_comes_between_two_looks_is_one_look():
    async def scenario(changes):
        with changes.watching() as watch:
            for payload in ("flows:1", "flow_runs:1", "flows:2", "flows:1"):
                changes.note(payload)
            woken = await watch.wait(5)
            seen = watch.take()
            again = await watch.wait(0.01)
            return woken, seen.ids, seen.is_all, again, watch.take().ids

    assert story(scenario) == (True, {"flows": ["1", "2"], "flow_runs": ["1"]}, True, False, {})


@pytest.mark.parametrize(("count", "told"), [(MOST_IDS, None), (MOST_IDS + 1, ALL), (10_000, ALL)])
def test_very_many_ids_are_one_word(count, told):
    async def scenario(changes):
        with changes.watching() as watch:
            for number in range(count):
                changes.note(f"flow_runs:{number}")
            changes.note("flows:1")
            kept = sum(map(len, watch._ids.values()))
            return watch.take().ids, kept

    ids, kept = story(scenario)
    assert ids == {"flow_runs": told or [str(number) for number in range(count)], "flows": ["1"]}
    assert kept <= MOST_IDS + 2


def test_a_word_for_all_hides_the_single_ones():
    async def scenario(changes):
        with changes.watching() as watch:
            changes.note("flow_runs:1")
            changes.note(f"flow_runs:{ALL}")
            return watch.take().ids

    assert story(scenario) == {"flow_runs": ALL}


def test_who_missed_something_is_told_so():
    async def scenario(changes):
        with changes.watching() as watch:
            changes.miss()
            woken = await watch.wait(5)
            return woken, watch.take().is_all, watch.take().is_all

    assert story(scenario) == (True, False, True)


def test_who_begins_late_is_told_what_was_told_before():
    async def scenario(changes):
        changes.note("flows:1")
        with changes.watching(60) as late, changes.watching() as new:
            changes.note("flows:2")
            return late.take().ids, new.take().ids

    assert story(scenario) == ({"flows": ["1", "2"]}, {"flows": ["2"]})


def test_who_begins_too_late_is_told_that_something_was_missed():
    async def scenario(changes):
        for number in range(MOST_KEPT):
            changes.note(f"flows:{number}")
        with changes.watching(60) as late, changes.watching() as new:
            return late.take().is_all, new.take().is_all

    assert story(scenario) == (False, True)


def test_who_begins_late_learns_of_a_gap():
    async def scenario(changes):
        changes.miss()
        with changes.watching(60) as late:
            return late.take().is_all

    assert story(scenario) is False


def test_a_watch_is_woken_from_another_thread_and_forgotten_when_it_goes():
    async def scenario(changes):
        with changes.watching() as watch, changes.watching() as other:
            thread = threading.Timer(0.02, changes.note, ["flows:1"])
            thread.start()
            woken = await watch.wait(5), await other.wait(5)
            thread.join()
        changes.note("flows:1")
        return woken, changes._watches, watch.take().ids

    assert story(scenario) == ((True, True), (), {"flows": ["1"]})


def test_a_bus_passes_on_what_the_database_says():
    async def scenario():
        bus = Bus()
        with bus.changes.watching() as watch:
            bus.on_notice(CHANGED, "flows:1")
            bus.on_notice("pool", "1")
            first = watch.take()
            bus.on_notice(RESYNC, "")
            return first.ids, first.is_all, watch.take().is_all

    assert asyncio.run(scenario()) == ({"flows": ["1"]}, True, False)


# The stream.


def events(pieces: list[bytes]) -> list[tuple[str, object]]:
    found = []
    for block in b"".join(pieces).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_events_are_few_however_much_changes():
    async def scenario(changes):
        stream = live._events(changes)
        pieces = [await anext(stream)]
        began = asyncio.get_running_loop().time()

        async def busy():
            for number in range(400):
                changes.note(f"flow_runs:{number % 7}")
                await asyncio.sleep(0.001)

        work = asyncio.create_task(busy())
        while asyncio.get_running_loop().time() - began < 0.9:
            pieces.append(await anext(stream))
            if work.done():
                break
        await stream.aclose()
        await work
        return events(pieces), changes._watches

    (hello, *told), left = story(scenario)
    assert hello[0] == "hello"
    assert set(hello[1]) == {"version", "server"}
    assert 2 <= len(told) <= 5
    assert all(name == "change" and len(data["flow_runs"]) <= 7 for name, data in told)
    assert left == ()


def test_a_silent_stream_shows_that_it_lives_and_ends_in_the_end(monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(live, "LONGEST_SECONDS", 0.1)

    async def scenario(changes):
        return [piece async for piece in live._events(changes)]

    first, *rest = story(scenario)
    assert first.startswith(b"retry: ")
    assert 2 <= len(rest) <= 6
    assert set(rest) == {b":\n\n"}


def test_a_stream_says_that_something_was_missed():
    async def scenario(changes):
        stream = live._events(changes)
        pieces = [await anext(stream)]
        changes.note("flows:1")
        changes.miss()
        pieces.append(await anext(stream))
        changes.note("flows:2")
        pieces.append(await anext(stream))
        await stream.aclose()
        return events(pieces)[1:]

    assert story(scenario) == [("resync", {}), ("change", {"flows": ["2"]})]


# The use cases.


async def told_until_now(world, watch):
    """All that was said until now: a variable that is made last shows where that ends."""
    await world.acall("create_variable", body=VariableCreate(name=f"mark_{uuid4().hex}", value=1))
    told = {}
    while "variables" not in told:
        await watch.wait(5)
        told |= watch.take().ids
    return {noun: ids for noun, ids in told.items() if noun not in ("events", "variables")}


def told_of(world, act):
    """What watchers are told while `act` happens; of variables nothing, and of events, which all of it is."""

    async def scenario():
        end = await world.db.listen(world.bus.on_notice)
        with world.bus.changes.watching() as watch:
            async with asyncio.timeout(60):
                await told_until_now(world, watch)
                await act()
                told = await told_until_now(world, watch)
        await end()
        return told

    return world.store.run(scenario())


@pytest.fixture
def stage(served_world):
    """A world with one of each, and a call whose changes are told."""
    world = served_world
    world.made_pool = world.pool()
    world.made = world.deployment()

    def told(name, caller=None, /, **arguments):
        return told_of(world, lambda: world.acall(name, caller, **arguments))

    world.told = told
    return world


def test_flows_deployments_and_schedules(stage):
    id, flow = str(stage.made.id), str(stage.made.flow_id)
    every = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=3600.0))
    assert stage.told("update_flow", id=stage.made.flow_id, body=FlowUpdate(tags=["x"])) == {"flows": [flow]}
    assert stage.told("update_deployment", id=stage.made.id, body=DeploymentUpdate(tags=["x"])) == {
        "deployments": [id]
    }
    planned = stage.told("create_deployment_schedules", id=stage.made.id, body=[every])
    assert planned["deployments"] == [id]
    assert planned["flow_runs"]
    assert stage.told("pause_deployment", id=stage.made.id) == {"deployments": [id], "flow_runs": ALL}
    assert stage.told("resume_deployment", id=stage.made.id)["deployments"] == [id]
    gone = stage.told("delete_deployment", id=stage.made.id)
    assert gone["deployments"] == [id]
    assert stage.told("delete_flow", id=stage.made.flow_id) == {
        "flows": [flow],
        "deployments": ALL,
        "flow_runs": ALL,
    }


def test_flow_runs(stage):
    run = stage.run_of(stage.made)
    id = str(run.id)
    assert stage.told("update_flow_run", id=run.id, body=FlowRunUpdate(name="n")) == {"flow_runs": [id]}
    assert stage.told("update_flow_run_labels", id=run.id, body={"a": 1}) == {"flow_runs": [id]}

    async def refused():
        with pytest.raises(ValueError, match="on purpose"):
            await stage.db.write(rolled_back)

    async def rolled_back(tx):
        tx.hint(CHANGED, f"flow_runs:{id}")
        raise ValueError("on purpose")

    assert told_of(stage, refused) == {}
    (claimed,) = stage.claim().runs
    assert claimed.flow_run.id == run.id
    lease = stage.holding(claimed.lease)
    release = stage.told("delete_flow_run", lease, id=run.id)
    assert release == {"flow_runs": [id]}


def test_states_of_runs(stage):
    run = stage.run_of(stage.made)

    body = SetFlowRunState(state=StateCreate(type=StateType.CANCELLED))
    assert stage.told("set_flow_run_state", id=run.id, body=body) == {"flow_runs": [str(run.id)]}


def test_task_runs_and_logs_are_told_by_their_flow_run_however_many_there_are(stage):
    run = stage.own_run()
    id = str(run.id)
    records = [
        TaskRunRecord(
            id=new_id(stage.now),
            flow_run_id=run.id,
            name=f"t-{n}",
            task_key="t",
            dynamic_key=str(n),
            states=[],
        )
        for n in range(300)
    ]
    batch = RecordTaskRuns(recorder=uuid4(), sequence=1, records=records)
    assert stage.told("record_task_runs", stage.holding(run.lease), body=batch) == {"task_runs": [id]}
    assert stage.told("record_task_runs", stage.holding(run.lease), body=batch) == {}, "nothing was new"
    task = TaskRunCreate(flow_run_id=run.id, task_key="k", dynamic_key="0")
    assert stage.told("create_task_run", body=task) == {"task_runs": [id]}
    assert stage.told("delete_task_run", id=records[0].id) == {"task_runs": [id]}
    lines = [
        LogCreate(name="n", level=20, message=str(n), timestamp=stage.now, flow_run_id=run.id if n else None)
        for n in range(300)
    ]
    assert stage.told("create_logs", body=lines) == {"logs": [id]}


def test_artifacts_are_told_by_their_ids_and_by_their_flow_run(stage):
    run = stage.own_run()
    alone = stage.call("create_artifact", body=ArtifactCreate())
    of_run = stage.call("create_artifact", body=ArtifactCreate(flow_run_id=run.id))
    change = ArtifactUpdate(data=1)
    assert stage.told("update_artifact", id=alone.id, body=change) == {"artifacts": [str(alone.id)]}
    both = {"artifacts": [str(of_run.id), str(run.id)]}
    assert stage.told("update_artifact", id=of_run.id, body=change) == both
    made = stage.told("create_artifact", body=ArtifactCreate(flow_run_id=run.id))
    assert made["artifacts"][1:] == [str(run.id)]
    assert stage.told("delete_artifact", id=of_run.id) == both
    gone = stage.told("delete_flow_run", id=run.id)
    assert gone == {"artifacts": [str(run.id)], "flow_runs": [str(run.id)]}


def test_pools_queues_and_variables(stage):
    pool = str(stage.made_pool.id)
    assert stage.told("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=True)) == {
        "work_pools": [pool]
    }
    queue = stage.queue("q")
    update = WorkQueueUpdate(priority=3)
    assert stage.told("update_work_queue_by_id", id=queue.id, body=update) == {"work_queues": [str(queue.id)]}
    assert stage.told("delete_work_queue_by_id", id=queue.id) == {"work_queues": [str(queue.id)]}
    assert stage.told("delete_work_pool", name="local") == {"work_pools": [pool]}


def test_variables(stage):
    async def scenario():
        heard = []
        end = await stage.db.listen(lambda channel, payload: heard.append(payload))
        made = await stage.acall("create_variable", body=VariableCreate(name="v", value=1))
        await stage.acall("update_variable", id=made.id, body=VariableUpdate(value=2))
        await stage.acall("delete_variable_by_name", name="v")
        async with asyncio.timeout(60):
            while f"variables:{made.id}" not in heard:  # noqa: ASYNC110 - notices come from the network
                await asyncio.sleep(0.01)
        await end()

    stage.store.run(scenario())


def test_a_heartbeat_is_a_change_only_where_it_says_something_new(stage):
    pool = {"workers": [str(stage.made_pool.id)]}
    beat = WorkerHeartbeat(name="w", heartbeat_interval_seconds=30)

    def told(body=beat):
        return stage.told("worker_heartbeat", work_pool_name="local", body=body)

    assert told() == pool, "a new worker"
    stage.clock.advance(seconds=30)
    assert told() == {}
    stage.clock.advance(seconds=91)
    assert told() == pool, "it was offline"
    assert told(WorkerHeartbeat(name="w", heartbeat_interval_seconds=10)) == pool
    assert stage.told("delete_worker", work_pool_name="local", name="w") == pool


def test_a_use_case_that_touches_very_many_runs_says_one_word(stage):
    async def many():
        async def body(tx):
            for number in range(5000):
                tx.hint(CHANGED, f"flow_runs:{number}")

        await stage.db.write(body)

    assert told_of(stage, many) == {"flow_runs": ALL}


def test_events_are_told_by_their_ids_and_very_many_by_one_word(sqlite_world):
    world = sqlite_world

    async def scenario():
        end = await world.db.listen(world.bus.on_notice)
        with world.bus.changes.watching() as watch:
            seen = []
            for count in (2, 50):
                events = [
                    Event(event="x", resource={"prefect.resource.id": "x"}, occurred=world.now, id=uuid4())
                    for _ in range(count)
                ]
                await world.acall("create_events", body=events)
                told = {}
                while "events" not in told:
                    await watch.wait(5)
                    told |= watch.take().ids
                seen.append((told["events"], [str(event.id) for event in events]))
        await end()
        return seen

    few, many = world.store.run(scenario())
    assert few[0] == few[1]
    assert many[0] == "*"
