"""A deployment's job variables, edited path by path: declared, explained, and how they changed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from msgspec import UNSET

from penstock.contract.job_variable_edits import EditJobVariables, EnvKeys, JobVariableEdit
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.domain.errors import Conflict, NotFound
from penstock.domain.problems import JobVariablesForbidden, JobVariablesInvalid

TEMPLATE = {
    "variables": {
        "type": "object",
        "x-undeclared": "error",
        "required": ["memory"],
        "definitions": {"Password": {"type": "string", "format": "password"}},
        "properties": {
            "zone": {"type": "string", "title": "Zone", "description": "Where.", "default": "a"},
            "env": {"type": "object", "default": {"FROM": "pool"}, "x-env-keys": {"deny": ["LD_*"]}},
            "memory": {"type": "integer", "x-run": {"maximum": 4}},
            "image": {"type": "string", "default": "base:1", "x-overridable": "deployment"},
            "command": {"type": "string", "default": "run", "x-overridable": "never"},
            "token": {"anyOf": [{"$ref": "#/definitions/Password"}, {"type": "null"}]},
            "labels": {"type": "object", "x-merge": "keys"},
            "unused": True,
        },
    },
    "job_configuration": {
        name: f"{{{{ {name} }}}}" for name in ("zone", "env", "memory", "image", "command", "token", "labels")
    },
}


def read(world, deployment):
    return world.call("read_deployment_job_variables", id=deployment.id)


def edits_of(*edits, **given):
    made = [JobVariableEdit(path=path, value=value[0] if value else UNSET) for path, *value in edits]
    return EditJobVariables(edits=made, **given)


def edit(world, deployment, *edits, **given):
    return world.call("edit_deployment_job_variables", id=deployment.id, body=edits_of(*edits, **given))


def impact(world, deployment, *edits):
    return world.call("preview_deployment_edit", id=deployment.id, body=edits_of(*edits))


def leaf(answer, path):
    return next(leaf for leaf in answer.explanation.job.leaves if leaf.path == path)


def test_what_a_template_declares_is_told_in_its_order(world):
    pool = world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"env": {"A": 1}})
    told = read(world, deployment)
    assert (told.work_pool.id, told.work_pool.name, told.undeclared) == (pool.id, "local", "error")
    assert [each.name for each in told.declarations] == [*TEMPLATE["variables"]["properties"]]
    by_name = {each.name: each for each in told.declarations}
    assert (by_name["zone"].title, by_name["zone"].description) == ("Zone", "Where.")
    assert [name for name, each in by_name.items() if each.secret] == ["token"]
    assert [name for name, each in by_name.items() if each.required] == ["memory"]
    assert [name for name, each in by_name.items() if not each.used] == ["unused"]
    assert [name for name, each in by_name.items() if each.merge == "keys"] == ["env", "labels"]
    assert {name: each.overridable for name, each in by_name.items() if each.overridable != "run"} == {
        "image": "deployment",
        "command": "never",
    }
    assert by_name["memory"].run_bounds == {"maximum": 4}
    assert by_name["env"].env_keys == EnvKeys(deny=["LD_*"])
    assert (by_name["zone"].run_bounds, by_name["zone"].env_keys) == (UNSET, UNSET)
    assert by_name["unused"].schema == {}
    assert told.definitions == TEMPLATE["variables"]["definitions"]
    assert told.job_variables == {"env": {"A": 1}}
    assert told.updated == deployment.updated


def test_what_is_required_of_a_run_is_no_error_of_the_deployment(world):
    world.pool(base_job_template=TEMPLATE)
    told = read(world, world.deployment())
    assert (told.explanation.errors, told.explanation.complete) == ((), False)
    assert [(each.path, each.rule) for each in told.explanation.job.warnings] == [("memory", "required")]


def test_a_deployment_without_a_pool_declares_nothing(world):
    served = world.deployment(pool=None, job_variables={"env": {"A": 1}})
    told = read(world, served)
    assert (told.work_pool, told.declarations) == (None, [])
    assert "no-work-pool" in [each.rule for each in told.explanation.job.warnings]
    assert edit(world, served, (["env", "B"], 2)).job_variables == {"env": {"A": 1, "B": 2}}
    with pytest.raises(NotFound):
        world.call("read_deployment_job_variables", id=uuid4())


def test_only_what_is_named_changes(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"zone": "b", "env": {"A": 1, "B": 2}, "memory": 1})
    world.clock.advance(seconds=5)
    told = edit(world, deployment, (["env", "FROM"], None), (["env", "A"], "x"), (["zone"],))
    assert told.job_variables == {"env": {"A": "x", "B": 2, "FROM": None}, "memory": 1}
    assert [*told.job_variables["env"]] == ["A", "B", "FROM"]
    assert told.updated == world.now
    assert (leaf(told, "env.FROM").removed_by, leaf(told, "zone").layer) == ("deployment", "pool")
    assert read(world, deployment) == told
    assert world.run_of(deployment).job_variables is None
    assert world.claim().runs[0].job_spec.environment == {"A": "x", "B": "2"}


def test_a_reset_of_the_last_key_leaves_nothing_behind(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"env": {"A": 1}})
    assert edit(world, deployment, (["env", "A"],)).job_variables == {}


def test_an_edit_that_changes_nothing_is_none(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"memory": 1})
    world.clock.advance(seconds=5)
    assert edit(world, deployment, (["memory"], 1), (["labels", "x"],)).updated == deployment.updated
    assert edit(world, deployment).updated == deployment.updated


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ((["memory"], "much"), "memory"),
        ((["env", "A="], 1), "env['A=']"),
        ((["env", "A"], "\0"), "env.A"),
        ((["env.A"], 1), "env.A"),
        ((["zone", "x"], 1), "zone.x"),
        ((["nope"], 1), "nope"),
        ((["command"], "x"), "command"),
        ((["env", "LD_PRELOAD"], "x"), "env.LD_PRELOAD"),
    ],
)
def test_edits_are_made_all_or_none(world, wrong, path):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"memory": 1})
    with pytest.raises(JobVariablesInvalid) as refused:
        edit(world, deployment, (["memory"], 2), wrong)
    assert [problem.path for problem in refused.value.problems] == [path]
    assert read(world, deployment).job_variables == {"memory": 1}
    assert [error.path for error in impact(world, deployment, wrong).explanation.errors] == [path]


def test_who_may_not_is_told_apart_from_what_is_wrong(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"memory": 1})
    with pytest.raises(JobVariablesForbidden):
        edit(world, deployment, (["command"], "x"))
    with pytest.raises(JobVariablesForbidden):
        world.run_of(deployment, job_variables={"image": "x"})
    with pytest.raises(JobVariablesForbidden):
        world.run_of(deployment, job_variables={"memory": 5})
    assert edit(world, deployment, (["memory"], 5)).job_variables == {"memory": 5}


def test_a_pool_that_keeps_more_makes_what_waits_fail_and_says_why(world):
    world.pool(base_job_template=TEMPLATE)
    run = world.run_of(world.deployment(job_variables={"memory": 1}), job_variables={"zone": "b"})
    zone = {**TEMPLATE["variables"]["properties"]["zone"], "x-overridable": "never"}
    properties = {**TEMPLATE["variables"]["properties"], "zone": zone}
    raw = {**TEMPLATE, "variables": {**TEMPLATE["variables"], "properties": properties}}
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(base_job_template=raw))
    assert world.claim().runs == []
    assert "the pool keeps it" in world.run(run).state.message


def test_an_edit_of_what_somebody_else_edited_is_refused(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment()
    seen = read(world, deployment).updated
    world.clock.advance(seconds=1)
    again = edit(world, deployment, (["memory"], 1), seen=seen)
    with pytest.raises(Conflict, match="was edited at") as refused:
        edit(world, deployment, (["memory"], 2), seen=seen)
    assert refused.value.detail == {"updated": again.updated.isoformat()}
    assert edit(world, deployment, (["memory"], 2), seen=again.updated).job_variables == {"memory": 2}


def test_an_edit_is_thought_of_before_it_is_made(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"memory": 1, "env": {"A": 1}})
    world.run_of(deployment)
    world.run_of(deployment, due=world.later(hours=1))
    told = impact(world, deployment, (["env", "A"],), (["env", "FROM"], "me"), (["memory"], 1))
    assert [(each.path, each.before, each.after) for each in told.changes] == [
        ("env.FROM", "pool", "me"),
        ("env.A", 1, UNSET),
    ]
    assert (told.waiting_runs, told.explanation.errors) == (2, ())
    assert read(world, deployment).job_variables == {"memory": 1, "env": {"A": 1}}
    world.claim()
    assert impact(world, deployment).waiting_runs == 1
    made = edit(world, deployment, (["env", "A"],), (["env", "FROM"], "me"), (["memory"], 1))
    assert made.explanation == told.explanation


def history(world, deployment, path, limit=50):
    return world.call("read_leaf_history", id=deployment.id, path=path, limit=limit)


def runs_with(world, deployment, *values):
    """One claimed run for each value of `env.REGION`; an empty text takes it away."""
    names = []
    for number, value in enumerate(values):
        world.clock.advance(minutes=1)
        run = world.run_of(deployment, name=f"r{number}", job_variables={"env": {"REGION": value}})
        assert [claimed.flow_run.id for claimed in world.claim().runs] == [run.id]
        names.append(run.name)
    return names


def test_how_a_value_changed_is_told_newest_first(world):
    world.pool(base_job_template=TEMPLATE)
    deployment = world.deployment(job_variables={"memory": 1})
    start = world.now
    runs_with(world, deployment, "a", "a", "b", None, "b", "b")
    world.run_of(deployment, name="waits")
    told = history(world, deployment, "env.REGION")
    assert [(each.flow_run.name, each.value, each.layer) for each in told.entries] == [
        ("r4", "b", "run"),
        ("r3", UNSET, "run"),
        ("r2", "b", "run"),
        ("r0", "a", "run"),
    ]
    assert told.runs_looked_at == 6
    assert told.entries[0].frozen_at == start + timedelta(minutes=5)
    assert told.entries[0].flow_run.within == "etl"
    assert [each.value for each in history(world, deployment, "env.REGION", 2).entries] == ["b", UNSET]
    assert [(each.value, each.layer) for each in history(world, deployment, "memory").entries] == [
        (1, "deployment")
    ]
    assert [each.value for each in history(world, deployment, "nope").entries] == [UNSET]
    assert [each.value for each in history(world, deployment, "env").entries][:2] == [
        {"FROM": "pool", "REGION": "b"},
        {"FROM": "pool"},
    ]
    with pytest.raises(NotFound):
        world.call("read_leaf_history", id=uuid4(), path="env", limit=1)


def test_a_history_without_runs_is_empty(world):
    world.pool(base_job_template=TEMPLATE)
    told = history(world, world.deployment(), "env.REGION")
    assert (told.entries, told.runs_looked_at) == ([], 0)
