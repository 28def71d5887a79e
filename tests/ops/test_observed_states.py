"""The states that runs were seen in."""

from datetime import timedelta

from tests.ops.test_timelines import task_of

from penstock.contract.observed_states import ObservedStateSort
from penstock.server.ops import observed_states


def read(world, query=None, order_by=ObservedStateSort.LAST_SEEN_DESC, limit=200):
    return world.call("read_observed_states", query=query, order_by=order_by, limit=limit)


def test_states_of_flow_and_task_runs_are_told_once_each(world):
    assert read(world) == []
    run = world.own_run()
    begun = world.now
    world.clock.advance(seconds=1)
    world.set_state(run, "RUNNING", lease=run.lease)
    first = world.now
    task_of(world, run, states=("RUNNING",))
    last = world.now
    world.clock.advance(seconds=1)
    world.set_state(run, "COMPLETED", lease=run.lease, name="Half_done%")
    told = {(each.state_type, each.state_name): (each.first_seen, each.last_seen) for each in read(world)}
    assert told == {
        ("PENDING", "Pending"): (begun, first),
        ("RUNNING", "Running"): (first, last),
        ("COMPLETED", "Half_done%"): (world.now, world.now),
    }
    assert [each.state_name for each in read(world)] == ["Half_done%", "Running", "Pending"]
    by_name = read(world, order_by=ObservedStateSort.NAME_ASC)
    assert [each.state_name for each in by_name] == ["Half_done%", "Pending", "Running"]
    assert [each.state_name for each in read(world, limit=1)] == ["Half_done%"]
    assert [each.state_name for each in read(world, "RUNN")] == ["Running"]
    assert [each.state_name for each in read(world, "%")] == ["Half_done%"]
    assert read(world, "a_l") == []


def test_the_last_runs_are_looked_at_with_all_that_they_went_through(world, monkeypatch):
    monkeypatch.setattr(observed_states, "LOOKED_AT", 1)
    old = world.own_run()
    world.set_state(old, "RUNNING", lease=old.lease)
    world.set_state(old, "FAILED", lease=old.lease)
    world.clock.advance(seconds=1)
    world.own_run()
    assert [each.state_name for each in read(world)] == ["Pending", "Failed"]


def test_no_name_is_missed_that_a_run_has_now(world, monkeypatch):
    monkeypatch.setattr(observed_states, "LOOKED_AT", 1)
    run = world.own_run()
    task_of(world, run, "flows.load", states=("RUNNING", "FAILED"))
    world.clock.advance(seconds=1)
    first = world.now
    for name in ("Odd", "Odd", "Other"):
        each = world.own_run()
        world.set_state(each, "FAILED", lease=each.lease, name=name)
        world.clock.advance(seconds=1)
    world.own_run()
    after = world.now
    task_of(world, run, "flows.send", states=("RUNNING",))
    told = {each.state_name: (each.state_type, each.first_seen, each.last_seen) for each in read(world)}
    assert told["Odd"] == ("FAILED", first, after - timedelta(seconds=2))
    assert told["Other"] == ("FAILED", *[after - timedelta(seconds=1)] * 2)
    assert told["Failed"][0] == "FAILED"
    monkeypatch.setattr(observed_states, "NAMES", 1)
    assert "Other" not in {each.state_name for each in read(world)}
