"""What a task run does and leaves behind: the same in both colours, called and submitted."""

import asyncio
import threading
import time

import pytest

from penstock import allow_failure, flow, runtime, tags, task, unmapped
from penstock.contract.task_runs import TaskRunResult
from penstock.sdk.annotations import quote
from penstock.sdk.context import FlowRunContext
from penstock.sdk.engine.upstream import dependencies_in
from penstock.sdk.exceptions import (
    MappingLengthMismatch,
    MappingMissingIterable,
    MissingContextError,
    TaskRunTimeoutError,
    UnfinishedRun,
    UpstreamTaskError,
)
from penstock.sdk.futures import Future
from penstock.sdk.tasks import Task, exponential_backoff


@Task
def give(value):
    return value


@Task
def refuse():
    raise ValueError("no")


def current_id():
    return FlowRunContext.get().flow_run.id


@pytest.fixture(params=["called", "submitted"])
def perform(request, colour):
    """Calls a task from a flow of `colour`, or submits it and waits; its result."""

    async def perform(task, *args, **kwargs):
        if request.param == "called":
            return await colour.get(task(*args, **kwargs))
        future = task.submit(*args, **kwargs)
        return await future if colour.is_async else future.result()

    return perform


def in_flow(colour, body, **options):
    """Run `body` in a flow of `colour`; the flow run's id and what `body` returns."""

    async def scenario():
        return current_id(), await body()

    return colour.run(colour.flow(**options)(scenario))


def test_a_task_that_returns_has_completed(colour, perform, store):
    @colour.task(name="add", version="3", tags=["b"])
    async def add(x, y=2):
        return x + y

    async def body():
        with tags("a"):
            return await perform(add, 1)

    id, result = in_flow(colour, body)
    [run] = store.task_runs(id)
    assert result == 3
    assert (run.name, run.state_name, run.task_version, run.run_count) == ("add-0", "Completed", "3", 1)
    assert sorted(run.tags) == ["a", "b"]
    assert store.task_state_names(run.id)[-2:] == ["Running", "Completed"]
    assert run.start_time <= run.end_time


def test_an_exception_fails_the_run_and_is_raised(colour, perform, store):
    async def body():
        with pytest.raises(ValueError, match="no"):
            await perform(colour.task(name="refuse")(raising))

    async def raising():
        raise ValueError("no")

    id, _ = in_flow(colour, body)
    [run] = store.task_runs(id)
    assert run.state_name == "Failed"
    assert run.state.message.startswith(
        "Task run encountered an exception: ValueError: no (test_task_runs.py:"
    )


def test_a_failed_task_is_tried_again(colour, perform, store):
    attempts = []

    @colour.task(name="flaky", retries=2, retry_delay_seconds=[0.01, 0])
    async def flaky():
        attempts.append(runtime.task_run.run_count)
        if len(attempts) < 3:
            raise ValueError("not yet")
        return "done"

    id, result = in_flow(colour, lambda: perform(flaky))
    [run] = store.task_runs(id)
    assert (result, attempts, run.run_count) == ("done", [1, 2, 3], 3)
    names = [name for name in store.task_state_names(run.id) if name != "Pending"]
    assert names == ["Running", "AwaitingRetry", "Retrying", "AwaitingRetry", "Retrying", "Completed"]


def test_the_retry_condition_decides(colour, perform, embedded):
    seen = []

    def only_timeouts(task, run, state):
        seen.append((task.name, run.name, state.name))
        return isinstance(state.result(raise_on_failure=False), TimeoutError)

    @colour.task(name="picky", retries=5, retry_condition_fn=only_timeouts)
    async def picky():
        raise TimeoutError if len(seen) < 2 else ValueError("that's it")

    async def body():
        with pytest.raises(ValueError, match="that's it"):
            await perform(picky)

    in_flow(colour, body)
    assert seen == [("picky", "picky-0", "Failed")] * 3


def test_a_retry_condition_that_fails_is_none(colour, embedded):
    @colour.task(retries=5, retry_condition_fn=lambda task, run, state: 1 / 0)
    async def wrong():
        raise ValueError("the real one")

    async def body():
        with pytest.raises(ValueError, match="the real one"):
            await colour.get(wrong())

    in_flow(colour, body)


def test_delays_may_be_worked_out():
    @task(retries=3, retry_delay_seconds=exponential_backoff(2))
    def patient(): ...

    assert patient.retry_delays == [2, 4, 8]


