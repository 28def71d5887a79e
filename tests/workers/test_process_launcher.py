"""What is special about runs as processes: directories, descriptors, signals, sessions and the zygote."""

import asyncio
import errno
import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.workers.stage import staged

from penstock.domain.errors import PenstockError
from penstock.workers.launcher import Exit, LaunchFailed, LaunchInterrupted
from penstock.workers.launchers.process import needs_spawn, parse_command
from penstock.workers.zygote import Zygote


@pytest.fixture
def stage(process_stage):
    return process_stage


def zygote() -> psutil.Process:
    """The zygote of this process: the newest, as an earlier one may be about to end."""
    return max(psutil.Process().children(), key=psutil.Process.create_time)


def no_room():
    """What `os.pipe` does in a process with too many open files."""
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@staged
async def test_a_job_starts_in_its_working_directory(stage):
    await stage.run("pwd", working_dir=str(stage.folder))
    assert stage.lines == [str(stage.folder)]


@pytest.mark.parametrize("kind", ["missing", "a file"])
@staged
async def test_a_working_directory_that_cannot_be_used_is_named(stage, kind):
    path = stage.folder / "place"
    if kind == "a file":
        path.touch()
    with pytest.raises(PenstockError, match=r"working_dir.*no directory"):
        await stage.start("exit 0", working_dir=str(path))


@staged
async def test_by_default_a_job_has_a_new_directory_that_goes_with_it(stage):
    await stage.run("pwd; touch something; mkdir more")
    await stage.run("pwd")
    first, second = map(Path, stage.lines)
    assert first != second
    assert not first.exists() and not second.exists()


@staged
async def test_a_start_that_fails_leaves_no_directory(stage, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(stage.folder))
    with pytest.raises(PenstockError):
        await stage.start(command="sh 'unclosed")
    monkeypatch.setattr("os.pipe", no_room)
    with pytest.raises(OSError, match="Too many"):
        await stage.start("exit 0")
    assert list(stage.folder.iterdir()) == []


@staged
async def test_a_job_inherits_no_descriptor_and_no_signal_of_ours(stage):
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    program = stage.program(
        "inherited",
        "import os\n"
        "print(sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:-1])\n"
        "status = open('/proc/self/status').read()\n"
        "fields = dict(line.split(':\\t', 1) for line in status.splitlines() if ':\\t' in line)\n"
        "print(fields['SigBlk'])\n",
    )
    await stage.run(command=program)
    assert stage.lines == ["[0, 1, 2]", "0000000000000000"]
    await stage.run("exec grep SigIgn /proc/self/status")
    ignored = int(stage.lines[-1].split()[1], 16)
    for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        assert not ignored & 1 << (number - 1), number.name


@staged
async def test_jobs_that_are_started_at_once_inherit_nothing_of_each_other(stage):
    await stage.run("exit 0")
    busy = zygote()
    busy.suspend()
    starts = [asyncio.create_task(stage.start("exec sleep 60")) for _ in range(4)]
    await asyncio.sleep(0)
    busy.resume()
    jobs = await asyncio.gather(*starts)
    pids = [job.started_as["pid"] for job in jobs]
    await stage.until(lambda: all(psutil.Process(pid).name() == "sleep" for pid in pids))
    assert [psutil.Process(pid).num_fds() for pid in pids] == [3, 3, 3, 3]
    await asyncio.gather(*(job.stop(grace_seconds=1.0) for job in jobs))


def test_a_job_may_be_buried_while_its_last_output_waits_to_be_drained():
    """Both are told of by one look, once the worker is gone: jobs that are left need the zygote."""
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    warm = Zygote(theirs)
    warm._jobs[1], warm._pipes[1] = "a", reader
    ours.close()
    warm._lose_worker()
    os.close(writer)
    warm._bury(1, 0)
    warm._drain(reader)
    warm._selector.close()
    os.close(warm._wake_reader)
    os.close(warm._wake_writer)


@staged
async def test_a_job_leads_a_session_of_its_own(stage):
    job = await stage.start("ps -o pid=,pgid=,sid= -p $$")
    pid = job.started_as["pid"]
    await stage.end(job)
    assert [int(word) for word in stage.lines[0].split()] == [pid, pid, pid]


@staged
async def test_what_a_stopped_job_has_started_ends_too(stage):
    job = await stage.start("trap '' TERM; sleep 300 & sh -c \"trap '' TERM; sleep 300\" & echo $!; wait")
    await stage.until(lambda: stage.lines)
    group = [p for p in psutil.process_iter() if os.getpgid(p.pid) == job.started_as["pid"]]
    assert len(group) >= 3
    await job.stop(grace_seconds=0.2)
    await stage.end(job)
    _, alive = psutil.wait_procs(group, timeout=5)
    assert not alive


@staged
async def test_a_process_that_got_the_pid_of_an_ended_one_is_left_alone(stage):
    """F15: between the end of a run and the news of it, its number may be given to somebody else."""
    job = await stage.start("echo ready; exec sleep 300")
    await stage.until(lambda: stage.lines)
    own = job._pid
    stranger = await asyncio.create_subprocess_exec("sleep", "300", start_new_session=True)
    try:
        job._pid = stranger.pid  # what the kernel does, when it has come round to this number again
        stopping = asyncio.ensure_future(job.stop(grace_seconds=0.2))
        await asyncio.wait([stopping], timeout=1.0)
        assert not stopping.done()  # both signals were due: it waits for the news
        assert stranger.returncode is None
        os.kill(own, signal.SIGKILL)
        await stopping
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


