"""What a flow run does and leaves behind: the same in both colours, embedded and against a server."""

from datetime import UTC, datetime

import pytest

from penstock import runtime, tags
from penstock.domain.states import StateType
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.exceptions import (
    CancelledRun,
    FailedRun,
    FlowRunTimeoutError,
    ParameterBindError,
    ParameterTypeError,
)
from penstock.sdk.states import Cancelled, Completed, Failed
from penstock.sdk.tasks import Task


@Task
def give(value):
    return value


@Task
def refuse():
    raise ValueError("no")


def current_id():
    return FlowRunContext.get().flow_run.id


def test_a_flow_that_returns_has_completed(colour, store):
    @colour.flow(name="returns", version="7")
    async def flow(x: int, y="why"):
        return current_id(), x, y

    id, x, y = colour.run(flow, 1)
    run = store.flow_run(id)
    assert (x, y) == (1, "why")
    assert store.state_names(id) == ["Running", "Completed"]
    assert (run.parameters, run.flow_version, run.run_count) == ({"x": 1, "y": "why"}, "7", 1)
    assert run.start_time is not None
    assert run.end_time is not None


def test_the_state_can_be_had_instead_of_the_result(colour, store):
    @colour.flow()
    async def flow():
        return 5

    state = colour.run(flow, return_state=True)
    assert (state.name, state.result()) == ("Completed", 5)


def test_an_exception_fails_the_run_and_is_raised(colour, store):
    ids = []

    @colour.flow()
    async def flow():
        ids.append(current_id())
        raise ValueError("out of cheese")

    with pytest.raises(ValueError, match="out of cheese"):
        colour.run(flow)
    state = store.flow_run(ids[0]).state
    assert state.name == "Failed"
    assert state.message.startswith(
        "Flow run encountered an exception: ValueError: out of cheese (test_flow_runs.py:"
    )


def test_a_failure_can_be_had_as_a_state(colour, store):
    @colour.flow()
    async def flow():
        raise ValueError("no")

    state = colour.run(flow, return_state=True)
    assert state.is_failed()
    assert isinstance(state.result(raise_on_failure=False), ValueError)


