"""Facts about the run around the caller, from the context, the environment, or nowhere."""

from datetime import UTC, datetime

import pytest

import penstock
import penstock.runtime.flow_run
from penstock import runtime
from penstock.domain.errors import InvalidInput


def test_facts_inside_a_run(colour, served):
    @colour.task(name="t", tags=["b"])
    async def inner(x):
        facts = runtime.task_run
        return (
            facts.id,
            facts.name,
            facts.task_name,
            facts.parameters,
            facts.run_count,
            facts.tags,
            facts.api_url,
        )

    @colour.flow(name="f", version="v1")
    async def outer(y=1):
        facts = runtime.flow_run
        return (
            (facts.id, facts.name, facts.flow_name, facts.flow_version, facts.parameters, facts.run_count),
            (facts.parent_flow_run_id, facts.root_flow_run_id, facts.scheduled_start_time),
            (facts.api_url, facts.ui_url, facts.tags, facts.job_variables),
            (runtime.deployment.id, runtime.deployment.name, runtime.deployment.flow_run_id),
            await colour.get(inner(5)),
        )

    of_run, of_family, places, deployment, of_task = colour.run(outer)
    run = served.flow_run(of_run[0])
    assert of_run == (str(run.id), run.name, "f", "v1", {"y": 1}, 1)
    assert of_family[:2] == (None, of_run[0])
    assert isinstance(of_family[2], datetime)
    url = served.client.api_url
    assert places == (f"{url}/flow_runs/{run.id}", f"{url[:-4]}/runs/flow-run/{run.id}", [], None)
    assert deployment == (None, None, of_run[0])
    assert of_task[1:6] == ("t-0", "t", {"x": 5}, 1, ["b"])
    assert of_task[6] == f"{url}/task_runs/{of_task[0]}"


def test_facts_outside_any_run(embedded):
    assert (runtime.flow_run.id, runtime.flow_run.name, runtime.flow_run.parameters) == (None, None, {})
    assert (runtime.flow_run.tags, runtime.flow_run.run_count, runtime.flow_run.root_flow_run_id) == (
        [],
        0,
        None,
    )
    assert (runtime.task_run.id, runtime.task_run.tags, runtime.task_run.parameters) == (None, [], {})
    assert (runtime.deployment.id, runtime.deployment.parameters, runtime.deployment.version) == (
        None,
        {},
        None,
    )
    assert runtime.flow_run.scheduled_start_time.tzinfo is UTC


def test_facts_of_a_process_that_was_started_for_a_run(store, monkeypatch):
    @penstock.flow(name="started")
    def flow(x=1): ...

    state = flow(return_state=True)
    id = state.state_details.flow_run_id
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(id))
    assert runtime.flow_run.id == str(id)
    assert runtime.flow_run.flow_name == "started"
    assert runtime.flow_run.parameters == {"x": 1}


@pytest.mark.parametrize("prefix", ["PENSTOCK", "PREFECT"])
def test_the_environment_overrides_facts(monkeypatch, prefix):
    facts = {
        "FLOW_RUN__NAME": "n",
        "FLOW_RUN__RUN_COUNT": "3",
        "FLOW_RUN__TAGS": "a, b",
        "FLOW_RUN__PARAMETERS": '{"x": 1}',
        "FLOW_RUN__SCHEDULED_START_TIME": "2026-01-02T03:04:05Z",
        "TASK_RUN__TASK_NAME": "t",
        "DEPLOYMENT__NAME": "d",
    }
    for name, value in facts.items():
        monkeypatch.setenv(f"{prefix}__RUNTIME__{name}", value)
    run = runtime.flow_run
    assert (run.name, run.run_count, run.tags, run.parameters) == ("n", 3, ["a", "b"], {"x": 1})
    assert run.scheduled_start_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (runtime.task_run.task_name, runtime.deployment.name) == ("t", "d")


def test_an_override_that_does_not_fit_is_told(monkeypatch):
    monkeypatch.setenv("PENSTOCK__RUNTIME__FLOW_RUN__RUN_COUNT", "many")
    with pytest.raises(InvalidInput, match="PENSTOCK__RUNTIME__FLOW_RUN__RUN_COUNT = 'many'"):
        runtime.flow_run.run_count  # noqa: B018


def test_a_fact_that_there_is_not_suggests_another():
    with pytest.raises(AttributeError, match=r"no 'nmae'\. Did you mean 'name'\?"):
        runtime.flow_run.nmae  # noqa: B018
    assert "parameters" in dir(penstock.runtime.flow_run)
