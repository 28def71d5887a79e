"""Flows and tasks of every kind, and what the server knows of them afterwards."""

import asyncio
import time
from uuid import UUID

from prefect import allow_failure, flow, get_client, get_run_logger, tags, task, unmapped
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)
from prefect.context import get_run_context
from prefect.states import Completed, Failed
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

attempts = {"task": 0, "flow": 0}
hooks = []


@task
def double(x):
    return 2 * x


@task(retries=2, retry_delay_seconds=0.1, tags=["flaky"])
def flaky():
    attempts["task"] += 1
    if attempts["task"] < 3:
        raise ValueError("not yet")
    return attempts["task"]


@task
def fails():
    raise RuntimeError("on purpose")


@task
async def adouble(x):
    await asyncio.sleep(0)
    return 2 * x


@task
def add(x, y):
    return x + y


@flow
def child(n: int) -> int:
    return double(n)


@flow(name="compat-sync", log_prints=True)
def everything(n: int = 3):
    get_run_logger().info("hello from %s", n)
    print("printed")
    first = double.submit(n)
    second = double.submit(first)
    mapped = add.map([1, 2, 3], unmapped(10))
    kept = flaky()
    inner = child(n)
    lost = fails(return_state=True)
    after = double.submit(1, wait_for=[second])
    tolerant = add.submit(1, 1, wait_for=[allow_failure(first)])
    with tags("inside"):
        tagged = double(5)
    return Completed(
        message="done",
        data=[
            second.result(),
            [f.result() for f in mapped],
            kept,
            inner,
            lost.is_failed(),
            after.result(),
            tolerant.result(),
            tagged,
        ],
    )


@flow(name="compat-async")
async def everything_async(n: int = 3):
    futures = [adouble.submit(i) for i in range(n)]
    return [f.result() for f in futures] + [await adouble(n)]


@flow(retries=1, retry_delay_seconds=0.1, on_completion=[lambda *_: hooks.append("done")])
def retried():
    attempts["flow"] += 1
    if attempts["flow"] == 1:
        raise ValueError("first")
    return "second"


@flow(timeout_seconds=0.5, on_failure=[lambda *_: hooks.append("failed")])
def slow():
    for _ in range(100):
        time.sleep(0.05)


@flow
def gives_failed():
    return Failed(message="said so")


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def threads():
    return [f.result() for f in double.map([1, 2, 3, 4])]


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def processes():
    return [f.result() for f in double.map([1, 2])]


@flow
def counting(n: int):
    for i in range(n):
        yield double(i)


@flow
def whoami():
    return str(get_run_context().flow_run.id)


async def check(id: UUID) -> None:
    """What the server knows of the synchronous run."""
    async with get_client() as client:
        run = await client.read_flow_run(id)
        assert run.state.is_completed() and run.state.message == "done", run.state
        assert run.parameters == {"n": 3} and run.run_count == 1
        of_run = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[id]))
        for _ in range(100):
            found = await client.read_task_runs(task_run_filter=of_run, limit=200)
            if len(found) == 11 and all(each.state.is_final() for each in found):
                break
            await asyncio.sleep(0.1)
        assert all(each.state.is_final() for each in found), found
        by_name = sorted(each.name.rsplit("-", 1)[0] for each in found)
        assert len(found) == 11, by_name
        states = {each.name.rsplit("-", 1)[0]: each for each in found}
        assert states["fails"].state.is_failed() and "on purpose" in states["fails"].state.message
        assert states["flaky"].run_count == 3, states["flaky"].run_count
        assert "flaky" in states["flaky"].tags
        assert any("inside" in each.tags for each in found)
        stands = next(each for each in found if each.name.startswith("child"))
        steps = [each.name for each in await client.read_task_run_states(stands.id)]
        assert steps[0] == "Pending" and steps[-2:] == ["Running", "Completed"], steps
        history = await client.read_task_run_states(states["flaky"].id)
        assert history[0].name == "Pending" and history[-1].name == "Completed", history
        children = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate({"parent_flow_run_id": {"any_": [str(id)]}})
        )
        assert len(children) == 1 and children[0].state.is_completed(), children
        assert stands.state.state_details.child_flow_run_id == children[0].id
        assert children[0].parent_task_run_id == stands.id
        for _ in range(100):
            lines = await client.read_logs(log_filter=LogFilter(flow_run_id=LogFilterFlowRunId(any_=[id])))
            messages = {line.message for line in lines}
            if {"hello from 3", "printed"} <= messages:
                break
            await asyncio.sleep(0.1)
        assert {"hello from 3", "printed"} <= messages, messages
        one = await client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[id])))
        assert [each.id for each in one] == [id]


if __name__ == "__main__":
    state = everything(return_state=True)
    assert state.result() == [12, [11, 12, 13], 3, 6, True, 2, 2, 10], state.result()
    asyncio.run(check(state.state_details.flow_run_id))
    assert asyncio.run(everything_async()) == [0, 2, 4, 6]
    assert retried() == "second"
    state = slow(return_state=True)
    assert state.name == "TimedOut" and state.is_failed(), state
    assert hooks == ["done", "failed"], hooks
    state = gives_failed(return_state=True)
    assert state.is_failed() and state.message == "said so"
    assert threads() == [2, 4, 6, 8]
    assert processes() == [2, 4]
    assert list(counting(3)) == [0, 2, 4]
    UUID(whoami())
    print("all well")
