"""Job variables explained: before a run, after it, and before an edit."""

from uuid import uuid4

import pytest
from msgspec import UNSET
from tests.ops.world import ENV_TEMPLATE

from penstock.contract.deployments import DeploymentFlowRunCreate, DeploymentUpdate
from penstock.contract.flow_runs import FlowRunCreate, FlowRunUpdate
from penstock.contract.job_variables import ResolveDeployment, ResolveWorkPool, WorkPoolEdit
from penstock.domain.errors import Conflict, Fenced, NotFound
from penstock.domain.problems import BaseJobTemplateInvalid, JobVariablesInvalid

CLOSED = {
    "variables": {
        "type": "object",
        "properties": {"env": ENV_TEMPLATE["variables"]["properties"]["env"], "image": {"type": "integer"}},
    },
    "job_configuration": {"env": "{{ env }}", "image": "{{ image }}"},
}


def leaf(explanation, path):
    return next(leaf for leaf in explanation.job.leaves if leaf.path == path)


def test_each_value_is_told_with_the_layer_that_it_comes_from(world):
    world.pool()
    deployment = world.deployment(job_variables={"env": {"FROM": "deployment", "D": 1}})
    body = ResolveDeployment(job_variables={"env.R": "run", "image": "app:2"})
    told = world.call("resolve_deployment", id=deployment.id, body=body)
    assert (told.errors, told.complete) == ((), True)
    assert [leaf(told, path).layer for path in ("env.FROM", "env.D", "env.R", "image")] == [
        "deployment",
        "deployment",
        "run",
        "run",
    ]
    assert [said.layer for said in leaf(told, "env.FROM").said] == ["pool", "deployment"]


def test_what_is_told_is_what_is_launched(world):
    world.pool()
    deployment = world.deployment(job_variables={"image": "app:1"})
    told = world.call(
        "resolve_deployment", id=deployment.id, body=ResolveDeployment(job_variables={"env.R": 1})
    )
    run = world.run_of(deployment, job_variables={"env.R": 1})
    waiting = world.call("read_job_spec", id=run.id)
    spec = world.claim().runs[0].job_spec
    frozen = world.call("read_job_spec", id=run.id)
    assert told.job.hash == waiting.explanation.job.hash == spec.hash == frozen.explanation.job.hash
    assert (waiting.frozen, frozen.frozen, frozen.frozen_at) == (False, True, world.now)
    assert frozen.explanation.job == spec


def test_nothing_is_created_by_asking(world):
    world.pool()
    deployment = world.deployment()
    told = world.call(
        "resolve_deployment", id=deployment.id, body=ResolveDeployment(job_variables={"memory": "x"})
    )
    assert [(error.path, error.layer) for error in told.errors] == [("memory", "run")]
    assert world.claim().runs == []


def test_a_deployment_can_be_thought_of_in_another_pool(world):
    world.pool()
    world.pool("closed", base_job_template=CLOSED)
    deployment = world.deployment(job_variables={"image": "app:1"})
    told = world.call("resolve_deployment", id=deployment.id, body=ResolveDeployment(work_pool_name="closed"))
    assert [error.path for error in told.errors] == ["image"]
    with pytest.raises(NotFound):
        world.call("resolve_deployment", id=deployment.id, body=ResolveDeployment(work_pool_name="x"))
    with pytest.raises(NotFound):
        world.call("resolve_deployment", id=uuid4(), body=ResolveDeployment())


def test_a_deployment_without_a_pool_is_told_that_nothing_has_an_effect(world):
    served = world.deployment(pool=None, job_variables={"image": "x"})
    told = world.call("resolve_deployment", id=served.id, body=ResolveDeployment())
    assert told.errors == ()
    assert "no-work-pool" in [warning.rule for warning in told.job.warnings]
    run = world.run_of(served)
    assert world.call("read_job_spec", id=run.id).frozen is False


def test_layers_that_are_not_saved_can_be_thought_of(world):
    world.pool()

    def ask(**given):
        return world.call("resolve_work_pool", name="local", body=ResolveWorkPool(**given))

    assert leaf(ask(), "image").value == "base:1"
    assert ask().complete is False
    told = ask(deployment={"image": "a"}, run={"image": "b"})
    assert (leaf(told, "image").value, told.complete) == ("b", True)
    assert [error.path for error in ask(base_job_template=CLOSED, deployment={"image": "a"}).errors] == [
        "image"
    ]


def test_before_a_template_is_saved_it_is_told_whom_that_concerns(world):
    world.pool()
    world.deployment("plain")
    world.deployment("own", job_variables={"image": "app:1"})
    told = world.call("preview_work_pool_edit", name="local", body=WorkPoolEdit(base_job_template=CLOSED))
    assert [impact.name for impact in told] == ["etl/own", "etl/plain"]
    assert [bool(impact.errors) for impact in told] == [True, False]
    same = WorkPoolEdit(base_job_template=ENV_TEMPLATE)
    assert world.call("preview_work_pool_edit", name="local", body=same) == []
    wrong = {"variables": {"type": "object"}, "job_configuration": {"image": "{{ image }}"}}
    with pytest.raises(BaseJobTemplateInvalid):
        world.call("preview_work_pool_edit", name="local", body=WorkPoolEdit(base_job_template=wrong))


