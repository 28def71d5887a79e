"""Log lines as they are followed: those of runs, as they come."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import psutil
import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import ago, hear, opened, say
from tests.faults.processes import eventually
from tests.server_process import ServerProcess


def a_line(message, run=None, **fields):
    """A log line."""
    return {
        "name": "penstock.flow_runs",
        "level": 20,
        "message": message,
        "timestamp": datetime.now(UTC).isoformat(),
        "flow_run_id": run,
        **fields,
    }


def write(server, *lines, **headers):
    """Have a server keep log lines."""
    answer = server.ask("POST", "/logs/", list(lines), **headers)
    assert answer.status == 201, answer


@contextmanager
def following(server, filter_, token=None):
    """A follower that has begun to follow: it has heard of a line that is there for that alone."""
    with opened(server, "/logs/out", token) as socket:
        say(socket, {"type": "filter", "filter": filter_})
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        begun = threading.Event()

        def knock():
            number = 0
            while not begun.is_set():
                run = filter_.get("flow_run_id", {}).get("any_", [None])[0]
                write(server, a_line(f"knock {number}", run, level=50), **headers)
                number += 1
                begun.wait(0.05)

        knocking = threading.Thread(target=knock)
        knocking.start()
        try:
            assert hear(socket)["log"]["message"].startswith("knock")
        finally:
            begun.set()
            knocking.join(30)
        yield socket


def next_lines(socket, number):
    """The next lines but for those that knocked."""
    found = []
    while len(found) < number:
        message = hear(socket)
        assert message["type"] == "log"
        if not message["log"]["message"].startswith("knock"):
            found.append(message["log"])
    return found


def test_a_line_is_told_as_it_is_kept(server):
    run = str(uuid4())
    with following(server, {"flow_run_id": {"any_": [run]}}) as socket:
        write(server, a_line("of another", str(uuid4())), a_line("hello", run, task_run_id=str(uuid4())))
        told = next_lines(socket, 1)[0]
    asked = {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200}
    kept = [line for line in server.ask("POST", "/logs/filter", asked).json if line["message"] == "hello"]
    assert kept == [told]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({}, ["low", "high", "of nothing"]),
        ({"level": {"ge_": 40}}, ["high"]),
        ({"text": {"query": "knock nothing"}}, ["of nothing"]),
    ],
    ids=str,
)
def test_lines_are_told_as_the_filter_says(server, asked, meant):
    run = str(uuid4())
    with following(server, asked) as socket:
        write(server, a_line("low", run), a_line("high", run, level=40), a_line("of nothing"))
        assert sorted(line["message"] for line in next_lines(socket, len(meant))) == sorted(meant)


def test_a_line_that_was_written_a_little_before_is_told_once(server):
    run = str(uuid4())
    with following(server, {"flow_run_id": {"any_": [run]}}) as socket:
        batch = [a_line(f"{n}", run, id=str(uuid4()), timestamp=ago(seconds=30 - n)) for n in range(20)]
        write(server, *batch)
        assert [line["message"] for line in next_lines(socket, 20)] == [f"{n}" for n in range(20)]
        write(server, *batch, a_line("after", run))
        assert [line["message"] for line in next_lines(socket, 1)] == ["after"]


def test_many_lines_are_told_each_once(server):
    run = str(uuid4())
    with following(server, {"flow_run_id": {"any_": [run]}}) as socket:
        for begin in range(0, 3_000, 500):
            write(server, *(a_line(f"{n:04}", run) for n in range(begin, begin + 500)))
        assert sorted(line["message"] for line in next_lines(socket, 3_000)) == [
            f"{n:04}" for n in range(3_000)
        ]


def test_lines_of_a_guarded_server(guarded):
    run = str(uuid4())
    authorization = {"Authorization": f"Bearer {AUTH_STRING}"}
    with following(guarded, {"flow_run_id": {"any_": [run]}}, AUTH_STRING) as socket:
        write(guarded, a_line("mine", run), **authorization)
        assert next_lines(socket, 1)[0]["message"] == "mine"


def marked(socket):
    """What came until the first mark, and that: the lines, and what to come back with."""
    found = []
    while (message := hear(socket))["type"] != "mark":
        found.append(message["log"])
    return found, message["received"]


def follow(server, run, after=None):
    """What somebody is told who comes back with a mark, and the next mark."""
    with opened(server, "/logs/out") as socket:
        asked = {"type": "filter", "filter": {"flow_run_id": {"any_": [run]}}, "marks": True}
        say(socket, asked if after is None else {**asked, "after": after})
        return marked(socket)


def test_who_comes_back_with_a_mark_misses_nothing_that_was_written_meanwhile(tmp_path):
    """F34: over crashes of the server, and while nobody listened. A line may come again, by its id."""
    run, expected, told = str(uuid4()), [], {}
    server = ServerProcess(tmp_path / "home").start()
    try:
        nothing, mark = follow(server, run)
        assert nothing == []
        for crash in range(2):
            written = [a_line(f"{crash}.{n}", run) for n in range(20)]
            write(server, *written[:10])
            server.kill()
            server = ServerProcess(tmp_path / "home", port=server.port).start()
            write(server, *written[10:])
            expected += [line["message"] for line in written]
            lines, mark = follow(server, run, mark)
            told |= {line["id"]: line["message"] for line in lines}
            assert list(told.values()) == expected
    finally:
        server.stop()


def test_marks_come_with_the_lines_and_the_past_is_left_out_without_one(server):
    run = str(uuid4())
    write(server, a_line("before", run))
    with opened(server, "/logs/out") as socket:
        say(socket, {"type": "filter", "filter": {"flow_run_id": {"any_": [run]}}, "marks": True})
        lines, first = marked(socket)
        assert lines == []
        write(server, a_line("after", run))
        lines, second = marked(socket)
    assert [line["message"] for line in lines] == ["after"]
    assert second > first


@pytest.mark.slow
def test_one_who_takes_no_lines_is_let_go_and_the_others_go_on(tmp_path):
    """F34."""
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_WEBSOCKET_SEND_TIMEOUT="1") as server:
        run = str(uuid4())
        asked = {"flow_run_id": {"any_": [run]}}
        with following(server, asked) as good, following(server, asked):
            process = psutil.Process(server.process.pid)
            before = most = process.memory_info().rss
            for number in range(60):
                write(server, *(a_line(f"{number}.{n} {'x' * 60_000}", run) for n in range(40)))
                told = next_lines(good, 40)
                assert {line["message"].partition(".")[0] for line in told} == {str(number)}
                most = max(most, process.memory_info().rss)
            eventually(lambda: server.ask("GET", "/admin/sockets").json["open"] == 1, "it is let go")
            assert most - before < 90_000_000, "of 144 million that were written"
        assert "Traceback" not in server.output
