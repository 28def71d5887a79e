"""Runs that automations create: what they get, where it came from, and when they are refused."""

from uuid import uuid4

import pytest
from tests.ops.acting import Actor, event, events_about, run_id
from tests.ops.world import ENV_TEMPLATE

from penstock.contract.flow_runs import FlowRunCriteria
from penstock.contract.variables import VariableCreate
from penstock.domain.automations import EventTrigger, RunDeployment
from penstock.domain.events import ID, related, resource_id
from penstock.domain.states import StateType

FORTY_TWO = {"env": {"MY_NEW_ENV_VAR": "{{ event.payload.the_meaning_of_life }}"}}


@pytest.fixture
def world(served_world):
    served_world.pool()
    return served_world


@pytest.fixture
def actor(world):
    return Actor(world)


def layers_of(world, run):
    job = world.call("read_job_spec", id=run).explanation.job
    return {leaf.path: (leaf.layer, leaf.value) for leaf in job.leaves}, job.origins


def test_job_variables_are_filled_in_from_the_event_and_say_where_they_came_from(world, actor):
    deployment = world.deployment(job_variables={"env": {"MY_NEW_ENV_VAR": "deployment", "OTHER": "o"}})
    action = RunDeployment(deployment_id=deployment.id, job_variables=FORTY_TWO)
    (done,) = actor.fire(action, name="answers", about=event(payload={"the_meaning_of_life": 42}))
    run = world.run(run_id(done))
    assert run.job_variables == {"env": {"MY_NEW_ENV_VAR": 42}}
    assert (run.created_by.type, run.created_by.display_value) == ("AUTOMATION", "answers")
    leaves, origins = layers_of(world, run.id)
    assert leaves["env.MY_NEW_ENV_VAR"] == ("run", 42)
    assert leaves["env.OTHER"] == ("deployment", "o")
    assert origins == {"run": "automation:answers"}
    assert done.rendered["job_variables"] == {"env": {"MY_NEW_ENV_VAR": 42}}
    assert done.outcome["status_code"] == 201
    claimed = world.claim().runs[0]
    assert claimed.job_spec.job_configuration["env"]["MY_NEW_ENV_VAR"] == "42"


def test_everything_of_a_run_may_be_a_template(world, actor):
    world.queue("fast")
    world.call("create_variable", body=VariableCreate(name="city", value={"name": "Ghent {{ x }}"}))
    deployment = world.deployment(tags=["d"], parameters={"keep": 1})
    action = RunDeployment(
        deployment_id=deployment.id,
        name="for {{ event.payload.who }}",
        tags=["{{ event.payload.who }}", "{{ automation.name }}"],
        work_queue_name="{{ event.payload.queue }}",
        parameters={
            "n": "{{ event.payload.n }}",
            "text": "n is {{ event.payload.n }}",
            "jinja": {"__prefect_kind": "jinja", "template": "{{ event.payload.list }}"},
            "json": {"__prefect_kind": "json", "value": '{"a": [1, null]}'},
            "variable": {"__prefect_kind": "workspace_variable", "variable_name": "city"},
            "plain": {"__prefect_kind": "none", "value": True},
        },
    )
    payload = {"who": "ada", "queue": "fast", "n": 7, "list": [1, {"b": 2}]}
    (done,) = actor.fire(action, about=event(payload=payload))
    run = world.run(run_id(done))
    assert (run.name, run.work_queue_name) == ("for ada", "fast")
    assert run.tags == ["d", "ada", "watch"]
    assert run.parameters == {
        "keep": 1,
        "n": 7,
        "text": "n is 7",
        "jinja": [1, {"b": 2}],
        "json": {"a": [1, None]},
        "variable": {"name": "Ghent {{ x }}"},
        "plain": True,
    }


def test_a_run_may_be_scheduled_for_later(world, actor):
    action = RunDeployment(deployment_id=world.deployment().id, schedule_after=90.0)
    (done,) = actor.fire(action)
    run = world.run(run_id(done))
    assert run.state.type is StateType.SCHEDULED
    assert (run.next_scheduled_start_time - world.now).total_seconds() == 90