@staged
async def test_what_a_stopped_job_has_started_has_its_grace_too(stage):
    goodbye = stage.folder / "goodbye"
    job = await stage.start(
        f"sh -c 'trap \"sleep 0.3; touch {goodbye}; exit\" TERM; echo ready; while :; do sleep 0.05; done' &"
        "trap 'exit 0' TERM; wait"
    )
    await stage.until(lambda: stage.lines)
    await job.stop(grace_seconds=10.0)
    assert goodbye.exists()


@staged
async def test_a_grandchild_that_keeps_the_output_does_not_keep_the_job(stage):
    job = await stage.start("sh -c 'exec sleep 60' & echo $!; exit 3")
    began = time.monotonic()
    assert await stage.end(job) == Exit(code=3)
    assert time.monotonic() - began < 45
    assert len(stage.lines) == 1
    os.kill(int(stage.lines[0]), signal.SIGKILL)


@staged
async def test_jobs_outlive_their_zygote_and_the_next_one_gets_another(stage):
    job = await stage.start("echo ready; sleep 0.5; echo done; exit 3")
    await stage.until(lambda: stage.lines)
    first = zygote()
    first.kill()
    assert await stage.end(job) == Exit()  # how it ended, only the zygote could know
    assert stage.lines == ["ready", "done"]
    assert await stage.run("exit 4") == Exit(code=4)
    assert zygote().pid != first.pid


@staged
async def test_a_job_can_be_stopped_when_its_zygote_is_gone(stage):
    job = await stage.start("echo ready; exec sleep 60")
    await stage.until(lambda: stage.lines)
    killed = zygote()
    killed.kill()
    await stage.until(lambda: not killed.is_running())
    await job.stop(grace_seconds=10.0)
    await stage.end(job)
    assert not psutil.pid_exists(job.started_as["pid"])


@staged
async def test_fifty_jobs_leave_nothing_behind(stage):
    await stage.run("exit 0")
    ours, theirs = psutil.Process(), zygote()
    before = (ours.num_fds(), ours.num_threads(), theirs.num_fds(), len(asyncio.all_tasks()))
    jobs = await asyncio.gather(*(stage.start(f"echo {n}; exit {n}") for n in range(50)))
    exits = await asyncio.gather(*map(stage.end, jobs))
    assert [exit.code for exit in exits] == list(range(50))
    assert len(stage.lines) == 50

    def now():
        return (ours.num_fds(), before[1], theirs.num_fds(), len(asyncio.all_tasks()))

    await stage.until(lambda: now() == before)
    assert theirs.children() == []


def test_the_zygote_ends_when_its_launcher_lets_it_go(stage):
    async def scenario():
        async with stage.launcher:
            await stage.run("exit 0")
            return zygote()

    _, alive = psutil.wait_procs([asyncio.run(scenario())], timeout=20)
    assert not alive


def test_jobs_go_on_when_the_launcher_lets_go(stage):
    done = stage.folder / "done"

    async def scenario():
        async with stage.launcher:
            script = f"pwd; seq 1 100000; echo ready; seq 1 100000; sleep 0.5; touch {done}"
            job = await stage.start(script)
            await stage.until(lambda: "ready" in stage.lines)
            return zygote(), job.started_as["pid"]

    left, pid = asyncio.run(scenario())
    psutil.wait_procs([left], timeout=20)
    assert done.exists()
    assert not psutil.pid_exists(pid)
    assert not Path(stage.lines[0]).exists()


@staged
async def test_a_zygote_that_died_unnoticed_is_replaced(stage):
    await stage.run("exit 0")
    first = zygote()
    first.kill()
    psutil.wait_procs([first], timeout=10)
    assert await stage.run("exit 3") == Exit(code=3)


@staged
async def test_a_job_whose_start_was_interrupted_is_told_from_one_that_failed(stage):
    await stage.run("exit 0")
    zygote().suspend()
    start = asyncio.create_task(stage.start("exit 0"))
    await asyncio.sleep(0)
    zygote().kill()
    with pytest.raises(LaunchInterrupted):
        await start


async def failure(stage):
    with pytest.raises(LaunchFailed) as failed:
        await stage.start("exit 0")
    return failed.value


def test_a_zygote_that_cannot_live_is_not_replaced_for_ever(stage, monkeypatch):
    async def scenario():
        async with stage.launcher:
            failures = [await failure(stage) for _ in range(3)]
        assert "times in a row without starting anything" in str(failures[-1])
        assert not isinstance(failures[-1], LaunchInterrupted)

    monkeypatch.setattr("sys.executable", "/bin/false")
    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_modules_beside_a_worker_are_not_taken_for_the_librarys(stage, monkeypatch):
    async def scenario():
        async with stage.launcher:
            assert await stage.run("exit 3") == Exit(code=3)

    for name in ("queue", "typing", "msgspec", "selectors"):
        (stage.folder / f"{name}.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(stage.folder)
    asyncio.run(asyncio.wait_for(scenario(), 20))


@pytest.mark.parametrize(
    ("given", "spawns"),
    [
        ({}, False),
        ({"A": "1"}, False),
        ({"PYTHONPATH": "/x"}, True),
        ({"LC_ALL": "C"}, True),
        ({"LD_PRELOAD": "x"}, True),
        ({"HOME": "/elsewhere"}, False),
    ],
)
def test_variables_that_count_only_at_start_need_a_process_of_their_own(given, spawns):
    inherited = {"HOME": "/root", "LANG": "C"}
    assert needs_spawn(inherited | given, inherited) is spawns


def test_a_variable_that_counts_at_start_and_is_taken_away_needs_one_too():
    assert needs_spawn({}, {"PYTHONPATH": "/x"})


@pytest.mark.parametrize("command", [None, "", "   "])
def test_no_command_is_our_engine(command):
    assert parse_command(command) is None


def test_the_interpreter_is_ours():
    assert parse_command(f"{sys.executable} -m x") == [sys.executable, "-m", "x"]
