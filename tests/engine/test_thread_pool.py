"""Submitted tasks and their threads: how many, in which order, and that none waits for ever."""

import asyncio
import threading
import time

import pytest

from penstock import flow, task
from penstock.futures import as_completed, wait
from penstock.sdk.runners.pool import ThreadPool
from penstock.sdk.runners.thread_pool import ThreadPoolTaskRunner


@task
def give(value):
    return value


def test_as_many_run_at_a_time_as_there_are_workers(embedded):
    lock, now, most = threading.Lock(), 0, 0

    @task
    def busy():
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
    def working():
        for _ in range(20):
            busy.submit()

    working()
    assert most == 3


@pytest.mark.timeout(60)
def test_a_task_that_waits_for_another_lends_its_place(embedded):
    @task
    def nested(depth):
        return depth if depth == 0 else nested.submit(depth - 1).result() + depth

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def nesting():
        return nested.submit(10).result()

    assert nesting() == 55


@pytest.mark.timeout(60)
def test_a_task_behind_another_needs_no_thread_while_it_waits(embedded):
    go = threading.Event()

    @task
    def first():
        go.wait(30)
        return 0

    @task
    def following(value):
        return value + 1

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def chain():
        future = first.submit()
        for _ in range(50):
            future = following.submit(future)
        assert give.submit("free").result(10) == "free"
        go.set()
        return future.result()

    assert chain() == 50


def test_a_thousand_tasks_are_all_recorded(store):
    @flow
    def many():
        from penstock import runtime

        futures = give.map(range(1000))
        return runtime.flow_run.id, sum(futures.result())

    id, total = many()
    from penstock.contract.filters import FlowRunOfTaskFilter, TaskRunFilter, TaskRunStateFilter, TextIn
    from penstock.contract.task_runs import TaskRunCriteria, count_task_runs

    completed = TaskRunStateFilter(name=TextIn(any_=["Completed"]))
    criteria = TaskRunFilter(flow_run_id=FlowRunOfTaskFilter(any_=[id]), state=completed)
    assert total == 499_500
    assert store.call(count_task_runs, TaskRunCriteria(task_runs=criteria)) == 1000


def test_what_had_not_begun_is_dropped_when_the_flow_fails(embedded):
    begun = []

    @task
    def slow(number):
        begun.append(number)
        time.sleep(0.2)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def failing():
        for number in range(5):
            slow.submit(number)
        while not begun:
            time.sleep(0.001)
        raise ValueError("enough")

    state = failing(return_state=True)
    runs = embedded.task_runs(state.state_details.flow_run_id)
    assert state.is_failed()
    assert len(begun) < 5
    assert {run.state_name for run in runs[len(begun) :]} == {"Cancelled"}


def test_what_runs_is_interrupted_when_the_flow_runs_out_of_time(embedded):
    ended = []

    @task
    def slow():
        try:
            for _ in range(1000):
                time.sleep(0.01)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    @task
    async def slow_too():
        try:
            await asyncio.sleep(60)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    @flow(timeout_seconds=0.3)
    def hurried():
        slow.submit()
        slow_too.submit()
        time.sleep(60)

    began = time.monotonic()
    state = hurried(return_state=True)
    assert time.monotonic() - began < 45
    assert state.name == "TimedOut"
    assert sorted(ended) == ["CancelledError", "Interrupted"]
    runs = embedded.task_runs(state.state_details.flow_run_id)
    assert {run.state_name for run in runs} == {"Cancelled"}


def test_threads_end_with_the_flow(embedded):
    @flow
    def brief():
        give.map(range(10))

    brief()
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("penstock-task") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_futures_come_as_they_are_done(embedded):
    gates = [threading.Event() for _ in range(3)]

    @task
    def gated(number):
        gates[number].wait(10)
        return number

    @flow
    def ordering():
        futures = [gated.submit(number) for number in range(3)]
        results = []
        gates[1].set()
        for future in as_completed(futures):
            results.append(future.result())
            for gate in gates[:: -1 if len(results) == 1 else 1][: len(results)]:
                gate.set()
        return results

    assert ordering() == [1, 2, 0]


def test_waiting_has_an_end(embedded):
    gate = threading.Event()

    @task
    def gated():
        gate.wait(10)

    @flow
    def impatient():
        future, quick = gated.submit(), give.submit(1)
        with pytest.raises(TimeoutError, match=r"has not ended after 0\.01 seconds"):
            future.result(timeout=0.01)
        with pytest.raises(TimeoutError, match="1 of 2 futures are not done"):
            list(as_completed([future, quick], timeout=0.2))
        done, not_done = wait([future, quick], timeout=0.01)
        gate.set()
        return len(done), len(not_done), future.done()

    assert impatient() == (1, 1, False)


def test_callbacks_are_called_before_and_after_the_end(embedded):
    called = []

    @flow
    def calling():
        future = give.submit(1)
        future.add_done_callback(lambda each: called.append(each.result()))
        future.wait()
        future.add_done_callback(lambda each: called.append(each.result()))

    calling()
    assert called == [1, 1]


def test_awaiting_a_future_leaves_the_loop_free(embedded):
    gate = threading.Event()

    @task
    def gated():
        return gate.wait(10)

    @flow
    async def awaiting():
        future = gated.submit()
        asyncio.get_running_loop().call_later(0.05, gate.set)
        return await future

    assert asyncio.run(awaiting()) is True


def test_a_runner_that_is_given_as_a_class_or_a_pattern_is_made_for_each_run(embedded):
    from penstock.sdk.context import FlowRunContext

    pattern = ThreadPoolTaskRunner(max_workers=7)

    @flow(task_runner=pattern)
    def with_pattern():
        return FlowRunContext.get().task_runner

    @flow(task_runner=ThreadPoolTaskRunner)
    def with_class():
        return FlowRunContext.get().task_runner

    first, second = with_pattern(), with_pattern()
    assert (first.max_workers, second.max_workers) == (7, 7)
    assert len({id(pattern), id(first), id(second)}) == 3
    assert isinstance(with_class(), ThreadPoolTaskRunner)
    with pytest.raises(ValueError, match="at least 1"):
        ThreadPoolTaskRunner(max_workers=0)


def test_a_pool_works_off_its_queue_in_order():
    pool, done, end = ThreadPool(1, "test"), [], threading.Event()
    for number in range(100):
        pool.submit(lambda number=number: done.append(number))
    pool.submit(end.set)
    assert end.wait(10)
    pool.close()
    assert done == list(range(100))
