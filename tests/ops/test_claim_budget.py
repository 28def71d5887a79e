"""How many statements a claim costs: as many for fifty runs as for ten."""

from uuid import uuid4

import pytest
from tests.ops.counting import CountingTransaction
from tests.ops.world import World

from penstock.contract.claims import ClaimAnswer, ClaimRequest, ServedClaimRequest
from penstock.contract.deployments import ConcurrencyOptions
from penstock.contract.global_limits import ConcurrencyLimitV2Create
from penstock.domain.transitions import CollisionStrategy
from penstock.server import claiming, serving
from penstock.server.caller import Caller
from penstock.server.limits import Limits

NUMBERS = (10, 50)


def counted(world: World, look) -> tuple[ClaimAnswer, int]:
    """What a look for work answers, and how many statements it was."""

    async def body(tx):
        counting = CountingTransaction(tx)
        found = await look(counting)
        return found.answer, counting.statements

    return world.store.write(body)


def claim(world: World, limit: int, me: Caller | None = None) -> tuple[ClaimAnswer, int]:
    request = ClaimRequest(worker_name="w1", worker_id=uuid4(), limit=limit)
    return counted(world, lambda tx: claiming.look(tx, me or world.me, "local", request))


def make(world: World, deployments, number: int) -> None:
    """Runs that are claimed in turn: so each claim has some of every deployment."""
    for each in range(number):
        world.run_of(deployments[each % len(deployments)], world.later(seconds=each - number))


def costs(world: World, deployments, me: Caller | None = None) -> list[int]:
    """The statements of claims of ten and of fifty runs, of these deployments in turn."""
    make(world, deployments, 1 + sum(NUMBERS))
    claim(world, 1, me)  # what a first claim of all learns of the pool
    found = []
    for number in NUMBERS:
        answer, statements = claim(world, number, me)
        assert len({each.flow_run.id for each in answer.runs}) == number
        found.append(statements)
    return found


def test_a_claim_costs_the_same_for_ten_runs_and_for_fifty(world):
    world.pool()
    few, many = costs(world, [world.deployment(str(number)) for number in range(5)])
    assert few == many <= 10


def test_so_does_one_that_gives_tokens(world):
    world.pool()
    me = Caller(principal="ada", role=world.me.role, origin="rest", limits=Limits(run_tokens=True))
    few, many = costs(world, [world.deployment()], me)
    assert few == many <= 11


def test_and_one_under_all_kinds_of_limits(world):
    world.pool(concurrency_limit=500)
    for name, decay in (("licences", 0.0), ("calls", 0.5)):
        body = ConcurrencyLimitV2Create(name=name, limit=400, slot_decay_per_second=decay)
        world.call("create_global_limit", body=body)
    licences, calls = (world.call("read_global_limit", id_or_name=name).id for name in ("licences", "calls"))
    deployments = [
        world.deployment("own", concurrency_limit=400),
        world.deployment("licensed", global_concurrency_limit_id=licences),
        world.deployment("calling", global_concurrency_limit_id=calls),
    ]
    few, many = costs(world, deployments)
    assert few == many <= 20


def test_runs_that_end_instead_cost_no_more(world):
    world.pool()
    options = ConcurrencyOptions(collision_strategy=CollisionStrategy.CANCEL_NEW)
    busy = world.deployment("busy", concurrency_limit=1, concurrency_options=options)
    make(world, [busy], 1)
    claim(world, 1)
    found = []
    for number in NUMBERS:
        make(world, [busy], number)
        answer, statements = claim(world, number)
        assert answer.runs == []
        found.append(statements)
    assert found[0] == found[1] <= 13


@pytest.mark.parametrize("number", NUMBERS)
def test_a_process_that_serves_claims_as_cheaply(world, number):
    deployment = world.deployment(pool=None)
    make(world, [deployment], number)
    request = ServedClaimRequest(
        runner_name="r1", runner_id=uuid4(), deployment_ids=[deployment.id], limit=number
    )
    answer, statements = counted(world, lambda tx: serving.look(tx, world.me, request))
    assert (len(answer.runs), statements <= 8) == (number, True)
