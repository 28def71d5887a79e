"""What a process gets that serves deployments: runs that no work pool has."""

import asyncio
from uuid import uuid4

from penstock.contract.claims import ServedClaimRequest
from penstock.contract.deployments import DeploymentFlowRunCreate, DeploymentUpdate


def request(*deployments, limit=9, **given):
    ids = [deployment.id for deployment in deployments]
    return ServedClaimRequest(
        runner_name="etl.py", runner_id=uuid4(), deployment_ids=ids, limit=limit, **given
    )


def ask(world, *deployments, **given):
    return world.call("claim_served_flow_runs", body=request(*deployments, **given))


def claimed(answer):
    return [claim.flow_run.name for claim in answer.runs]


def story(world, scenario):
    """Run a scenario with the bus listening to the database, as in a server."""

    async def listened():
        end = await world.db.listen(world.bus.on_notice)
        try:
            return await scenario()
        finally:
            await end()

    return world.store.run(listened())


def test_a_served_run_comes_with_all_that_is_needed(served_world):
    world = served_world
    deployment = world.deployment(pool=None, entrypoint="flows.py:etl", path="/src")
    run = world.run_of(deployment, name="mine", parameters={"x": 1})
    (claim,) = ask(world, deployment).runs
    assert (claim.flow_run.id, claim.flow_run.state_name, claim.flow_name) == (run.id, "Pending", "etl")
    assert (claim.deployment.entrypoint, claim.deployment.path) == ("flows.py:etl", "/src")
    assert claim.job_spec.environment == {}
    assert claim.lease.expires == world.later(seconds=120)
    assert world.run(run) == claim.flow_run
    assert ask(world, deployment).runs == []


def test_only_runs_of_the_named_deployments_that_are_in_no_pool(served_world):
    world = served_world
    world.pool()
    mine, other = world.deployment("mine", pool=None), world.deployment("other", pool=None)
    pooled = world.deployment("pooled")
    for name, deployment in (("a", mine), ("b", other), ("c", pooled)):
        world.run_of(deployment, name=name)
    assert claimed(ask(world, mine, pooled)) == ["a"]
    assert claimed(ask(world, other)) == ["b"]
    assert claimed(world.claim()) == ["c"]


def test_they_come_in_the_order_of_their_times_and_when_they_are_due(served_world):
    world = served_world
    deployment = world.deployment(pool=None)
    for name, minutes in (("late", 3), ("early", 1), ("between", 2)):
        world.run_of(deployment, world.later(minutes=minutes), name=name)
    assert claimed(ask(world, deployment)) == []
    world.clock.advance(minutes=5)
    assert claimed(ask(world, deployment, limit=2)) == ["early", "between"]
    assert claimed(ask(world, deployment)) == ["late"]


def test_a_limit_of_the_deployment_holds(served_world):
    world = served_world
    limited = world.deployment("limited", pool=None, concurrency_limit=1)
    free = world.deployment("free", pool=None)
    for minutes, (name, deployment) in enumerate((("a", limited), ("b", limited), ("c", free)), 1):
        world.run_of(deployment, world.later(minutes=minutes), name=name)
    world.clock.advance(minutes=9)
    first = ask(world, limited, free)
    assert claimed(first) == ["a", "c"]
    held = first.runs[0]
    world.set_state(held.flow_run.id, "RUNNING", lease=held.lease)
    world.set_state(held.flow_run.id, "COMPLETED", lease=held.lease)
    assert claimed(ask(world, limited, free)) == ["b"]


def test_a_deployment_that_moves_to_a_pool_is_served_no_more(served_world):
    world = served_world
    world.pool()
    deployment = world.deployment(pool=None)
    world.call("update_deployment", id=deployment.id, body=DeploymentUpdate(work_pool_name="local"))
    world.run_of(deployment)
    assert ask(world, deployment).runs == []
    assert len(world.claim().runs) == 1


def test_what_is_cancelled_comes_back_in_the_answer(served_world):
    world = served_world
    deployment = world.deployment(pool=None)
    run = world.run_of(deployment)
    (claim,) = ask(world, deployment).runs
    world.set_state(run, "RUNNING", lease=claim.lease)
    world.set_state(run, "CANCELLING")
    assert ask(world, deployment, running=[run.id]).cancelling == [run.id]


def test_a_run_that_is_made_wakes_the_poll(served_world):
    world = served_world
    deployment = world.deployment(pool=None)

    async def scenario():
        body = request(deployment, wait_seconds=30.0)
        poll = asyncio.create_task(world.acall("claim_served_flow_runs", body=body))
        await asyncio.sleep(0)
        new = DeploymentFlowRunCreate(name="mine")
        await world.acall("create_flow_run_from_deployment", id=deployment.id, body=new)
        return await asyncio.wait_for(poll, 10.0)

    assert claimed(story(world, scenario)) == ["mine"]


def test_whoever_serves_is_seen(served_world):
    world = served_world
    deployment = world.deployment(pool=None)
    assert deployment.status == "NOT_READY"
    ask(world, deployment)
    assert world.call("read_deployment", id=deployment.id).status == "READY"


def test_job_variables_of_a_served_run_are_warned_of(served_world):
    world = served_world
    deployment = world.deployment(pool=None)
    run = world.run_of(deployment, job_variables={"env": {"A": "1"}})
    assert [problem.rule for problem in run.job_variable_warnings] == ["no-work-pool"]
