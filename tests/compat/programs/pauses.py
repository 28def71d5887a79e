"""Runs that wait for somebody, and what is said to them meanwhile."""

import asyncio

from prefect import flow, get_client, pause_flow_run, task
from prefect.flow_runs import resume_flow_run
from prefect.input import RunInput, receive_input, send_input
from prefect.runtime import flow_run as this


class Approval(RunInput):
    yes: bool
    why: str = "just so"


async def when_paused(id, **how):
    """Resume a run as soon as it is paused."""
    async with get_client() as client:
        for _ in range(200):
            run = await client.read_flow_run(id)
            if run.state.is_paused():
                break
            await asyncio.sleep(0.05)
        assert run.state.is_paused(), run.state
        return await resume_flow_run(id, **how)


@flow
async def pauses():
    resuming = asyncio.create_task(when_paused(this.id))
    await pause_flow_run(timeout=60, poll_interval=1)
    await resuming
    return "on"


@flow
async def asks():
    resuming = asyncio.create_task(when_paused(this.id, run_input={"yes": True}))
    answer = await pause_flow_run(wait_for_input=Approval, timeout=60, poll_interval=1)
    await resuming
    return answer.yes, answer.why


@flow
async def asks_with_a_draft():
    resuming = asyncio.create_task(when_paused(this.id, run_input={"yes": False}))
    wanted = Approval.with_initial_data(why="drafted", description="May it?")
    answer = await pause_flow_run(wait_for_input=wanted, timeout=60, poll_interval=1)
    await resuming
    return answer.yes, answer.why


@flow
async def asks_for_a_number():
    resuming = asyncio.create_task(when_paused(this.id, run_input={"value": 3}))
    answer = await pause_flow_run(wait_for_input=int, timeout=60, poll_interval=1)
    await resuming
    return answer


@flow
async def is_told():
    await send_input("hello", this.id)
    await send_input({"a": 1}, this.id, key_prefix="other")
    async for said in receive_input(str, timeout=30, poll_interval=0.1):
        return said
    return None


@flow
async def gives_up():
    await pause_flow_run(timeout=1, poll_interval=1)


@task
def nothing():
    return 1


if __name__ == "__main__":
    assert asyncio.run(pauses()) == "on"
    assert asyncio.run(asks()) == (True, "just so")
    assert asyncio.run(asks_with_a_draft()) == (False, "drafted")
    assert asyncio.run(asks_for_a_number()) == 3
    assert asyncio.run(is_told()) == "hello"
    state = asyncio.run(gives_up(return_state=True))
    assert state.is_failed(), state
    print("all well")
