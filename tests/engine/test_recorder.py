"""What is recorded arrives: in order, once, in batches; over outages, refusals, forks and deaths."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from penstock.client.errors import ServerError
from penstock.contract.logs import LogCreate
from penstock.contract.task_runs import TaskRun, TaskRunPolicy
from penstock.domain.errors import Fenced, InvalidInput, Unavailable
from penstock.domain.states import StateType
from penstock.sdk.engine import recorder as recorder_module
from penstock.sdk.engine.batches import LogBatch, TaskRunBatch, clean, cut
from penstock.sdk.engine.delivery import Delivery
from penstock.sdk.engine.recorder import Recorder
from penstock.sdk.engine.spool import Spool, orphans
from penstock.sdk.states import State

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LONG = 3600.0
"""An interval that no test waits for: what is shipped is shipped for another reason."""


class Server:
    """The far end: takes batches, or is away, or refuses some."""

    def __init__(self):
        self.batches = []
        self.away = False
        self.refuse = lambda batch: None
        self.arrived = threading.Event()

    def send(self, batch):
        if self.away:
            raise Unavailable("away")
        if (error := self.refuse(batch)) is not None:
            raise error
        self.batches.append(batch)
        self.arrived.set()

    @property
    def lines(self):
        return [line.message for batch in self.batches if isinstance(batch, LogBatch) for line in batch.lines]

    @property
    def states(self):
        return [
            (record.name, [state.type.value for state in record.states])
            for batch in self.batches
            if isinstance(batch, TaskRunBatch)
            for record in batch.body.records
        ]


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path / "spool", "mine")
    yield spool
    spool.close()


def new_recorder(server, spool, interval=LONG, on_fenced=lambda lease: None):
    return Recorder(uuid4(), Delivery(server.send, spool, on_fenced), interval)


@pytest.fixture
def recorder(server, spool):
    recorder = new_recorder(server, spool)
    yield recorder
    recorder.close()


def new_run(name="run", flow_run_id=None):
    return TaskRun(
        id=uuid4(),
        created=NOW,
        updated=NOW,
        name=name,
        flow_run_id=flow_run_id,
        task_key="task",
        dynamic_key="0",
        empirical_policy=TaskRunPolicy(),
    )


def line(message):
    return LogCreate(name="n", level=20, message=message, timestamp=NOW)


def run_through(recorder, name, flow_run_id=None):
    run = new_run(name, flow_run_id)
    recorder.record(run, State(type=StateType.RUNNING))
    recorder.record(run, State(type=StateType.COMPLETED, data=object()))
    return run


def test_what_was_recorded_is_shipped_in_one_batch(recorder, server):
    for number in range(3):
        run_through(recorder, f"run-{number}")
    assert recorder.flush()
    assert len(server.batches) == 1
    assert server.states == [(f"run-{number}", ["RUNNING", "COMPLETED"]) for number in range(3)]


def test_a_state_that_comes_later_is_shipped_alone(recorder, server):
    run = new_run()
    recorder.record(run, State(type=StateType.RUNNING))
    recorder.flush()
    recorder.record(run, State(type=StateType.COMPLETED))
    recorder.flush()
    assert server.states == [("run", ["RUNNING"]), ("run", ["COMPLETED"])]
    assert [batch.body.sequence for batch in server.batches] == [1, 2]


def test_each_flow_run_is_recorded_under_its_lease(recorder, server):
    mine, other, lease = uuid4(), uuid4(), uuid4()
    recorder.hold_lease(mine, lease)
    run_through(recorder, "a", mine)
    run_through(recorder, "b", other)
    run_through(recorder, "c", mine)
    recorder.flush()
    by_lease = {batch.lease: [record.name for record in batch.body.records] for batch in server.batches}
    assert by_lease == {lease: ["a", "c"], None: ["b"]}


def test_the_thread_ships_by_itself_after_the_interval(server, spool):
    recorder = new_recorder(server, spool, interval=0.01)
    recorder.log(line("hello"))
    assert server.arrived.wait(10)
    recorder.close()
    assert server.lines == ["hello"]


def test_the_thread_does_not_wait_when_much_has_gathered(server, spool, monkeypatch):
    monkeypatch.setattr(recorder_module, "_SOON", 10)
    recorder = new_recorder(server, spool)
    for number in range(10):
        recorder.log(line(str(number)))
    assert server.arrived.wait(10)
    recorder.close()
    assert server.lines == [str(number) for number in range(10)]


def test_while_the_server_is_away_it_goes_to_disk_and_then_arrives_in_order(recorder, server, spool):
    for number in range(5):
        server.away = number < 3
        recorder.log(line(f"{number}"))
        run_through(recorder, f"run-{number}")
        assert recorder.flush() is (not server.away)
        assert spool.is_empty is (not server.away)
    assert server.lines == [str(number) for number in range(5)]
    assert [name for name, _ in server.states] == [f"run-{number}" for number in range(5)]
    assert not list(spool.folder.iterdir())


def test_the_thread_keeps_memory_empty_while_the_server_is_away(server, spool):
    server.away = True
    recorder = new_recorder(server, spool, interval=0.01)
    recorder.log(line("kept"))
    deadline = time.monotonic() + 10
    while spool.is_empty and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not spool.is_empty
    assert not recorder._entries
    server.away = False
    recorder.close()
    assert server.lines == ["kept"]


def test_one_bad_record_does_not_sink_a_batch(recorder, server, capsys):
    def refuse(batch):
        lines = [each.message for each in batch.lines]
        return InvalidInput("bad") if "bad" in lines else None

    server.refuse = refuse
    for message in ["a", "b", "bad", "c", "d"]:
        recorder.log(line(message))
    assert recorder.flush()
    assert server.lines == ["a", "b", "c", "d"]
    assert capsys.readouterr().err == "penstock: A log line could not be kept: bad\n"


def test_a_server_that_fails_for_a_moment_gets_the_same_again(recorder, server, capsys):
    failures = [ServerError("oops"), ServerError("oops")]
    server.refuse = lambda batch: failures.pop() if failures else None
    recorder.log(line("a"))
    assert [recorder.flush(), recorder.flush(), recorder.flush()] == [False, False, True]
    assert server.lines == ["a"]
    assert capsys.readouterr().err == ""


def test_a_record_that_a_server_fails_about_each_time_does_not_hold_up_the_others(recorder, server, capsys):
    server.refuse = lambda batch: (
        ServerError("oops") if "bad" in [each.message for each in batch.lines] else None
    )
    for message in ["a", "b", "bad", "c", "d"]:
        recorder.log(line(message))
    flushed = [recorder.flush() for _ in range(12)]
    assert flushed[-1]
    assert sorted(server.lines) == ["a", "b", "c", "d"]
    assert capsys.readouterr().err == "penstock: A log line could not be kept: oops\n"


def test_a_lost_lease_is_told_and_its_records_are_dropped(server, spool):
    lost = []
    recorder = new_recorder(server, spool, on_fenced=lost.append)
    flow_run_id, lease = uuid4(), uuid4()
    recorder.hold_lease(flow_run_id, lease)
    server.refuse = lambda batch: Fenced("taken over")
    run_through(recorder, "run", flow_run_id)
    assert recorder.flush()
    assert lost == [lease]


def test_an_interrupted_flush_loses_nothing(recorder, server):
    def interrupted(batch):
        server.refuse = lambda batch: None
        return KeyboardInterrupt()

    server.refuse = interrupted
    for number in range(3):
        recorder.log(line(f"{number}"))
    with pytest.raises(KeyboardInterrupt):
        recorder.flush()
    recorder.flush()
    assert server.lines == ["0", "1", "2"]


def test_lines_that_do_not_fit_into_memory_are_counted(recorder, server, monkeypatch):
    monkeypatch.setattr(recorder_module, "_MOST_LINES", 3)
    for number in range(10):
        recorder.log(line(f"{number}"))
    recorder.flush()
    assert server.lines == [
        "0",
        "1",
        "2",
        "7 log lines were dropped: they came faster than they can be kept.",
    ]


def test_long_lines_that_do_not_fit_into_memory_are_counted(recorder, server, monkeypatch):
    """F47."""
    monkeypatch.setattr(recorder_module, "_MOST_CHARACTERS", 250)
    for rounds in (1, 2):
        for _ in range(5):
            recorder.log(line("x" * 100))
        recorder.flush()
        kept = ["x" * 100] * 3
        kept.append("2 log lines were dropped: they came faster than they can be kept.")
        assert server.lines == kept * rounds


def test_long_lines_are_shipped_a_few_at_a_time(recorder, server, monkeypatch):
    """F47. What can't be handed over is put back whole, and counts again."""
    monkeypatch.setattr(recorder_module, "_SOON_CHARACTERS", 250)
    monkeypatch.setattr(recorder, "_rouse", lambda: None)
    said = [str(number) * 100 for number in range(8)]
    for message in said:
        recorder.log(line(message))
    server.refuse = lambda batch: KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        recorder.flush()
    assert recorder._entries.characters == 800
    server.refuse = lambda batch: None
    recorder.flush()
    assert server.lines == said
    assert [len(batch.lines) for batch in server.batches] == [3, 3, 2]
    assert recorder._entries.characters == 0