def test_a_task_that_takes_too_long_has_timed_out(colour, perform, store):
    @colour.task(name="slow", timeout_seconds=0.2)
    async def slow():
        await colour.sleep(20)

    async def body():
        with pytest.raises(TaskRunTimeoutError, match=r"0\.2 seconds"):
            await perform(slow)

    began = time.monotonic()
    id, _ = in_flow(colour, body)
    assert time.monotonic() - began < 10
    assert store.task_runs(id)[0].state_name == "TimedOut"


def test_code_that_swallows_its_interruption_has_timed_out_all_the_same(colour, perform, embedded):
    @colour.task(timeout_seconds=0.2)
    async def stubborn():
        try:
            await colour.sleep(20)
        except BaseException:
            return "fine"

    async def body():
        with pytest.raises(TaskRunTimeoutError):
            await perform(stubborn)

    in_flow(colour, body)


def test_runs_are_named_by_template_over_what_futures_came_to(colour, perform, store):
    @colour.task(task_run_name="load {table}")
    async def load(table):
        return runtime.task_run.name

    async def body():
        return await perform(load, give.submit("users"))

    id, name = in_flow(colour, body)
    assert name == "load users"
    assert {run.name for run in store.task_runs(id)} == {"load users", "give-0"}


def test_calls_of_a_task_are_told_apart(colour, embedded):
    async def body():
        for _ in range(3):
            give(0)

    id, _ = in_flow(colour, body)
    assert [run.dynamic_key for run in embedded.task_runs(id)] == ["0", "1", "2"]


def test_futures_in_arguments_are_replaced_and_recorded(colour, perform, store):
    @colour.task(name="total")
    async def total(numbers, extra):
        return sum(numbers["here"]) + extra

    async def body():
        return await perform(
            total, {"here": [give.submit(1), 2, give(3, return_state=True)]}, give.submit(10)
        )

    id, result = in_flow(colour, body)
    runs = {run.name: run for run in store.task_runs(id)}
    assert result == 16
    assert runs["total-0"].task_inputs == {
        "numbers": [TaskRunResult(runs["give-0"].id), TaskRunResult(runs["give-1"].id)],
        "extra": [TaskRunResult(runs["give-2"].id)],
    }


def test_what_is_quoted_is_passed_on_as_it_is(embedded):
    @flow
    def quoting():
        future = give.submit(1)
        return isinstance(give(quote([future]))[0], Future)

    assert quoting() is True


def test_a_task_behind_a_failed_one_is_not_ready(colour, store):
    async def body():
        behind = give.submit(refuse.submit())
        behind.wait()
        with pytest.raises(UpstreamTaskError, match="did not reach a COMPLETED state: it is Failed"):
            behind.result()
        return behind.state

    id, state = in_flow(colour, body)
    assert (state.name, state.is_pending()) == ("NotReady", True)
    run = store.task_run(id, "give-0")
    assert (run.state_name, run.run_count) == ("NotReady", 0)


def test_a_flow_that_returns_what_is_not_ready_fails(colour, embedded):
    @colour.flow()
    async def flow():
        return [give.submit(refuse.submit())]

    state = colour.run(flow, return_state=True)
    assert (state.name, state.message) == ("Failed", "1/1 states are not final.")
    with pytest.raises(UnfinishedRun):
        state.result()


def test_a_failure_that_is_allowed_is_a_value(colour, perform, embedded):
    async def body():
        return await perform(colour.task()(kind_of), allow_failure(refuse.submit()))

    async def kind_of(value):
        return type(value)

    assert in_flow(colour, body)[1] is ValueError


def test_wait_for_waits_and_is_recorded(colour, store):
    order = []

    @Task
    def first():
        time.sleep(0.1)
        order.append("first")

    @Task
    def second():
        order.append("second")

    async def body():
        second.submit(wait_for=[first.submit()]).wait()

    id, _ = in_flow(colour, body)
    assert order == ["first", "second"]
    [source] = store.task_run(id, "second-0").task_inputs["wait_for"]
    assert source.id == store.task_run(id, "first-0").id


def test_wait_for_a_failure_is_in_vain_unless_it_is_allowed(embedded):
    @flow
    def waiting():
        failed = refuse.submit()
        vain = give.submit(1, wait_for=[failed])
        fine = give.submit(2, wait_for=[allow_failure(failed)])
        vain.wait()
        return vain.state.name, fine.result()

    assert waiting() == ("NotReady", 2)


