"""A run that is checked before it is made: the check says what making it would answer."""

from uuid import uuid4

import pytest
from tests.ops.world import World

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.domain.errors import NotFound, PenstockError
from penstock.domain.runs import RunPolicy
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.server.limits import Limits

SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "config": {"type": "object"}},
    "required": ["count"],
    "additionalProperties": False,
}

DRAFTS = [
    {},
    {"parameters": {"count": 1}},
    {"parameters": {"count": "many"}},
    {"parameters": {"count": "many"}, "enforce_parameter_schema": False},
    {"parameters": {"cuont": 1}},
    {"parameters": {"count": 1, "config": {"x": "\0"}}},
    {"parameters": {"count": 1, "config": {"x": "long" * 300}}},
    {"parameters": {"count": 2**70}},
    {"name": "nightly"},
    {"name": ""},
    {"name": "  "},
    {"name": "a/b"},
    {"name": "n" * 10_001},
    {"work_queue_name": "default"},
    {"work_queue_name": "second"},
    {"work_queue_name": "defalt"},
    {"tags": ["a", "b"]},
    {"tags": ["a\0"]},
    {"labels": {"x": "\0"}},
    {"context": {"\0": 1}},
    {"idempotency_key": "again"},
    {"idempotency_key": "nul\0"},
    {"empirical_policy": RunPolicy(retries=3)},
    {"parent_task_run_id": uuid4()},
    {"state": StateCreate(type=StateType.RUNNING)},
    {"state": StateCreate(type=StateType.COMPLETED)},
    {"state": StateCreate(type=StateType.SCHEDULED, name="AwaitingRetry")},
    {"state": StateCreate(type=StateType.SCHEDULED, message="\0")},
    {"state": StateCreate(type=StateType.PENDING, name="\0")},
    {"state": StateCreate(type=StateType.PENDING, state_details=StateDetails(cache_key="\0"))},
    {"job_variables": {"memory": 1}},
    {"job_variables": {"memory": "much"}},
    {"job_variables": {"nope": 1}},
    {"job_variables": {"env.A": 1, "env": {"A": 2}}},
    {"job_variables": {"env": {"A=": 1}}},
    {"job_variables": {"env": {"A": "\0"}}},
    {"job_variables": {"env": {"A": None}}},
    {"job_variables": {"image": None}},
    {"job_variables": {"env": "{{ penstock.secrets.x }}"}},
    {"name": "a/b", "parameters": {"count": "x"}, "job_variables": {"memory": "x"}},
]


def check(world, deployment, **given):
    return world.call("check_run", id=deployment.id, body=DeploymentFlowRunCreate(**given))


def is_made(world, deployment, **given):
    try:
        world.run_of(deployment, **given)
    except PenstockError:
        return False
    return True


@pytest.mark.parametrize("pool", ["local", None])
def test_a_run_is_made_where_its_check_says_so(served_world, pool):
    world = World(served_world.store, Limits(parameter_bytes=1000))
    world.pool()
    world.queue("second")
    deployment = world.deployment(
        pool=pool, parameters={"count": 0}, parameter_openapi_schema=SCHEMA, job_variables={"memory": 5}
    )
    said = [check(world, deployment, **given).ok for given in DRAFTS]
    done = [is_made(world, deployment, **given) for given in DRAFTS]
    assert [given for given, ok, made in zip(DRAFTS, said, done, strict=True) if ok != made] == []
    assert True in done and False in done


def test_everything_that_is_wrong_is_told_at_once(world):
    world.pool()
    deployment = world.deployment(parameter_openapi_schema=SCHEMA, parameters={"count": 0})
    told = check(
        world,
        deployment,
        name="a/b",
        parameters={"count": "x", "config": 1},
        work_queue_name="defalt",
        job_variables={"memory": "much", "nope": 1},
    )
    assert told.ok is False
    assert [(each.path, each.rule) for each in told.parameter_problems] == [
        ("count", "type"),
        ("config", "type"),
    ]
    assert [(each.path, each.rule) for each in told.problems] == [
        ("work_queue_name", "not-found"),
        ("name", "invalid-input"),
    ]
    assert "default" in told.problems[0].hint
    assert [each.path for each in told.explanation.errors] == ["memory"]
    assert "nope" in [each.path for each in told.explanation.job.warnings]
    assert told.parameters == {"count": "x", "config": 1}


def test_what_is_shown_is_what_is_launched(world):
    world.pool()
    deployment = world.deployment(job_variables={"image": "app:1"}, parameters={"a": 1})
    told = check(world, deployment, job_variables={"env.R": 1}, parameters={"b": 2})
    run = world.run_of(deployment, job_variables={"env.R": 1}, parameters={"b": 2})
    assert told.parameters == run.parameters == {"a": 1, "b": 2}
    assert world.claim().runs[0].job_spec.hash == told.explanation.job.hash


def test_nothing_is_made_by_a_check(world):
    world.pool()
    deployment = world.deployment()
    assert check(world, deployment, idempotency_key="k").ok
    assert world.claim().runs == []
    with pytest.raises(NotFound):
        world.call("check_run", id=uuid4(), body=DeploymentFlowRunCreate())


def test_a_flow_whose_schema_is_none_is_told_as_making_the_run_would(world):
    world.pool()
    wrong = {"type": "zzz"}
    deployment = world.deployment(parameter_openapi_schema=wrong, enforce_parameter_schema=False)
    told = check(world, deployment, enforce_parameter_schema=True)
    assert [(each.path, each.rule) for each in told.problems] == [("parameters", "schema-invalid")]
    assert not is_made(world, deployment, enforce_parameter_schema=True)
    assert check(world, deployment).ok and is_made(world, deployment)
