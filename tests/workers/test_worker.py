"""The worker's loop against a real server: what it claims, how it launches, what it reports, how it ends."""

import asyncio
import functools
import json
import os
import sys
import time
from pathlib import Path

import pytest

import penstock
from penstock.domain.errors import InvalidInput, NotFound
from penstock.workers.base import Worker, WorkerOptions
from penstock.workers.launcher import LaunchInterrupted
from penstock.workers.launchers.process import ProcessLauncher
from penstock.workers.pool_source import PoolSource


def on_loop(test):
    """Run a test on an event loop."""

    @functools.wraps(test)
    def run(**fixtures):
        asyncio.run(asyncio.wait_for(test(**fixtures), 60))

    return run


# The pool


@on_loop
async def test_a_pool_that_is_missing_is_created_with_the_launchers_template(stand):
    async with stand.serving():
        await stand.until(lambda: stand.said)
    pool = stand.ask("GET", f"/work_pools/{stand.pool}")
    assert pool["type"] == "process"
    assert pool["base_job_template"] == ProcessLauncher.base_job_template()
    assert stand.said[0] == f"Created the work pool {stand.pool!r} of type 'process'."


@on_loop
async def test_a_pool_is_created_with_the_template_that_the_worker_was_given(stand):
    template = ProcessLauncher.base_job_template()
    template["variables"]["properties"]["env"]["default"] = {"A": "1"}
    async with stand.serving(base_job_template=template):
        await stand.until(lambda: stand.said)
    assert stand.ask("GET", f"/work_pools/{stand.pool}")["base_job_template"] == template


@on_loop
async def test_a_pool_that_may_not_be_created_is_missed(stand):
    with pytest.raises(NotFound, match=stand.pool):
        await stand.worker(create_pool=False).run()


@on_loop
async def test_a_pool_of_another_type_is_refused_and_both_types_named(stand):
    stand.ask("POST", "/work_pools/", {"name": stand.pool, "type": "docker"})
    with pytest.raises(InvalidInput, match=r"type 'docker'.*type 'process'") as refused:
        await stand.worker().run()
    assert "--type docker" in refused.value.hint


@on_loop
async def test_a_worker_is_seen_while_it_works(stand):
    stand.make_pool()
    async with stand.serving(name="etl-1", heartbeat_seconds=0.2):
        found = await stand.until(lambda: stand.ask("POST", f"/work_pools/{stand.pool}/workers/filter", {}))
    assert [(worker["name"], worker["status"]) for worker in found] == [("etl-1", "ONLINE")]


# What it claims


@on_loop
async def test_no_more_runs_at_once_than_the_limit(stand):
    stand.make_pool()
    runs = [stand.run("tell", command="sh -c 'sleep 0.1'") for _ in range(7)]
    most = 0
    async with stand.serving(limit=2) as worker:
        while not all(stand.read(run)["state_type"] == "CRASHED" for run in runs):
            most = max(most, worker.runs_in_care)
            await asyncio.sleep(0.01)
    assert most == 2


@on_loop
async def test_room_that_becomes_free_is_used_at_once(stand):
    """A full worker polls for cancellations alone; whichever run ends, it asks for work again."""
    stand.make_pool()
    gates = [stand.folder / name for name in "abc"]
    async with stand.serving(limit=2):
        runs = [stand.run("wait", {"path": str(gate)}) for gate in gates]
        for first in (0, 1):
            await stand.until(lambda first=first: stand.read(runs[first])["state_type"] == "RUNNING")
        gates[0].touch()
        freed = time.monotonic()
        await stand.until(lambda: stand.read(runs[2])["state_type"] == "RUNNING")
        assert time.monotonic() - freed < 15.0  # and not when the long poll of a full worker is over
        for gate in gates:
            gate.touch()
        assert {(await stand.ended(run))[0] for run in runs} == {"COMPLETED"}


@on_loop
async def test_run_once_sees_through_all_that_is_due(stand):
    stand.make_pool()
    runs = [stand.run("tell") for _ in range(5)]
    await stand.worker(run_once=True, limit=2).run()
    assert [stand.read(run)["state_type"] for run in runs] == ["COMPLETED"] * 5


