"""Logs of runs: what is kept, with which run, and what never happens to user code."""

import logging
import sys
import threading
from uuid import UUID

import pytest

from penstock import flow, get_run_logger, task
from penstock.sdk.exceptions import MissingContextError
from penstock.sdk.logging import ApiHandler, ConsoleHandler, disable_run_logger, get_logger
from penstock.sdk.runners.thread_pool import ThreadPoolTaskRunner


def lines(store, id):
    return [(line.name, line.level, line.message) for line in store.logs(id)]


def messages(store, id):
    return [line.message for line in store.logs(id)]


def test_lines_are_kept_with_their_run(colour, store):
    @colour.task(name="talk")
    async def talk():
        get_run_logger().warning("from the %s", "task")
        from penstock import runtime

        return runtime.task_run.id

    @colour.flow()
    async def talking():
        get_run_logger().info("from the flow")
        from penstock import runtime

        return runtime.flow_run.id, await colour.get(talk())

    id, task_run_id = colour.run(talking)
    kept = {line.message: line for line in store.logs(id)}
    assert kept["from the flow"].name == "penstock.flow_runs"
    assert kept["from the flow"].task_run_id is None
    assert (kept["from the task"].name, kept["from the task"].level) == ("penstock.task_runs", 30)
    assert str(kept["from the task"].task_run_id) == task_run_id


def test_lines_are_in_the_order_in_which_they_were_written(embedded):
    @flow
    def counting():
        from penstock import runtime

        for number in range(50):
            get_run_logger().info("%03d", number)
        return runtime.flow_run.id

    kept = [message for message in messages(embedded, counting()) if message.isdigit()]
    assert kept == [f"{number:03d}" for number in range(50)]


def test_prints_go_to_the_log_where_that_is_asked_for(colour, store, capsys):
    @colour.task(name="loud")
    async def loud():
        print("from", "the task", sep="-", end="!")

    @colour.task(name="quiet", log_prints=False)
    async def quiet():
        print("to the terminal")

    @colour.flow(log_prints=True)
    async def printing():
        from penstock import runtime

        print("from the flow")
        print("to a file", file=sys.__stderr__)
        await colour.get(loud())
        await colour.get(quiet())
        loud.submit().wait()
        return runtime.flow_run.id

    before = print
    id = colour.run(printing)
    assert print is before
    kept = messages(store, id)
    assert "from the flow" in kept
    assert kept.count("from-the task") == 2
    assert "to the terminal" not in kept
    assert "to the terminal\n" in capsys.readouterr().out


def test_prints_of_others_are_left_alone(embedded, capsys):
    inside, printed = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        print("I am somebody else")
        printed.set()

    thread = threading.Thread(target=other)
    thread.start()

    @flow(log_prints=True)
    def printing():
        inside.set()
        printed.wait(10)

    printing()
    thread.join()
    assert capsys.readouterr().out == "I am somebody else\n"


def test_loggers_of_libraries_join_the_run_if_the_settings_say_so(embedded, monkeypatch):
    monkeypatch.setenv("PENSTOCK_LOGGING_EXTRA_LOGGERS", "library")
    library = logging.getLogger("library.part")

    @flow
    def using():
        from penstock import runtime

        library.warning("inside")
        return runtime.flow_run.id

    library.warning("outside")
    id = using()
    library.warning("outside")
    assert ("library.part", 30, "inside") in lines(embedded, id)
    assert "outside" not in messages(embedded, id)


def test_a_failed_task_leaves_its_traceback(embedded):
    @task
    def fails():
        raise ValueError("the reason")

    @flow
    def failing():
        from penstock import runtime

        fails(return_state=True)
        return runtime.flow_run.id

    [trace] = [message for message in messages(embedded, failing()) if "Traceback" in message]
    assert "ValueError: the reason" in trace
    assert "in fails" in trace
    assert "sdk/engine" not in trace


def test_odd_and_long_lines_are_kept_too(embedded):
    @flow
    def odd():
        from penstock import runtime

        get_run_logger().info("nul \0")
        get_run_logger().info("x" * 100_000)
        return runtime.flow_run.id

    kept = messages(embedded, odd())
    assert "nul \ufffd" in kept
    assert any(message.endswith("… (34,504 bytes cut)") for message in kept)


def test_half_a_character_is_replaced():
    kept = []
    record = logging.makeLogRecord({"msg": "half \ud83d", "flow_run_id": UUID(int=1), "levelno": 20})
    ApiHandler(kept.append).emit(record)
    assert [line.message for line in kept] == ["half ?"]


def test_there_is_no_logger_outside_runs():
    with pytest.raises(MissingContextError):
        get_run_logger()


def test_functions_of_tasks_can_be_tested_without_a_run():
    @task
    def logs():
        get_run_logger().info("nobody hears this")
        return 1

    with disable_run_logger():
        assert logs.fn() == 1


def test_names_of_loggers():
    assert get_logger().name == "penstock"
    assert get_logger("here").name == "penstock.here"
    assert get_logger("penstock.there").name == "penstock.there"


class Closed:
    def write(self, text):
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stream", [None, Closed()])
def test_the_terminal_may_be_gone(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    ConsoleHandler(colors=True).emit(logging.makeLogRecord({"msg": "text", "levelname": "INFO"}))


def test_children_of_a_run_logger_belong_to_the_run(embedded):
    @flow
    def parts():
        from penstock import runtime

        get_run_logger().getChild("part").info("deeper", extra={"more": 1})
        return runtime.flow_run.id

    assert ("penstock.flow_runs.part", 20, "deeper") in lines(embedded, parts())


def test_a_flow_that_logs_much_loses_nothing(store):
    @task
    def talk(number):
        for line in range(200):
            get_run_logger().info("%d.%d", number, line)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
    def talking():
        from penstock import runtime

        talk.map(range(10))
        return runtime.flow_run.id

    id = talking()
    from penstock.contract.flow_runs import download_logs

    kept = store.call(download_logs, UUID(id)).decode().splitlines()
    assert len({line.rpartition(",")[2] for line in kept if line[-1].isdigit()}) == 2000
