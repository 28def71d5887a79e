"""Flow runs come into being: with what they inherit, once for each key, and only if they could start."""

from uuid import uuid4

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from tests.ops.world import ENV_TEMPLATE

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.flow_runs import FlowRunCreate, FlowRunCriteria
from penstock.contract.states import StateCreate
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.domain.errors import InvalidInput, NotFound, ParameterInvalid
from penstock.domain.problems import JobVariablesInvalid
from penstock.domain.states import StateType

SCHEMA = {
    "type": "object",
    "properties": {"day": {"type": "string"}, "size": {"type": "integer", "default": 3}},
    "required": ["day"],
}


def test_a_run_inherits_from_its_deployment_what_it_does_not_say(world):
    world.pool()
    deployment = world.deployment(
        parameters={"day": "mon", "size": 1}, tags=["a", "b"], labels={"team": "x"}, version="v1"
    )
    run = world.run_of(deployment, parameters={"size": 2}, tags=["b", "c"], labels={"run": 1}, name="mine")
    assert run.parameters == {"day": "mon", "size": 2}
    assert run.tags == ["a", "b", "c"]
    assert run.labels == {"team": "x", "run": 1}
    assert (run.name, run.deployment_version) == ("mine", "v1")
    assert (run.work_pool_name, run.work_queue_name) == ("local", "default")
    assert (run.state_name, run.next_scheduled_start_time) == ("Scheduled", world.now)
    assert world.run(run) == run


def test_a_run_that_nobody_named_gets_a_friendly_name(world):
    world.pool()
    assert "-" in world.run_of(world.deployment()).name


def test_a_key_makes_one_run_however_often_it_is_given(world):
    world.pool()
    deployment = world.deployment()
    body = DeploymentFlowRunCreate(idempotency_key="once")
    first = world.call("create_flow_run_from_deployment", id=deployment.id, body=body)
    again = world.call("create_flow_run_from_deployment", id=deployment.id, body=body)
    assert (first.created, again.created) == (True, False)
    assert again.value == first.value
    body = FlowRunCreate(flow_id=deployment.flow_id, idempotency_key="once")
    assert world.call("create_flow_run", body=body).value.id == first.value.id


def test_a_process_that_asks_again_for_its_run_gets_the_lease_again(world):
    """Or the run would be swept as one whose owner is silent, if the first answer is lost."""
    body = FlowRunCreate(
        flow_id=world.flow().id,
        state=StateCreate(type=StateType.RUNNING),
        idempotency_key="once",
        lease_holder="process 1 on a",
    )
    first = world.call("create_flow_run", body=body).value
    again = world.call("create_flow_run", body=body).value
    assert first.lease is not UNSET
    assert again.lease == first.lease
    other = world.call("create_flow_run", body=replace(body, lease_holder="process 2 on b")).value
    assert (other.id, other.lease) == (first.id, UNSET)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "Parameter 'day' is required."),
        ({"day": 3}, "Parameter 'day' must be string, not integer."),
        ({"day": "mon", "size": "big"}, "Parameter 'size' must be integer, not string."),
    ],
)
def test_parameters_that_do_not_fit_are_named(world, parameters, says):
    world.pool()
    deployment = world.deployment(parameter_openapi_schema=SCHEMA)
    with pytest.raises(ParameterInvalid) as refused:
        world.run_of(deployment, parameters=parameters)
    assert refused.value.message == says
    assert refused.value.field.startswith("parameters.")
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0


def test_parameters_are_not_checked_where_the_deployment_or_the_run_says_so(world):
    world.pool()
    strict = world.deployment(parameter_openapi_schema=SCHEMA)
    lax = world.deployment("lax", parameter_openapi_schema=SCHEMA, enforce_parameter_schema=False)
    assert world.run_of(lax, parameters={"day": 3}).parameters == {"day": 3}
    assert world.run_of(strict, parameters={"day": 3}, enforce_parameter_schema=False)
    with pytest.raises(ParameterInvalid):
        world.run_of(lax, parameters={"day": 3}, enforce_parameter_schema=True)


def test_job_variables_that_make_no_job_are_refused_with_path_layer_and_rule(world):
    world.pool()
    deployment = world.deployment(job_variables={"image": "app:1"})
    with pytest.raises(JobVariablesInvalid) as refused:
        world.run_of(deployment, job_variables={"memory": "much"})
    (problem,) = refused.value.problems
    assert (problem.path, problem.layer, problem.rule) == ("memory", "run", "type")
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0


