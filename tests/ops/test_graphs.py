"""The graph of a flow run, in both forms that the reference has."""

from uuid import uuid4

import pytest
from msgspec.structs import replace
from tests.ops.test_timelines import task_of
from tests.ops.world import World

from penstock.contract.artifacts import ArtifactCreate
from penstock.contract.flow_runs import FlowRunCreate, SetRunState
from penstock.contract.graphs import FROM_THE_BEGINNING
from penstock.contract.task_runs import ConstantInput, FlowRunResult, ParameterInput, TaskRunResult
from penstock.db.tables import task_runs
from penstock.domain.errors import AnswerTooLarge, NotFound
from penstock.domain.states import StateCreate, StateDetails, StateType


def graph_of(world, run, since=FROM_THE_BEGINNING):
    return world.call("read_flow_run_graph", id=run.id, since=since)


def ids(edges):
    return [edge.id for edge in edges]


@pytest.fixture
def run(world):
    """A run that runs, in which a child run took the result of a task, and a task that of the child."""
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    return run


def family(world, run):
    first = task_of(world, run, "flows.load", states=("RUNNING", "COMPLETED"))
    taken = {"x": [TaskRunResult(id=first.id), ConstantInput(type="int"), ParameterInput(name="p")]}
    stands = task_of(world, run, "flows.child", task_inputs=taken, states=("RUNNING",))
    body = FlowRunCreate(
        flow_id=world.flow("sums").id,
        name="one",
        parent_task_run_id=stands.id,
        parent_flow_run_id=run.id,
    )
    child = world.call("create_flow_run", body=body).value
    world.clock.advance(seconds=1)
    world.set_state(child, "RUNNING")
    last = task_of(
        world,
        run,
        "flows.send",
        task_inputs={
            "x": [FlowRunResult(id=child.id), TaskRunResult(id=stands.id), TaskRunResult(id=uuid4())],
            "__parents__": [TaskRunResult(id=first.id)],
        },
    )
    return first, stands, child, last


def test_a_graph_has_child_runs_in_the_place_of_the_tasks_that_stand_for_them(world, run):
    first, _, child, last = family(world, run)
    told = graph_of(world, run)
    nodes = dict(told.nodes)
    assert [id for id, _ in told.nodes] == [first.id, child.id, last.id]
    assert all(node.id == id for id, node in told.nodes)
    assert [node.kind for node in nodes.values()] == ["task-run", "flow-run", "task-run"]
    assert [node.label for node in nodes.values()] == ["load-0", "sums / one", "send-0"]
    assert [node.state_type for node in nodes.values()] == ["COMPLETED", "RUNNING", "PENDING"]
    assert [ids(node.parents) for node in nodes.values()] == [[], [first.id], [child.id]]
    assert [ids(node.children) for node in nodes.values()] == [[child.id], [last.id], []]
    assert [ids(node.encapsulating) for node in nodes.values()] == [[], [], [first.id]]
    assert told.root_node_ids == [first.id]
    assert [(s.type, s.name) for s in told.states] == [("PENDING", "Pending"), ("RUNNING", "Running")]
    assert (told.start_time, told.end_time) == (world.run(run).start_time, None)
    # A task that has no state yet stands where it was made.
    assert nodes[last.id].start_time == last.created


def test_a_graph_since_a_moment_lacks_what_had_ended(world, run):
    first, _, child, last = family(world, run)
    told = graph_of(world, run, world.later(seconds=1))
    assert [id for id, _ in told.nodes] == [child.id, last.id]
    assert ids(told.nodes[0][1].parents) == [first.id]
    assert told.root_node_ids == []
    ended = dict(graph_of(world, run).nodes)[first.id].end_time
    assert [id for id, _ in graph_of(world, run, ended).nodes] == [first.id, child.id, last.id]


def test_artifacts_stand_beside_what_made_them(world, run):
    task = task_of(world, run, states=("RUNNING",))

    def leave(**given):
        return world.call("create_artifact", body=ArtifactCreate(flow_run_id=run.id, **given))

    old = leave(key="k", type="markdown", data="# old")
    new = leave(key="k", type="markdown", data="# new")
    bar = leave(key="bar", type="progress", data=12.5, task_run_id=task.id)
    leave(type="result", data="x", task_run_id=task.id)
    told = graph_of(world, run)
    shown = {each.id: (each.key, each.type, each.is_latest, each.data) for each in told.artifacts}
    assert shown == {new.id: ("k", "markdown", True, None), old.id: ("k", "markdown", False, None)}
    [of_task] = told.nodes[0][1].artifacts
    assert (of_task.id, of_task.is_latest, of_task.data) == (bar.id, True, 12.5)


def test_dependencies_are_results_of_task_runs(world, run):
    first, stands, _, last = family(world, run)
    world.clock.advance(seconds=3)
    told = {each.id: each for each in world.call("read_flow_run_dependencies", id=run.id)}
    assert told.keys() == {first.id, stands.id, last.id}
    assert told[first.id].upstream_dependencies == []
    assert told[stands.id].upstream_dependencies == [TaskRunResult(id=first.id)]
    assert TaskRunResult(id=stands.id) in told[last.id].upstream_dependencies
    assert (told[first.id].total_run_time, told[first.id].state.type) == (1.0, "COMPLETED")
    assert told[stands.id].estimated_run_time == 4.0
    assert not told[first.id].untrackable_result


def test_dependencies_expected_at_no_time_come_last(world, run):
    never, second = (task_of(world, run, number=number) for number in "01")
    statement = task_runs.update().where(task_runs.c.id == never.id).values(expected_start_time=None)
    world.store.run(world.db.write(lambda tx: tx.execute(statement)))
    told = world.call("read_flow_run_dependencies", id=run.id)
    assert [each.id for each in told] == [second.id, never.id]


def test_what_nobody_can_follow_says_so(world, run):
    task = task_of(world, run, states=("RUNNING",))
    details = StateDetails(untrackable_result=True)
    state = StateCreate(type=StateType.COMPLETED, state_details=details)
    world.call("set_task_run_state", id=task.id, body=SetRunState(state=state))
    [told] = world.call("read_flow_run_dependencies", id=run.id)
    assert told.untrackable_result


def test_too_many_nodes_are_refused(world):
    few = World(world.store, replace(world.limits, graph_nodes=2))
    run = few.own_run()
    for number in range(2):
        task_of(few, run, number=str(number))
    assert len(graph_of(few, run).nodes) == 2
    task_of(few, run, number="2")
    for name, given in (
        ("read_flow_run_graph", {"since": FROM_THE_BEGINNING}),
        ("read_flow_run_dependencies", {}),
    ):
        with pytest.raises(AnswerTooLarge, match="more than 2 nodes"):
            few.call(name, id=run.id, **given)


def test_a_run_without_tasks_has_an_empty_graph(world):
    run = world.own_run()
    told = graph_of(world, run)
    assert (told.nodes, told.root_node_ids, told.artifacts) == ([], [], [])
    assert world.call("read_flow_run_dependencies", id=run.id) == []
    for name, given in (
        ("read_flow_run_graph", {"since": FROM_THE_BEGINNING}),
        ("read_flow_run_dependencies", {}),
    ):
        with pytest.raises(NotFound):
            world.call(name, id=uuid4(), **given)
