"""Task runs: in batches, as our engine records them, and one by one."""

from uuid import uuid4

import pytest

from penstock.contract.filters import FlowRunOfTaskFilter, TaskRunFilter
from penstock.contract.flow_runs import SetRunState
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import (
    ConstantInput,
    RecordedState,
    RecordTaskRuns,
    TaskRunCreate,
    TaskRunPolicy,
    TaskRunQuery,
    TaskRunRecord,
    TaskRunResult,
    TaskRunUpdate,
)
from penstock.domain.errors import AlreadyExists, Fenced, NotFound, TooLarge
from penstock.domain.ids import new_id
from penstock.domain.states import StateDetails, StateType

COURSE = (StateType.PENDING, StateType.RUNNING, StateType.COMPLETED)


def state(world, type, seconds=0.0, **given):
    return RecordedState(id=new_id(world.now), type=type, timestamp=world.later(seconds=seconds), **given)


def record(world, run, name="t", *, types=COURSE, **given):
    """A task run that went through states a second apart."""
    given.setdefault("dynamic_key", name)
    return TaskRunRecord(
        id=given.pop("id", None) or new_id(world.now),
        flow_run_id=run.id if run else None,
        name=name,
        task_key=given.pop("task_key", "etl.load"),
        states=[state(world, type, number) for number, type in enumerate(types)],
        **given,
    )


def send(world, records, caller=None, sequence=1):
    body = RecordTaskRuns(recorder=uuid4(), sequence=sequence, records=records)
    return world.call("record_task_runs", caller, body=body)


def states_of(world, id):
    return [s.name for s in world.call("read_task_run_states", task_run_id=id)]


def test_a_batch_is_recorded_as_it_was(world):
    run = world.own_run()
    upstream = new_id(world.now)
    sent = record(
        world,
        run,
        "load-1",
        tags=["a"],
        labels={"x": 1},
        task_version="3",
        cache_key="k",
        empirical_policy=TaskRunPolicy(retries=2, retry_delay=[1, 2]),
        task_inputs={"rows": [TaskRunResult(id=upstream)], "size": [ConstantInput(type="int")]},
        flow_run_run_count=1,
    )
    sent.states[-1].data = {"rows": 3}
    sent.states[-1].message = "done"
    sent.states[-1].state_details = StateDetails(cache_key="k", untrackable_result=True)
    receipt = send(world, [sent], sequence=7)
    assert (receipt.sequence, receipt.runs, receipt.states) == (7, 1, 3)
    task = world.call("read_task_run", id=sent.id)
    assert (task.name, task.tags, task.labels, task.task_version) == ("load-1", ["a"], {"x": 1}, "3")
    assert (task.empirical_policy, task.task_inputs) == (sent.empirical_policy, sent.task_inputs)
    assert (task.state.id, task.state_name, task.state.message) == (sent.states[-1].id, "Completed", "done")
    assert (task.state.data, task.state.state_details.cache_key) == ({"rows": 3}, "k")
    assert task.state.state_details.task_run_id == sent.id
    assert (task.start_time, task.end_time) == (world.later(seconds=1), world.later(seconds=2))
    assert (task.run_count, task.total_run_time) == (1, 1.0)
    assert states_of(world, sent.id) == ["Pending", "Running", "Completed"]


def test_a_batch_may_be_sent_again_and_again(world):
    run = world.own_run()
    sent = [record(world, run, f"t{number}") for number in range(5)]
    send(world, sent)
    before = world.call("read_task_run", id=sent[0].id)
    again = send(world, sent)
    assert (again.runs, again.states) == (0, 0)
    assert world.call("read_task_run", id=sent[0].id) == before


def test_states_may_come_in_several_batches_and_several_records(world):
    run = world.own_run()
    first = record(world, run, types=(StateType.PENDING,))
    send(world, [first])
    running, done = state(world, StateType.RUNNING, 1), state(world, StateType.COMPLETED, 4)
    increments = [
        TaskRunRecord(
            id=first.id, flow_run_id=run.id, name="t", task_key="etl.load", dynamic_key="t", states=s
        )
        for s in ([running], [running, done])
    ]
    receipt = send(world, increments)
    assert (receipt.runs, receipt.states) == (0, 2)
    task = world.call("read_task_run", id=first.id)
    assert (task.state_name, task.run_count, task.total_run_time) == ("Completed", 1, 3.0)
    assert states_of(world, first.id) == ["Pending", "Running", "Completed"]


def test_a_task_that_is_tried_again_counts_its_attempts(world):
    run = world.own_run()
    types = (*COURSE[:2], StateType.FAILED, StateType.RUNNING, StateType.COMPLETED)
    sent = record(world, run, types=types)
    send(world, [sent])
    task = world.call("read_task_run", id=sent.id)
    assert (task.run_count, task.total_run_time, task.state_name) == (2, 2.0, "Completed")


def test_a_task_may_belong_to_no_flow(world):
    sent = record(world, None)
    send(world, [sent])
    assert world.call("read_task_run", id=sent.id).flow_run_id is None
    nowhere = TaskRunFilter(flow_run_id=FlowRunOfTaskFilter(is_null_=True))
    assert [t.id for t in world.call("read_task_runs", body=TaskRunQuery(task_runs=nowhere))] == [sent.id]


