"""How a run ended, as a state: a table of what code can return or raise."""

import asyncio
import signal
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from penstock.domain.states import StateDetails, StateType
from penstock.sdk.engine.settlement import describe, excerpt, state_of_exception, state_of_value
from penstock.sdk.exceptions import (
    FlowRunTimeoutError,
    RunCancelled,
    TaskRunTimeoutError,
    TerminationSignal,
    UpstreamTaskError,
)
from penstock.sdk.futures import Future
from penstock.sdk.states import Cancelled, Completed, Crashed, Failed, Paused, Pending, Running, State

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def done(state: State) -> Future:
    future = Future(uuid4(), Pending())
    future.finish(state)
    return future


@pytest.mark.parametrize("value", [None, 0, "x", [], {}, [1, Completed()], {"a": 1}, object, (), range(3)])
def test_a_value_is_a_result(value):
    state = state_of_value(value, NOW)
    assert (state.type, state.timestamp) == (StateType.COMPLETED, NOW)
    assert state.data is value


def test_a_state_is_the_end_under_an_id_of_its_own():
    given = Failed(message="m", name="Odd", data=1, state_details=StateDetails(task_run_id=uuid4()))
    state = state_of_value(given, NOW)
    assert (state.type, state.name, state.message, state.data) == (StateType.FAILED, "Odd", "m", 1)
    assert state.id != given.id
    assert state.state_details.task_run_id is None


def test_a_future_is_what_it_came_to():
    assert state_of_value(done(Completed(data=3)), NOW).result() == 3


@pytest.mark.parametrize(
    ("states", "type", "message"),
    [
        ([Completed(), Completed()], StateType.COMPLETED, "All states completed."),
        ([Completed(), Failed()], StateType.FAILED, "1/2 states failed."),
        ([Failed(), Crashed(), Completed()], StateType.FAILED, "2/3 states failed."),
        ([Failed(), Cancelled()], StateType.CANCELLED, "1/2 states cancelled."),
        ([Completed(), Running()], StateType.FAILED, "1/2 states are not final."),
        ([Paused()], StateType.FAILED, "1/1 states are not final."),
    ],
)
@pytest.mark.parametrize(
    "collect", [list, tuple, lambda these: dict(enumerate(these)), lambda these: [*map(done, these)]]
)
def test_several_states_are_counted(states, type, message, collect):
    state = state_of_value(collect(states), NOW)
    assert (state.type, state.message) == (type, message)


def test_a_count_of_failures_raises_the_first_of_them():
    state = state_of_value([Completed(), Failed(data=KeyError("a")), Failed(data=KeyError("b"))], NOW)
    with pytest.raises(KeyError, match="a"):
        state.result()


@pytest.mark.parametrize(
    ("error", "type", "name", "message"),
    [
        (ValueError("v"), "FAILED", "Failed", "Flow run encountered an exception: ValueError: v"),
        (FlowRunTimeoutError("t"), "FAILED", "TimedOut", "t"),
        (TaskRunTimeoutError("t"), "FAILED", "TimedOut", "t"),
        (TimeoutError("own"), "FAILED", "Failed", "Flow run encountered an exception: TimeoutError: own"),
        (UpstreamTaskError("u"), "PENDING", "NotReady", "u"),
        (RunCancelled(), "CANCELLED", "Cancelled", "Flow run was cancelled while it was running."),
        (
            SystemExit(3),
            "CRASHED",
            "Crashed",
            "Flow run was ended from outside: the code called sys.exit(3).",
        ),
        (KeyboardInterrupt(), "CRASHED", "Crashed", "ended from outside: interrupted from the keyboard."),
        (TerminationSignal(signal.SIGTERM), "CRASHED", "Crashed", "its process got SIGTERM."),
        (asyncio.CancelledError(), "CRASHED", "Crashed", "its asyncio task was cancelled."),
        (BaseException("b"), "CRASHED", "Crashed", "ended from outside: BaseException: b"),
    ],
)
def test_what_was_raised_decides(error, type, name, message):
    state = state_of_exception(error, NOW, run="Flow run")
    assert (state.type, state.name) == (type, name)
    assert message in state.message
    assert state.data is error


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def test_an_exception_is_described_with_its_place():
    try:
        raise ValueError("here")
    except ValueError as error:
        described = describe(error)
    assert described.startswith("ValueError: here (test_settlement.py:")
    assert described.endswith("in test_an_exception_is_described_with_its_place)")


def test_an_exception_without_words_is_described_all_the_same():
    assert describe(Mute()) == "Mute: (it has no text: its __str__ raised)"


def test_a_long_text_is_cut():
    assert len(state_of_exception(ValueError("x" * 100_000), NOW, run="Task run").message) == 10_000


def test_a_recursion_that_never_ends_is_an_exception_like_any_other():
    def deeper():
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    state = state_of_exception(caught.value, NOW, run="Task run")
    assert state.message.startswith(
        "Task run encountered an exception: RecursionError: maximum recursion depth"
    )


def test_an_excerpt_begins_in_the_users_code():
    from penstock.sdk.engine.user_code import call

    def fails():
        raise ValueError

    from penstock.colourless import run_sync
    from penstock.sdk.engine.interrupts import Interrupt

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - it has no text
        run_sync(call(fails, (), {}, is_async=False, interrupt=Interrupt()))
    # The frame of this test stands before those of the engine: it goes with the first that is not ours.
    _, _, traceback = excerpt(caught.value)
    assert traceback.tb_frame.f_code.co_filename == __file__


def test_a_state_is_printed_as_logs_show_it():
    assert str(Completed(message="Nothing to do.")) == "Completed('Nothing to do.')"
    assert str(Completed(data=[1, 2])) == "Completed()"
