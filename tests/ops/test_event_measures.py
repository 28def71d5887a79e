"""The events of a run say what metric triggers measure: how late it started, and how long it ran."""

import pytest

from penstock.contract.events import EventQuery
from penstock.contract.states import StateType


def measured(world):
    page = world.call("read_events", body=EventQuery(limit=200))
    told = {each.event: each.payload for each in page.events if each.event.startswith("prefect.flow-run.")}
    return {name.rpartition(".")[2]: payload.get("measures") for name, payload in told.items()}


def test_a_run_that_starts_late_and_runs_for_a_while(world):
    run = world.own_run(holder=None)
    world.clock.advance(seconds=7)
    world.set_state(run, StateType.RUNNING)
    world.clock.advance(seconds=30)
    world.set_state(run, StateType.COMPLETED)
    measures = measured(world)
    assert measures["Running"] == {"lateness": pytest.approx(7)}
    assert measures["Completed"] == {"duration": pytest.approx(30)}
    assert measures["Pending"] is None


def test_a_run_that_never_started_measures_nothing(world):
    run = world.own_run(holder=None)
    world.set_state(run, StateType.FAILED)
    assert measured(world)["Failed"] is None