def test_a_spool_of_a_dead_process_is_sent_by_the_next(tmp_path, server):
    """The process is killed while the server is away, in the middle of a line."""
    program = """
import os, sys, signal
from pathlib import Path
from tests.engine.test_recorder import Server, new_recorder, line
from penstock.sdk.engine.spool import Spool
server = Server()
server.away = True
spool = Spool(Path(sys.argv[1]), "dead")
recorder = new_recorder(server, spool)
recorder.log(line("left behind"))
recorder.flush()
spool._file.write(b'{"type":"logs","lines":[{"na')
spool._file.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    folder = tmp_path / "spool"
    root = str(Path(__file__).parents[2])
    dead = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        timeout=60,
    )
    assert dead.returncode == -9
    delivery = Delivery(server.send, Spool(folder, "mine"), lambda lease: None)
    delivery.adopt_orphans()
    assert server.lines == ["left behind"]
    assert not list(folder.iterdir())


def test_a_spool_of_a_living_process_is_left_alone(spool):
    spool.append(LogBatch([line("mine")]))
    assert list(orphans(spool.folder)) == []


def test_a_line_that_cannot_be_read_is_passed_over(spool):
    spool.append(LogBatch([line("first")]))
    spool._file.write(b"nonsense\n")
    spool._file.flush()
    spool.append(LogBatch([line("second")]))
    seen = []
    while (batch := spool.first()) is not None:
        seen.append(batch.lines[0].message)
        spool.drop_first()
    assert seen == ["first", "second"]
    assert spool.is_empty


def test_a_forked_child_leaves_its_parents_entries_alone(recorder, server, spool):
    recorder.log(line("the parent's"))
    child = os.fork()
    if child == 0:
        recorder.begin_anew(uuid4(), Delivery(server.send, Spool(spool.folder, "child"), lambda lease: None))
        recorder.log(line("the child's"))
        recorder.flush()
        os._exit(0 if server.lines == ["the child's"] else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    recorder.flush()
    assert server.lines == ["the parent's"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("a\0b", "a\ufffdb"), ("half \ud83d", "half ?"), ("whole 😀 \0", "whole 😀 \ufffd")],
)
def test_texts_are_made_storable(text, expected):
    assert clean(text) == expected


def test_long_lines_are_cut_at_a_whole_character():
    message = cut("ü" * 100, limit=91)
    assert message == "ü" * 25 + "… (149 bytes cut)"
    assert len(message.encode()) <= 91
    assert cut("x" * 91, limit=91) == "x" * 91


def test_states_are_shipped_without_their_values(recorder, server):
    run = new_run()
    recorder.record(run, State(type=StateType.FAILED, message="nul \0", data=ValueError()))
    recorder.flush()
    [state] = server.batches[0].body.records[0].states
    assert (state.data, state.message) == (None, "nul \ufffd")
    assert isinstance(state.id, UUID)