@on_loop
async def test_a_worker_that_takes_no_more_still_hears_of_cancellations(stand):
    stand.make_pool()
    run = stand.run("tell", command="sleep 600")
    worker = stand.worker(run_once=True)
    working = asyncio.create_task(worker.run())
    await stand.until(lambda: any(line.startswith("Started") for line in stand.said))
    await asyncio.to_thread(
        stand.ask, "POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}}
    )
    assert (await stand.ended(run))[0] == "CANCELLED"
    await asyncio.wait_for(working, 20)


@on_loop
async def test_run_once_can_be_stopped(stand):
    stand.make_pool()
    run = stand.run("wait", {"path": str(stand.folder / "never")})
    worker = stand.worker(run_once=True, drain_seconds=0.1)
    working = asyncio.create_task(worker.run())
    await stand.until(lambda: stand.read(run)["state_type"] == "RUNNING")
    worker.stop()
    await asyncio.wait_for(working, 10)
    assert stand.read(run)["state_type"] == "CRASHED"


@on_loop
async def test_workers_of_one_name_share_the_work(stand):
    stand.make_pool()
    async with stand.serving(name="twin"), stand.serving(name="twin"):
        runs = [stand.run("tell") for _ in range(10)]
        for run in runs:
            await stand.ended(run)
    assert [stand.history(run) for run in runs] == [["Scheduled", "Pending", "Running", "Completed"]] * 10
    assert len(stand.ask("POST", f"/work_pools/{stand.pool}/workers/filter", {})) == 1


class StopsOnClaim(PoolSource):
    """Tells its worker to stop in the moment in which it is given work."""

    worker = None

    async def claim(self, limit, running, wait_seconds):
        answer = await super().claim(limit, running, wait_seconds)
        if answer.runs:
            self.worker.stop()
        return answer


@on_loop
async def test_what_a_stopped_worker_was_given_it_gives_back(stand):
    stand.make_pool()
    run = stand.run("tell")
    worker = stand.worker()
    source = StopsOnClaim(ProcessLauncher(), stand.clients[0], worker._options, stand.said.append)
    source.worker, worker._source = worker, source
    await worker.run()
    assert stand.history(run) == ["Scheduled", "Pending", "Scheduled"]
    assert "Its worker was told to stop" in stand.read(run)["state"]["message"]


# How it launches


def seen_by(path: Path) -> dict:
    return json.loads(path.read_text())


@pytest.mark.parametrize("how", ["forked", "spawned", "by command"])
@on_loop
async def test_a_run_finds_its_environment_its_directory_and_itself(stand, monkeypatch, how):
    monkeypatch.setenv("TAKEN_AWAY", "x")
    monkeypatch.setenv("KEPT", "kept")
    stand.make_pool()
    told, directory = stand.folder / "told", stand.folder / "directory"
    directory.mkdir()
    variables = {
        "env": {"GIVEN": "a b", "NUMBER": 42, "TAKEN_AWAY": None},
        "working_dir": str(directory),
    }
    if how == "spawned":
        variables["env"]["PYTHONHASHSEED"] = "7"
    if how == "by command":
        variables["command"] = f"{sys.executable} -m penstock.engine"
    async with stand.serving(name="w1"):
        run = stand.run("tell", {"path": str(told)}, **variables)
        assert await stand.ended(run) == ("COMPLETED", "")
    seen, read = seen_by(told), stand.read(run)
    env = seen["env"]
    assert (env["GIVEN"], env["NUMBER"], env["KEPT"]) == ("a b", "42", "kept")
    assert "TAKEN_AWAY" not in env
    assert seen["cwd"] == str(directory)
    for prefix in ("PENSTOCK", "PREFECT"):
        assert env[f"{prefix}__FLOW_RUN_ID"] == run
        assert env[f"{prefix}__FLOW_NAME"] == "tell"
        assert env[f"{prefix}__WORKER_NAME"] == "w1"
        assert env[f"{prefix}_API_URL"] == stand.server.url
    assert read["infrastructure_pid"].endswith(f":{seen['pid']}")
    assert stand.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    assert any("told" in line and read["name"] in line for line in stand.said)