def test_parameters_are_coerced_by_their_annotations(colour, store):
    @colour.flow()
    async def flow(number: int, day: datetime):
        return number, day

    assert colour.run(flow, "3", "2026-01-01T00:00:00Z") == (3, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_parameter_that_does_not_fit_is_named_and_the_code_is_not_called(colour, store):
    called = []

    @colour.flow()
    async def flow(number: int):
        called.append(number)

    with pytest.raises(ParameterTypeError, match="Parameter 'number'") as caught:
        colour.run(flow, "three")
    assert caught.value.field == "parameters.number"
    state = colour.run(flow, "three", return_state=True)
    assert state.is_failed()
    assert called == []


def test_validation_can_be_left_out(colour, store):
    @colour.flow(validate_parameters=False)
    async def flow(number: int):
        return number

    assert colour.run(flow, "three") == "three"


def test_a_call_that_does_not_fit_the_function_makes_no_run(colour, store):
    @colour.flow()
    async def flow(x):
        return x

    with pytest.raises(ParameterBindError, match="missing a required argument: 'x'"):
        colour.run(flow)


def test_runs_are_named_by_template_and_by_function(colour, store):
    @colour.flow(flow_run_name="load-{table}")
    async def by_template(table):
        return runtime.flow_run.name

    @colour.flow(flow_run_name=lambda: "called")
    async def by_function():
        return runtime.flow_run.name

    assert colour.run(by_template, "users") == "load-users"
    assert colour.run(by_function) == "called"


def test_runs_get_the_tags_in_force(colour, store):
    @colour.flow()
    async def flow():
        return runtime.flow_run.tags

    with tags("b", "a"):
        assert colour.run(flow) == ["a", "b"]


def test_a_state_that_is_returned_is_the_end(colour, store):
    @colour.flow()
    async def flow(make, **fields):
        return make(**fields)

    assert colour.run(flow, Completed, data=3, name="Done", return_state=True).name == "Done"
    with pytest.raises(FailedRun, match="on purpose"):
        colour.run(flow, Failed, message="on purpose")
    with pytest.raises(CancelledRun):
        colour.run(flow, Cancelled, message="enough")


def test_returned_futures_and_states_are_counted(colour, store):
    @colour.flow()
    async def flow():
        return [give.submit(1), refuse.submit(), refuse(return_state=True)]

    state = colour.run(flow, return_state=True)
    assert (state.type, state.message) == (StateType.FAILED, "2/3 states failed.")


def test_a_returned_future_gives_its_result(colour, store):
    @colour.flow()
    async def flow():
        return give.submit(4)

    assert colour.run(flow) == 4


def test_what_was_submitted_is_waited_for_even_if_nobody_asks(colour, store):
    @colour.flow()
    async def flow():
        give.map(range(20))
        return current_id()

    runs = store.task_runs(colour.run(flow))
    assert [run.state_name for run in runs] == ["Completed"] * 20


def test_a_failed_flow_is_tried_again_as_the_server_grants(colour, store):
    attempts = []

    @colour.flow(retries=2)
    async def flow():
        attempts.append(runtime.flow_run.run_count)
        if len(attempts) < 3:
            raise ValueError("not yet")
        return current_id()

    id = colour.run(flow)
    assert attempts == [1, 2, 3]
    assert store.flow_run(id).run_count == 3
    names = ["Running", "AwaitingRetry", "Retrying", "AwaitingRetry", "Retrying", "Completed"]
    assert store.state_names(id) == names


def test_a_retry_waits_for_its_delay(colour, store):
    times = []

    @colour.flow(retries=1, retry_delay_seconds=0.3)
    async def flow():
        times.append(datetime.now(UTC))
        if len(times) == 1:
            raise ValueError("not yet")

    colour.run(flow)
    assert 0.25 < (times[1] - times[0]).total_seconds() < 5


def test_the_last_failure_stands_when_retries_are_used_up(colour, store):
    attempts = []

    @colour.flow(retries=1)
    async def flow():
        attempts.append(1)
        raise ValueError(f"attempt {len(attempts)}")

    with pytest.raises(ValueError, match="attempt 2"):
        colour.run(flow)


def test_tasks_of_a_later_attempt_are_runs_of_their_own(colour, store):
    attempts = []

    @colour.flow(retries=1)
    async def flow():
        attempts.append(1)
        give(len(attempts))
        if len(attempts) == 1:
            raise ValueError("not yet")
        return current_id()

    runs = store.task_runs(colour.run(flow))
    assert [(run.dynamic_key, run.flow_run_run_count) for run in runs] == [("0", 1), ("2.1", 2)]


def test_a_flow_that_takes_too_long_has_timed_out(colour, store):
    @colour.flow(timeout_seconds=0.2)
    async def flow():
        await colour.sleep(30)

    with pytest.raises(FlowRunTimeoutError, match=r"exceeded its timeout of 0\.2 seconds"):
        colour.run(flow)
    assert colour.run(flow, return_state=True).name == "TimedOut"


def test_time_that_is_not_used_up_costs_nothing(colour, store):
    @colour.flow(timeout_seconds=30)
    async def flow():
        await colour.sleep(0)
        return "in time"

    assert colour.run(flow) == "in time"


def test_a_child_flow_run_stands_under_a_task_run_of_its_parent(colour, store):
    @colour.flow(name="child")
    async def child(x):
        return current_id(), runtime.flow_run.parent_flow_run_id, runtime.flow_run.root_flow_run_id, x

    @colour.flow(name="parent")
    async def parent():
        future = give.submit(8)
        return current_id(), await colour.get(child(future))

    id, (child_id, parent_id, root_id, x) = colour.run(parent)
    assert (parent_id, root_id, x) == (str(id), str(id), 8)
    stand_in = store.flow_run(child_id).parent_task_run_id
    [task_run] = [run for run in store.task_runs(id) if run.id == stand_in]
    assert task_run.state_name == "Completed"
    assert task_run.state.state_details.child_flow_run_id == child_id
    assert [source.id for source in task_run.task_inputs["x"]] == [store.task_run(id, "give-0").id]


def test_a_failed_child_raises_in_its_parent(colour, store):
    @colour.flow()
    async def child():
        raise KeyError("lost")

    @colour.flow()
    async def parent():
        try:
            await colour.get(child())
        except KeyError:
            return "caught"

    assert colour.run(parent) == "caught"


def test_a_flow_in_a_task_is_a_child_of_the_flow_around(colour, embedded):
    @colour.flow()
    async def child():
        return runtime.flow_run.parent_flow_run_id, TaskRunContext.get()

    @colour.task()
    async def in_between():
        return await colour.get(child())

    @colour.flow()
    async def parent():
        return str(current_id()), await colour.get(in_between())

    id, (parent_id, task_context) = colour.run(parent)
    assert parent_id == id
    assert task_context is None


def test_an_ordinary_run_costs_four_requests(colour, embedded, monkeypatch):
    """One that makes it, one for its task runs, one for its logs, one that ends it; its flow is known."""
    from penstock.client.transport import InProcessTransport

    made = []
    send = InProcessTransport.send

    async def counted(self, request):
        made.append(request.endpoint.name)
        return await send(self, request)

    @colour.flow()
    async def flow():
        give(1)
        give.submit(2).result()

    colour.run(flow)
    monkeypatch.setattr(InProcessTransport, "send", counted)
    colour.run(flow)
    assert made == ["create_flow_run", "record_task_runs", "create_logs", "set_flow_run_state"]


def test_a_result_is_not_lost_when_the_server_forgot_the_run(colour, store):
    from penstock.contract.flow_runs import delete_flow_run

    @colour.flow()
    async def forgotten():
        store.call(delete_flow_run, current_id())
        return "computed"

    assert colour.run(forgotten) == "computed"