def test_the_deployment_may_be_that_of_the_run_that_failed(world, actor):
    deployment = world.deployment()
    failed = world.run_of(deployment, parameters={"day": "monday"})
    about = event(
        "prefect.flow-run.Failed",
        resource_id("flow-run", failed.id),
        related=[
            related(resource_id("flow", failed.flow_id), "flow", "etl"),
            related(resource_id("deployment", deployment.id), "deployment", "daily"),
        ],
    )
    action = RunDeployment(
        source="inferred",
        parameters={"day": "{{ flow_run.parameters.day }}", "of": "{{ flow.name }}/{{ deployment.name }}"},
    )
    (done,) = actor.fire(action, trigger=EventTrigger(expect=["prefect.flow-run.Failed"]), about=about)
    assert world.run(run_id(done)).parameters == {"day": "monday", "of": "etl/daily"}
    assert world.run(run_id(done)).deployment_id == deployment.id


def test_job_variables_that_do_not_fit_create_nothing_and_say_why(world, actor):
    deployment = world.deployment()
    action = RunDeployment(deployment_id=deployment.id, job_variables={"memory": "{{ event.payload.m }}"})
    (done,) = actor.fire(action, about=event(payload={"m": "much"}))
    assert done.status == "failed" and done.flow_run_id is None
    assert "memory" in done.reason
    (problem,) = done.outcome["problems"]
    assert (problem["path"], problem["layer"], problem["rule"]) == ("memory", "run", "type")
    assert done.rendered["job_variables"] == {"memory": "much"}
    assert world.call("count_flow_runs", body=_all()) == 0


def test_what_the_deployment_sets_counts_when_the_merged_variables_are_checked(world, actor):
    template = {
        "variables": {
            "type": "object",
            "properties": {"region": {"type": "string"}, "env": {"type": "object"}},
            "required": ["region"],
        },
        "job_configuration": {"region": "{{ region }}", "env": "{{ env }}"},
    }
    world.pool("strict", base_job_template=template)
    deployment = world.deployment(pool="strict", job_variables={"region": "eu"})
    (done,) = actor.fire(RunDeployment(deployment_id=deployment.id, job_variables={"env": {"A": "1"}}))
    assert world.run(run_id(done)).job_variables == {"env": {"A": "1"}}


def test_what_the_pool_closed_to_runs_is_refused_to_automations_too(world, actor):
    template = {**ENV_TEMPLATE, "variables": {"type": "object", "properties": {"image": {"type": "string"}}}}
    template["variables"]["properties"]["env"] = {"type": "object"}
    template["variables"]["properties"]["memory"] = {"type": "integer"}
    template["variables"]["properties"]["image"]["x-overridable"] = "deployment"
    world.pool("closed", base_job_template=template)
    deployment = world.deployment(pool="closed")
    action = RunDeployment(source="inferred", job_variables={"image": "evil:1"})
    about = event(resource=resource_id("deployment", deployment.id))
    (done,) = actor.fire(action, about=about)
    assert done.status == "failed" and done.outcome["code"] == "job-variables-forbidden"


def test_parameters_that_do_not_fit_the_flow_fail_the_action(world, actor):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    deployment = world.deployment(parameter_openapi_schema=schema)
    action = RunDeployment(deployment_id=deployment.id, parameters={"n": "{{ event.payload.n }}"})
    (done,) = actor.fire(action, about=event(payload={"n": "seven"}))
    assert (done.status, done.outcome["code"]) == ("failed", "parameter-invalid")


def test_a_template_that_fails_fails_the_action_and_never_becomes_a_value(world, actor):
    deployment = world.deployment()
    action = RunDeployment(deployment_id=deployment.id, parameters={"n": "{{ event.payload.missing }}"})
    (done,) = actor.fire(action)
    assert done.status == "failed"
    assert "parameters.n" in done.reason and "missing" in done.reason
    assert world.call("count_flow_runs", body=_all()) == 0


def test_references_stay_and_events_bring_none_along(world, actor):
    deployment = world.deployment()
    variables = {"env": {"TOKEN": "{{ penstock.secrets.token }}", "WHO": "{{ event.payload.who }}"}}
    action = RunDeployment(deployment_id=deployment.id, job_variables=variables)
    (done,) = actor.fire(action, name="good", about=event(payload={"who": "ada"}))
    env = world.run(run_id(done)).job_variables["env"]
    assert env == {"TOKEN": "{{ penstock.secrets.token }}", "WHO": "ada"}
    action = RunDeployment(
        deployment_id=deployment.id, job_variables={"env": {"WHO": "{{ event.payload.w }}"}}
    )
    (done,) = actor.fire(action, name="bad", about=event(payload={"w": "{{ penstock.secrets.token }}"}))
    assert done.status == "failed" and "placeholder" in done.reason