@on_loop
async def test_by_default_a_run_has_a_directory_of_its_own(stand):
    stand.make_pool()
    told = stand.folder / "told"
    async with stand.serving():
        await stand.ended(stand.run("tell", {"path": str(told)}))
    directory = Path(seen_by(told)["cwd"])
    assert directory.name.startswith("penstock-run-")
    assert not os.path.lexists(directory)  # noqa: ASYNC240


@on_loop
async def test_output_that_is_not_to_be_streamed_is_not_shown_but_logged(stand):
    stand.make_pool()
    async with stand.serving():
        run = stand.run("tell", stream_output=False)
        await stand.ended(run)
    assert not any("told" in line for line in stand.said)
    logs = stand.ask("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})
    assert "told" in [line["message"] for line in logs]


ENDS = {
    "sh -c 'exit 3'": "exited with code 3 before the run started. Its `command` must start the run",
    "true": "exited with code 0 before the run started. Its `command` must start the run",
    "no-such-command": "exited with code 127 before the run started. The command was not found",
    "/etc/passwd": "exited with code 126 before the run started. The command was found but may not be",
    "sh -c 'kill -SEGV $$'": "was ended by signal 11 (SIGSEGV)",
    "sh -c 'exit 137'": "was ended by signal 9 (SIGKILL)",
    "sh 'unclosed": "Could not be started: The job variable `command` cannot be split into words",
}


@on_loop
async def test_how_a_command_ends_is_told_in_the_runs_state(stand):
    stand.make_pool()
    async with stand.serving():
        runs = {command: stand.run("tell", command=command) for command in ENDS}
        for command, words in ENDS.items():
            type, message = await stand.ended(runs[command])
            assert type == "CRASHED"
            assert words in message, command


def told_by_worker(stand, run):
    """The events of a worker about a run, oldest first."""
    about = {"id": [f"prefect.flow-run.{run}"]}
    body = {"filter": {"event": {"prefix": ["prefect.worker."]}, "related": about, "order": "ASC"}}
    return stand.ask("POST", "/events/filter", body)["events"]


@on_loop
@pytest.mark.parametrize(
    ("command", "code"),
    [(None, "0"), ("sh -c 'exit 3'", "3"), ("sh -c 'kill -SEGV $$'", "-11")],
    ids=["own", "code", "signal"],
)
async def test_the_end_of_a_job_is_an_event_as_the_reference_has_it(stand, command, code):
    stand.make_pool()
    async with stand.serving(name="Worker No. 1"):
        run = stand.run("tell", **({"command": command} if command else {}))
        await stand.until(lambda: len(told_by_worker(stand, run)) == 2)
    submitted, executed = told_by_worker(stand, run)
    assert (submitted["event"], executed["event"]) == (
        "prefect.worker.submitted-flow-run",
        "prefect.worker.executed-flow-run",
    )
    assert executed["follows"] == submitted["id"]
    assert (
        executed["resource"]
        == submitted["resource"]
        == {
            "prefect.resource.id": "prefect.worker.process.worker-no-1",
            "prefect.resource.name": "Worker No. 1",
            "prefect.version": penstock.__version__,
            "prefect.worker-type": "process",
        }
    )
    found = stand.read(run)
    infrastructure = {
        "prefect.infrastructure.identifier": found["infrastructure_pid"],
        "prefect.infrastructure.status-code": code,
    }
    expected = [
        {each: labels[each] for each in labels if each != "prefect.work-pool.type"}
        | (infrastructure if labels["prefect.resource.role"] == "flow-run" else {})
        for labels in submitted["related"]
    ]
    assert executed["related"] == expected


@on_loop
async def test_a_job_that_cannot_be_launched_says_what_is_missing(stand):
    stand.make_pool()
    nowhere = str(stand.folder / "nowhere")
    async with stand.serving():
        type, message = await stand.ended(stand.run("tell", working_dir=nowhere))
        assert type == "CRASHED"
        assert nowhere in message and "no directory" in message
        unknown = stand.run("tell", env={"A": "{{ penstock.variables.no_such_variable }}"})
        type, message = await stand.ended(unknown)
        assert type == "CRASHED"
        assert "no_such_variable" in message


@on_loop
async def test_variables_are_filled_in_when_the_job_starts(stand):
    stand.make_pool()
    told, name = stand.folder / "told", stand.pool.replace("-", "_")
    stand.ask("POST", "/variables/", {"name": name, "value": {"host": "db1"}})
    async with stand.serving():
        env = {"HOST": f"{{{{ penstock.variables.{name}.host }}}}"}
        await stand.ended(stand.run("tell", {"path": str(told)}, env=env))
    assert seen_by(told)["env"]["HOST"] == "db1"


class Refuses(ProcessLauncher):
    """Starts nothing, for a reason."""

    def __init__(self, *reasons):
        super().__init__()
        self._reasons = list(reasons)

    async def start(self, job):
        if self._reasons:
            raise self._reasons.pop(0)
        return await super().start(job)


@on_loop
async def test_a_machine_that_has_no_room_is_named_in_the_state(stand):
    stand.make_pool()
    async with stand.serving(Refuses(OSError(24, "Too many open files"))):
        type, message = await stand.ended(stand.run("tell"))
    assert type == "CRASHED"
    assert message == "Could not be started: [Errno 24] Too many open files"


@on_loop
async def test_whatever_a_launcher_raises_is_told_in_the_state(stand):
    """Or the run would be claimed again whenever its claim expires, and never say why."""
    stand.make_pool()
    async with stand.serving(Refuses(RuntimeError("its library broke"))):
        ended = await stand.ended(stand.run("tell"))
    assert ended == ("CRASHED", "Could not be started: its library broke")


@on_loop
async def test_a_run_whose_launch_was_interrupted_is_tried_again(stand):
    stand.make_pool()
    async with stand.serving(Refuses(LaunchInterrupted("It was killed."))):
        run = stand.run("tell")
        assert await stand.ended(run) == ("COMPLETED", "")
    history = ["Scheduled", "Pending", "Scheduled", "Pending", "Running", "Completed"]
    assert stand.history(run) == history


@on_loop
async def test_a_listener_that_is_gone_harms_no_run(stand):
    """Such as a terminal, or the pipe to a logger that was restarted."""

    def say(text):
        raise BrokenPipeError

    stand.make_pool()
    worker = stand.worker()
    worker = Worker(ProcessLauncher(), stand.clients[0], worker._options, say)
    working = asyncio.create_task(worker.run())
    assert await stand.ended(stand.run("tell")) == ("COMPLETED", "")
    worker.stop()
    await working


# How it ends


@on_loop
async def test_a_worker_that_is_told_to_stop_twice_hurries_its_runs(stand):
    stand.make_pool()
    run = stand.run("wait", {"path": str(stand.folder / "never")})
    worker = stand.worker(drain_seconds=30.0)
    working = asyncio.create_task(worker.run())
    await stand.until(lambda: stand.read(run)["state_type"] == "RUNNING")
    worker.stop()
    await asyncio.sleep(0.1)
    assert not working.done()
    worker.stop()
    await asyncio.wait_for(working, 10)
    assert stand.read(run)["state_type"] == "CRASHED"
    assert "Ending the runs now." in stand.said


@on_loop
async def test_a_pool_that_is_deleted_ends_its_workers(stand):
    stand.make_pool()
    worker = stand.worker()
    working = asyncio.create_task(worker.run())
    await stand.until(lambda: stand.ask("POST", f"/work_pools/{stand.pool}/workers/filter", {}))
    stand.ask("DELETE", f"/work_pools/{stand.pool}")
    with pytest.raises(NotFound, match=stand.pool):
        await asyncio.wait_for(working, 10)


def test_a_worker_that_is_told_to_stop_ends_within_half_a_minute():
    options = WorkerOptions(pool="p", name="n")
    assert options.drain_seconds + options.grace_seconds < 30
