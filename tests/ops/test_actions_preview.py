"""What an action would do is told by what does it, and nothing is done."""

from uuid import uuid4

import pytest
from tests.ops.acting import Actor, automation, event, happen, run_id
from tests.ops.world import World

from penstock.contract.automation_tests import ActionTest, EventDraft
from penstock.contract.flow_runs import FlowRunCriteria
from penstock.db.statements import actions as statements
from penstock.domain.automations import CallWebhook, CancelFlowRun, PauseWorkPool, RunDeployment
from penstock.domain.events import ID, related, resource_id
from penstock.server.acting import automation as automation_caller
from penstock.server.action_context import context_of
from penstock.server.action_log import occasion_of


@pytest.fixture
def world(served_world):
    served_world.pool()
    return served_world


def preview(world: World, action, **given):
    given.setdefault("resource", {ID: "door.1"})
    draft = EventDraft(event="door.opened", **given)
    return world.call("preview_action", body=ActionTest(action=action, event=draft))


def test_a_preview_says_what_the_run_would_get_and_makes_none(world):
    deployment = world.deployment(job_variables={"env": {"WHO": "deployment"}}, parameters={"keep": 1})
    action = RunDeployment(
        deployment_id=deployment.id,
        parameters={"n": "{{ event.payload.n }}"},
        job_variables={"env": {"WHO": "{{ event.payload.who }}"}},
    )
    told = preview(world, action, payload={"n": 7, "who": "ada"})
    assert (told.ok, told.problems) == (True, [])
    assert (told.target.kind, told.target.id, told.target.name) == ("deployment", deployment.id, "daily")
    assert told.rendered["parameters"] == {"n": 7}
    assert told.parameters == {"keep": 1, "n": 7}
    (leaf,) = [leaf for leaf in told.explanation.job.leaves if leaf.path == "env.WHO"]
    assert [(said.layer, said.value) for said in leaf.said] == [("deployment", "deployment"), ("run", "ada")]
    assert told.explanation.job.origins == {"run": "automation:preview"}
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0


def test_a_preview_and_the_run_have_the_same_job(world):
    action = RunDeployment(
        deployment_id=world.deployment().id, job_variables={"env": {"N": "{{ event.payload.n }}"}}
    )
    told = preview(world, action, payload={"n": 1})
    (done,) = Actor(world).fire(action, about=event(payload={"n": 1}))
    job = world.call("read_job_spec", id=run_id(done)).explanation.job
    assert told.explanation.job.hash == job.hash


def test_everything_in_the_way_has_the_path_of_its_field(world):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    deployment = world.deployment(parameter_openapi_schema=schema)
    action = RunDeployment(
        deployment_id=deployment.id,
        parameters={"n": "{{ event.payload.n }}"},
        job_variables={"memory": "{{ event.payload.n }}"},
        work_queue_name="nowhere",
    )
    told = preview(world, action, payload={"n": "seven"})
    assert not told.ok
    assert [problem.path for problem in told.problems] == [
        "work_queue_name",
        "parameters.n",
        "job_variables.memory",
    ]


def test_a_template_that_fails_is_a_problem_with_its_place(world):
    action = RunDeployment(deployment_id=world.deployment().id, parameters={"n": "{{ event.payload.n.m }}"})
    told = preview(world, action, payload={})
    (problem,) = told.problems
    assert (told.ok, told.rendered, problem.path, problem.rule) == (False, None, "parameters.n", "template")


def test_a_target_that_cannot_be_told_is_a_problem(world):
    told = preview(world, CancelFlowRun())
    (problem,) = told.problems
    assert not told.ok and "has to do with no flow run" in problem.message
    told = preview(world, PauseWorkPool(work_pool_id=uuid4()))
    (problem,) = told.problems
    assert (problem.path, problem.rule) == ("work_pool_id", "not-found")


def test_a_webhook_is_not_called_and_its_secrets_are_not_shown(world):
    action = CallWebhook(url="http://127.0.0.1:9/x", headers={"Authorization": "Bearer x"})
    told = preview(world, action)
    assert (told.ok, told.rendered["headers"]) == (True, {"Authorization": "••••••"})
    (problem,) = preview(world, CallWebhook(payload="x")).problems
    assert problem.path == "url"


# What templates see.


def context(world, about, *names):
    made = automation(world, name=f"sees-{about.event}", actions=[CancelFlowRun()])
    happen(world, about)
    Actor(world).evaluator.turn()
    world.clock.advance(seconds=0.01)

    async def read(tx):
        (row,) = [
            row
            for row in await tx.fetch_all(statements.due(), {"now": tx.now, "at_most": 50})
            if row["automation_id"] == made.id
        ]
        occasion = occasion_of(row)
        return await context_of(tx, automation_caller(occasion, world.limits), occasion, set(names))

    return world.store.read(read)


def test_templates_see_what_the_event_is_about(world):
    deployment = world.deployment(parameters={"p": 1}, job_variables={"env": {"TOKEN": "s3cret"}})
    run = world.run_of(deployment, job_variables={"env": {"OTHER": "s3cret"}})
    about = event(related=[related(resource_id("flow-run", run.id), "flow-run")])
    names = ("flow_run", "flow", "deployment", "work_pool", "work_queue", "task_run", "automation", "event")
    seen = context(world, about, *names)
    assert seen["flow_run"]["parameters"] == {"p": 1}
    assert seen["flow_run"]["state"]["type"] == "SCHEDULED"
    assert (seen["flow"]["name"], seen["deployment"]["name"]) == ("etl", "daily")
    assert (seen["work_pool"]["name"], seen["work_queue"]["name"]) == ("local", "default")
    assert seen["automation"]["name"] == "sees-door.opened"
    assert seen["event"]["resource"] == {ID: "door.1"}
    assert "task_run" not in seen
    assert "s3cret" not in repr(seen)


def test_templates_see_only_what_they_name(world):
    run = world.run_of(world.deployment())
    about = event(related=[related(resource_id("flow-run", run.id), "flow-run")])
    assert context(world, about, "labels", "flow").keys() == {"labels", "flow"}


def test_what_is_gone_is_missing_and_named_so(world):
    action = RunDeployment(deployment_id=world.deployment().id, parameters={"of": "{{ flow_run.name }}"})
    about = event(related=[related(resource_id("flow-run", uuid4()), "flow-run")])
    (done,) = Actor(world).fire(action, about=about)
    assert done.status == "failed" and "flow_run" in done.reason