def test_a_call_that_is_known_by_another_id_is_the_same_call(world):
    run = world.own_run()
    known = record(world, run, "a")
    send(world, [known])
    again = record(world, run, "a")
    receipt = send(world, [again, record(world, run, "b")])
    assert (receipt.runs, receipt.states) == (1, 6)
    assert len(states_of(world, known.id)) == 6
    with pytest.raises(NotFound):
        world.call("read_task_run", id=again.id)


def test_text_that_no_database_stores_does_not_stop_a_batch(world):
    run = world.own_run()
    odd = record(world, run, "odd")
    odd.states[-1].message = "nul \0 here"
    odd.states[-1].data = {"deep": ["\0", "\\u0000"]}
    long = record(world, run, "long")
    long.states[-1].message = "x" * 70_000
    send(world, [odd, long, record(world, run, "plain")])
    task = world.call("read_task_run", id=odd.id)
    assert task.state.message == "nul � here"
    assert task.state.data == {"deep": ["�", "\\u0000"]}
    message = world.call("read_task_run", id=long.id).state.message
    assert message.endswith("… [4464 more characters were cut off]")


def test_a_process_that_lost_its_run_records_nothing(world):
    run = world.own_run()
    lost = world.holding(uuid4())
    with pytest.raises(Fenced):
        send(world, [record(world, run)], lost)
    assert send(world, [record(world, run)], world.holding(run.lease)).runs == 1
    world.set_state(run, "COMPLETED", lease=run.lease)
    with pytest.raises(Fenced):
        send(world, [record(world, run, "late")], world.holding(run.lease))


def test_a_run_that_there_is_not_is_named(world):
    gone = world.own_run()
    world.call("delete_flow_run", id=gone.id)
    with pytest.raises(NotFound, match=str(gone.id)) as refused:
        send(world, [record(world, world.own_run(), "a"), record(world, gone, "b")])
    assert refused.value.detail == {"flow_run_ids": [str(gone.id)]}
    assert world.call("count_task_runs", body=TaskRunQuery()) == 0


def test_ids_belong_to_one_thing(world):
    run = world.own_run()
    first, second = record(world, run, "a"), record(world, run, "b")
    send(world, [first])
    second.states[1].id = first.states[1].id
    with pytest.raises(AlreadyExists, match="state of this batch"):
        send(world, [second])
    body = TaskRunCreate(id=first.id, flow_run_id=run.id, task_key="k", dynamic_key="other")
    with pytest.raises(AlreadyExists, match=str(first.id)):
        world.call("create_task_run", body=body)
    assert world.call("count_task_runs", body=TaskRunQuery()) == 1


def test_a_batch_has_a_bound(world):
    run = world.own_run()
    with pytest.raises(TooLarge, match="at most 10000"):
        send(world, [record(world, run)] * 10_001)
    assert send(world, []).runs == 0


def test_states_may_come_one_by_one(world):
    run = world.own_run()
    body = TaskRunCreate(
        flow_run_id=run.id, task_key="k", dynamic_key="0", state=StateCreate(type=StateType.PENDING)
    )
    made = world.call("create_task_run", body=body)
    again = world.call("create_task_run", body=body)
    assert (made.created, again.created, made.value.id) == (True, False, again.value.id)

    def propose(type, **given):
        return world.call(
            "set_task_run_state", id=made.value.id, body=SetRunState(state=StateCreate(type=type))
        )

    assert propose(StateType.RUNNING).status == "ACCEPT"
    world.clock.advance(seconds=2)
    assert propose(StateType.COMPLETED).status == "ACCEPT"
    refused = propose(StateType.RUNNING)
    assert (refused.status, refused.state.name) == ("REJECT", "Completed")
    task = world.call("read_task_run", id=made.value.id)
    assert (task.run_count, task.total_run_time, task.state_name) == (1, 2.0, "Completed")
    first = world.call("read_task_run_states", task_run_id=task.id)[0]
    assert world.call("read_task_run_state", id=first.id) == first


def test_a_task_run_is_renamed_and_deleted(world):
    run = world.own_run()
    sent = record(world, run)
    send(world, [sent])
    world.call("update_task_run", id=sent.id, body=TaskRunUpdate(name="other"))
    assert world.call("read_task_run", id=sent.id).name == "other"
    world.call("delete_task_run", id=sent.id)
    for name in ("read_task_run", "delete_task_run"):
        with pytest.raises(NotFound):
            world.call(name, id=sent.id)
    with pytest.raises(NotFound):
        world.call("update_task_run", id=sent.id, body=TaskRunUpdate(name="x"))
    with pytest.raises(NotFound):
        world.call("create_task_run", body=TaskRunCreate(flow_run_id=uuid4(), task_key="k", dynamic_key="0"))


def test_what_belongs_to_a_run_goes_with_it(world):
    run = world.own_run()
    sent = record(world, run)
    send(world, [sent])
    world.call("delete_flow_run", id=run.id)
    assert states_of(world, sent.id) == []
    with pytest.raises(NotFound):
        world.call("delete_flow_run", id=run.id)


def test_a_thousand_task_runs_are_recorded_in_one_go(world):
    run = world.own_run()
    sent = [record(world, run, f"t{number}") for number in range(1000)]
    assert send(world, sent).states == 3000
    assert world.call("count_task_runs", body=TaskRunQuery()) == 1000