def test_the_run_layer_may_be_edited_while_the_run_waits(world):
    world.pool()
    run = world.run_of(world.deployment(), job_variables={"image": "a"})

    def edit(variables, caller=None):
        world.call("update_flow_run", caller, id=run.id, body=FlowRunUpdate(job_variables=variables))

    edit({"image": "b"})
    assert world.run(run).job_variables == {"image": "b"}
    with pytest.raises(JobVariablesInvalid, match="memory"):
        edit({"memory": "much"})
    claim = world.claim().runs[0]
    assert claim.job_spec.job_configuration["image"] == "b"
    with pytest.raises(Conflict, match="The run is Pending"):
        edit({"image": "c"})
    with pytest.raises(Fenced):
        world.call("update_flow_run", world.holding(uuid4()), id=run.id, body=FlowRunUpdate(name="x"))


def test_other_things_about_a_run_may_always_be_edited(world):
    world.pool()
    run = world.run_of(world.deployment(), tags=["a"], labels={"x": 1})
    body = FlowRunUpdate(name="better", tags=["b"], parameters={"y": 1}, infrastructure_pid="host:1")
    world.call("update_flow_run", id=run.id, body=body)
    world.call("update_flow_run_labels", id=run.id, body={"y": True})
    now = world.run(run)
    assert (now.name, now.tags, now.parameters, now.infrastructure_pid) == (
        "better",
        ["b"],
        {"y": 1},
        "host:1",
    )
    assert now.labels == {"x": 1, "y": True}
    world.call("update_flow_run", id=run.id, body=FlowRunUpdate(name=None))
    assert world.run(run).name == "better"
    with pytest.raises(NotFound):
        world.call("update_flow_run_labels", id=uuid4(), body={})
    with pytest.raises(NotFound):
        world.call("read_job_spec", id=uuid4())


def test_dotted_names_are_nested_at_every_entrance_that_saves(world):
    """Whoever reads them later, an unchanged client's worker too, cannot merge them wrongly."""
    world.pool()
    deployment = world.deployment(job_variables={"env": {"B": 2}, "env.A": 1})
    assert deployment.job_variables == {"env": {"A": 1, "B": 2}}
    world.call("update_deployment", id=deployment.id, body=DeploymentUpdate(job_variables={"env.C": 3}))
    assert world.call("read_deployment", id=deployment.id).job_variables == {"env": {"C": 3}}
    run = world.run_of(deployment, job_variables={"env.C": 4})
    assert run.job_variables == {"env": {"C": 4}} == world.run(run).job_variables
    world.call("update_flow_run", id=run.id, body=FlowRunUpdate(job_variables={"env.C": 5}))
    assert world.run(run).job_variables == {"env": {"C": 5}}
    assert world.claim().runs[0].job_spec.environment["C"] == "5"


def test_where_there_is_no_pool_job_variables_are_read_and_said_to_have_no_effect(world):
    served = world.deployment(pool=None, job_variables={"env.A": 1})
    assert [warning.rule for warning in served.job_variable_warnings] == ["no-work-pool"]
    assert served.job_variables == {"env": {"A": 1}}
    assert [w.rule for w in world.run_of(served, job_variables={"x": 1}).job_variable_warnings] == [
        "no-work-pool"
    ]
    with pytest.raises(JobVariablesInvalid, match=r"env\['A='\] \(run\): the name of an environment"):
        world.run_of(served, job_variables={"env": {"A=": 1}})
    assert world.run_of(served).job_variable_warnings is UNSET


def test_a_run_that_is_made_of_a_flow_is_checked_over_the_deployment_that_it_names(world):
    world.pool()
    deployment = world.deployment(job_variables={"memory": 1})
    body = FlowRunCreate(
        flow_id=deployment.flow_id,
        deployment_id=deployment.id,
        work_pool_name="local",
        job_variables={"memory": "much"},
    )
    with pytest.raises(JobVariablesInvalid, match=r"memory \(run\): must be integer, not string"):
        world.call("create_flow_run", body=body)


def test_each_of_several_runs_is_told_its_warnings(world):
    world.pool()
    deployment = world.deployment()
    bodies = [DeploymentFlowRunCreate(job_variables=given) for given in ({"nope": 1}, {}, {"memory": "x"})]
    made = world.call("bulk_create_flow_runs_from_deployment", id=deployment.id, body=bodies).results
    assert [warning.path for warning in made[0].job_variable_warnings] == ["nope"]
    assert made[1].job_variable_warnings is UNSET
    assert (made[2].status, made[2].error) == ("FAILED", "memory (run): must be integer, not string.")