def test_a_run_has_the_key_of_its_action_or_the_one_that_is_given(world, actor):
    deployment = world.deployment()
    plain = RunDeployment(deployment_id=deployment.id)
    keyed = RunDeployment(deployment_id=deployment.id, idempotency_key="day {{ event.payload.day }}")
    firing = actor.firing(plain, keyed, about=event(payload={"day": 1}))
    own, given = (world.run(run_id(done)) for done in firing.actions)
    assert own.idempotency_key == f"{firing.id}:{firing.actions[0].id}"
    assert given.idempotency_key == "day 1"
    again = actor.firing(keyed, name="again", about=event(payload={"day": 1}))
    (done,) = again.actions
    assert run_id(done) == given.id
    assert (done.outcome["status_code"], done.outcome["existing"]) == (200, True)


def test_a_deployment_that_is_gone_is_named(world, actor):
    deployment = world.deployment()
    id = deployment.id
    about = event(resource=resource_id("deployment", uuid4()))
    (done,) = actor.fire(RunDeployment(source="inferred"), about=about)
    assert done.status == "failed" and "There is no deployment" in done.reason
    assert str(id) not in done.reason


def test_what_is_done_is_told_as_events(world, actor):
    deployment = world.deployment()
    firing = actor.firing(RunDeployment(deployment_id=deployment.id), name="answers")
    (done,) = firing.actions
    triggered, executed = events_about(world, "prefect.automation.action.")
    automation = resource_id("automation", firing.automation_id)
    assert (triggered.event, triggered.id) == ("prefect.automation.action.triggered", done.id)
    assert triggered.resource == {
        ID: automation,
        "prefect.resource.name": "answers",
        "prefect.trigger-type": "event",
        "prefect.posture": "Reactive",
    }
    assert executed.event == "prefect.automation.action.executed"
    assert (triggered.follows, executed.follows) == (firing.id, triggered.id)
    roles = {each["prefect.resource.role"]: each[ID] for each in executed.related}
    assert roles == {
        "target": resource_id("deployment", deployment.id),
        "flow-run": resource_id("flow-run", run_id(done)),
        "automation-triggered-event": resource_id("event", firing.id),
        "triggering-event": resource_id("event", firing.event_id),
        "creator": automation,
    }
    assert executed.payload == {
        "action_index": 0,
        "action_type": "run-deployment",
        "invocation": str(done.id),
        "status_code": 201,
    }


def test_what_fails_is_told_as_an_event(world, actor):
    deployment = world.deployment()
    action = RunDeployment(deployment_id=deployment.id, name="{{ event.payload.nobody }}")
    (done,) = actor.fire(action)
    failed = events_about(world, "prefect.automation.action.")[-1]
    assert failed.event == "prefect.automation.action.failed"
    assert failed.payload["reason"] == done.reason
    assert failed.related[0] == {
        ID: resource_id("deployment", deployment.id),
        "prefect.resource.role": "target",
    }


def test_a_run_that_an_automation_makes_knows_how_many_firings_led_to_it(world, actor):
    actor.fire(RunDeployment(deployment_id=world.deployment().id))
    (scheduled,) = events_about(world, "prefect.flow-run.")
    (creator,) = [each for each in scheduled.related if each["prefect.resource.role"] == "creator"]
    assert creator["penstock.automation.depth"] == "1"


def _all():
    return FlowRunCriteria()


def test_a_number_is_text_where_the_pool_takes_text_alone(world, actor):
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    template = {
        "variables": {"type": "object", "properties": {"env": texts}},
        "job_configuration": {"env": "{{ env }}"},
    }
    world.pool("strict", base_job_template=template)
    deployment = world.deployment(pool="strict")
    action = RunDeployment(deployment_id=deployment.id, job_variables=FORTY_TWO)
    (done,) = actor.fire(action, about=event(payload={"the_meaning_of_life": 42}))
    assert world.run(run_id(done)).job_variables == {"env": {"MY_NEW_ENV_VAR": "42"}}
    dotted = RunDeployment(deployment_id=deployment.id, job_variables={"env.N": "{{ event.payload.n }}"})
    (done,) = actor.fire(dotted, name="dotted", about=event(payload={"n": [1, True]}))
    assert world.run(run_id(done)).job_variables == {"env": {"N": "[1,true]"}}