def test_map_runs_a_task_for_each_element(colour, embedded):
    @colour.task()
    async def scale(x, factor, offsets=(1, 2, 3)):
        return x * factor + len(offsets)

    async def body():
        futures = scale.map(range(4), unmapped(10))
        return [await future for future in futures] if colour.is_async else futures.result()

    assert in_flow(colour, body)[1] == [3, 13, 23, 33]


def test_map_iterates_over_what_a_future_came_to(embedded):
    @flow
    def mapping():
        return give.map(give.submit([1, 2])).result(), current_id()

    results, id = mapping()
    assert results == [1, 2]
    runs = {run.name: run for run in embedded.task_runs(id)}
    assert runs["give-1"].task_inputs == {"value": [TaskRunResult(runs["give-0"].id)]}


def test_what_map_gave_is_an_argument_like_any_list_of_futures(embedded):
    @task
    def slowly(value):
        time.sleep(0.05)
        return value

    @flow
    def mapping():
        futures = slowly.map([1, 2])
        total = give.submit(futures).result()
        give.submit(3, wait_for=[slowly.map([4])]).wait()
        return total, current_id()

    results, id = mapping()
    assert results == [1, 2] and type(results) is list
    runs = {run.name: run for run in embedded.task_runs(id)}
    assert runs["give-0"].task_inputs["value"] == [
        TaskRunResult(runs["slowly-0"].id),
        TaskRunResult(runs["slowly-1"].id),
    ]
    assert runs["give-1"].start_time >= runs["slowly-2"].end_time


def test_what_map_gave_may_be_what_a_flow_returns(embedded):
    @flow
    def mapping():
        return give.map([1, 2])

    assert mapping(return_state=True).message == "All states completed."


def test_map_can_give_states(embedded):
    @flow
    def mapping():
        return [state.name for state in give.map([1, 2], return_state=True)]

    assert mapping() == ["Completed", "Completed"]


def test_map_refuses_what_it_cannot_iterate_over(embedded):
    @task
    def pair(a, b): ...

    @flow
    def mapping():
        with pytest.raises(MappingLengthMismatch, match=r"a: 2, b: 3"):
            pair.map([1, 2], [1, 2, 3])
        with pytest.raises(MappingMissingIterable):
            pair.map(1, "text is one value")

    mapping()


def test_tasks_run_outside_flows_and_are_recorded(colour, store):
    from penstock.contract.filters import FlowRunOfTaskFilter, TaskRunFilter, TextInOrLike
    from penstock.contract.task_runs import TaskRunQuery, read_task_runs
    from penstock.sdk.engine.session import current_session

    @colour.task(name=f"alone-{threading.get_ident()}-{time.monotonic_ns()}")
    async def alone():
        return runtime.task_run.name

    name = colour.run(alone)
    current_session().recorder.flush()
    named = TaskRunFilter(flow_run_id=FlowRunOfTaskFilter(is_null_=True), name=TextInOrLike(any_=[name]))
    [run] = store.call(read_task_runs, TaskRunQuery(task_runs=named))
    assert (run.state_name, run.flow_run_id) == ("Completed", None)


def test_submitting_needs_a_flow(embedded):
    with pytest.raises(MissingContextError, match="submit"):
        give.submit(1)


def test_asynchronous_tasks_run_at_the_same_time_in_a_synchronous_flow(embedded):
    barrier = threading.Barrier(4)

    @task
    async def meet():
        await asyncio.to_thread(barrier.wait, 10)
        return True

    @flow
    def meeting():
        return [future.result() for future in [meet.submit() for _ in range(4)]]

    assert meeting() == [True] * 4


def test_futures_hide_nowhere_that_is_searched():
    future = Future(None, None)
    assert dependencies_in([{"a": (1, {"b": [future]})}]) == [future]


def test_waiting_for_what_a_call_depends_on_leaves_the_loop_free(embedded):
    gate = threading.Event()

    @task
    def gated():
        return gate.wait(10)

    @task
    async def following(value):
        return value

    @flow
    async def child(value):
        return value

    @flow
    async def parent(callee):
        gate.clear()
        asyncio.get_running_loop().call_later(0.05, gate.set)
        return await callee(gated.submit())

    assert asyncio.run(parent(quote(following))) is True
    assert asyncio.run(parent(quote(child))) is True