def test_what_is_required_is_missed_at_the_run_only(world):
    variables = {**ENV_TEMPLATE["variables"], "required": ["memory"]}
    world.pool(base_job_template={**ENV_TEMPLATE, "variables": variables})
    deployment = world.deployment()
    with pytest.raises(JobVariablesInvalid, match="memory"):
        world.run_of(deployment)
    assert world.run_of(deployment, job_variables={"memory": 1}).job_variables == {"memory": 1}


def test_a_variable_that_the_pool_does_not_declare_is_warned_of(world):
    world.pool()
    run = world.run_of(world.deployment(), job_variables={"imagee": "x"})
    (warning,) = run.job_variable_warnings
    assert (warning.path, warning.layer) == ("imagee", "run")
    assert "image" in warning.hint
    assert world.run_of(world.call("read_deployment", id=run.deployment_id)).job_variable_warnings is UNSET


def test_an_edited_template_counts_from_the_next_run_on(world):
    world.pool()
    deployment = world.deployment()
    world.run_of(deployment, job_variables={"memory": 1})
    template = {
        "variables": {"type": "object", "properties": {"memory": {"type": "string"}}},
        "job_configuration": {"memory": "{{ memory }}"},
    }
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(base_job_template=template))
    with pytest.raises(JobVariablesInvalid, match="must be string, not integer"):
        world.run_of(deployment, job_variables={"memory": 1})


def test_a_run_may_go_to_another_queue_of_its_pool(world):
    world.pool()
    world.queue("fast")
    deployment = world.deployment()
    assert world.run_of(deployment, work_queue_name="fast").work_queue_name == "fast"
    with pytest.raises(NotFound, match="no queue 'fasst'") as refused:
        world.run_of(deployment, work_queue_name="fasst")
    assert refused.value.hint == "Did you mean 'fast'?"


def test_a_run_without_a_deployment_may_go_to_a_pool(world):
    world.pool()
    flow = world.flow()
    body = FlowRunCreate(flow_id=flow.id, work_pool_name="local", job_variables={"memory": "much"})
    with pytest.raises(JobVariablesInvalid):
        world.call("create_flow_run", body=body)
    body.job_variables = {"memory": 1}
    run = world.call("create_flow_run", body=body).value
    assert (run.state_name, run.work_queue_name, run.job_variables) == ("Pending", "default", {"memory": 1})


@pytest.mark.parametrize("name", ["create_flow_run", "create_flow_run_from_deployment"])
def test_what_it_should_be_a_run_of_must_exist(world, name):
    missing = uuid4()
    of_flow = {"body": FlowRunCreate(flow_id=missing)}
    of_deployment = {"id": missing, "body": DeploymentFlowRunCreate()}
    with pytest.raises(NotFound, match=str(missing)):
        world.call(name, **(of_flow if name == "create_flow_run" else of_deployment))


def test_a_deployment_that_is_named_must_exist(world):
    body = FlowRunCreate(flow_id=world.flow().id, deployment_id=uuid4())
    with pytest.raises(NotFound, match="no deployment"):
        world.call("create_flow_run", body=body)


def test_a_pool_that_is_missing_is_named_with_the_nearest_one(world):
    world.pool("kubernetes")
    body = FlowRunCreate(flow_id=world.flow().id, work_pool_name="kubernets")
    with pytest.raises(NotFound) as refused:
        world.call("create_flow_run", body=body)
    assert refused.value.hint == "Did you mean 'kubernetes'?"


def test_of_several_runs_each_is_made_or_refused_on_its_own(world):
    world.pool()
    deployment = world.deployment(parameter_openapi_schema=SCHEMA)
    bodies = [
        DeploymentFlowRunCreate(parameters={"day": "mon"}),
        DeploymentFlowRunCreate(parameters={"day": 3}),
        DeploymentFlowRunCreate(parameters={"day": "tue"}, job_variables={"memory": "much"}),
        DeploymentFlowRunCreate(parameters={"day": "wed"}),
    ]
    answer = world.call("bulk_create_flow_runs_from_deployment", id=deployment.id, body=bodies)
    assert [result.status for result in answer.results] == ["CREATED", "FAILED", "FAILED", "CREATED"]
    assert "day" in answer.results[1].error
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 2


def test_a_name_that_cannot_be_is_refused(world):
    world.pool()
    with pytest.raises(InvalidInput, match="names cannot have"):
        world.run_of(world.deployment(), name="a/b")
