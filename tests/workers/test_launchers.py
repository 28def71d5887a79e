"""What every launcher must be able to do, whatever its infrastructure."""

import asyncio
import signal
import time

import pytest
from tests.workers.stage import staged

from penstock.domain.errors import PenstockError
from penstock.workers.launcher import Exit

ENDLESS = "echo ready; while :; do sleep 0.05; done"


@pytest.mark.parametrize("code", [0, 3, 255])
@staged
async def test_an_exit_code_is_handed_on(stage, code):
    assert await stage.run(f"exit {code}") == Exit(code=code)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
@staged
async def test_a_signal_that_ends_the_job_is_handed_on(stage, number):
    assert await stage.run(f"kill -{int(number)} $$") == Exit(signal=int(number))


@staged
async def test_a_job_that_is_not_our_engine_reports_nothing(stage):
    exit = await stage.run("exit 0")
    assert not exit.settled


@staged
async def test_lines_of_both_outputs_arrive_in_order_and_the_last_needs_no_end(stage):
    await stage.run("echo one; echo two >&2; echo; printf 'thr\\303\\251e\\r\\n'; printf last")
    assert stage.lines == ["one", "two", "", "thrée", "last"]


@staged
async def test_output_that_is_no_text_is_shown_as_well_as_it_goes(stage):
    await stage.run("printf 'a\\377b\\n'")
    assert stage.lines == ["a\ufffdb"]


@staged
async def test_all_of_a_huge_output_arrives(stage):
    await stage.run("seq 1 400000")
    assert len(stage.lines) == 400_000
    assert stage.lines[-1] == "400000"


@staged
async def test_a_huge_line_arrives_in_pieces(stage):
    await stage.run("head -c 3000001 /dev/zero | tr '\\0' x; echo; echo after")
    assert stage.lines[-1] == "after"
    assert "".join(stage.lines[:-1]) == "x" * 3_000_001
    assert len(stage.lines) < 3_000


@staged
async def test_output_that_is_not_wanted_blocks_nobody(stage):
    assert await stage.run("seq 1 100000; exit 4", stream_output=False) == Exit(code=4)
    assert stage.lines == []


@staged
async def test_a_listener_that_fails_does_not_stop_the_job(stage):
    def broken(line):
        raise BrokenPipeError

    assert await stage.run("seq 1 100000; exit 5", output=broken) == Exit(code=5)


@staged
async def test_the_environment_is_the_workers_changed_as_the_job_says(stage, monkeypatch):
    given = {"A": "1", "EMPTY": "", "LINES": "a\nb", "ODD": "$(id) `id` 'x' \"y\" é", "LONG": "x" * 100_000}
    script = (
        """printf '%s|%s|%s|' "$A" "${EMPTY-unset}" "$ODD"; printf '%s' "$LINES" | wc -l; echo ${#LONG}"""
    )
    await stage.run(script, environment=given)
    assert "".join(stage.lines).replace(" ", "") == "1||$(id)`id`'x'\"y\"é|1100000"


@staged
async def test_variables_can_be_taken_away(stage):
    script = "echo ${HOME-unset} ${KEPT-unset}"
    await stage.run(script, unset=("HOME", "KEPT"), environment={"KEPT": "kept"})
    assert stage.lines == ["unset kept"]


@staged
async def test_a_command_is_split_into_words_and_no_shell_sees_it(stage):
    program = stage.program("arguments", "import sys; print(sys.argv[1:])")
    assert await stage.run(command=f"{program} 'a  b' \"$HOME\" * '' ; echo | > x && `id`") == Exit(code=0)
    assert stage.lines == [str(["a  b", "$HOME", "*", "", ";", "echo", "|", ">", "x", "&&", "`id`"])]


@staged
async def test_a_command_whose_quotes_do_not_match_is_refused(stage):
    with pytest.raises(PenstockError, match="cannot be split into words"):
        await stage.start(command="sh -c 'exit 0")


@staged
async def test_a_command_that_is_not_there_says_so(stage):
    assert await stage.run(command="no-such-command --x") == Exit(code=127)
    assert "no-such-command: No such file or directory" in stage.lines[0]


@staged
async def test_a_command_that_is_no_program_says_so(stage):
    path = stage.folder / "not-executable"
    path.write_text("x")
    assert await stage.run(command=str(path)) == Exit(code=126)
    assert "not-executable: Permission denied" in stage.lines[0]


@staged
async def test_the_input_is_empty(stage):
    assert await stage.run("cat; exit 0") == Exit(code=0)
    assert stage.lines == []


@staged
async def test_a_job_is_stopped_politely(stage):
    job = await stage.start("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done")
    await stage.until(lambda: stage.lines)
    await job.stop(grace_seconds=20.0)
    assert await stage.end(job) == Exit(code=7)
    assert stage.lines[0] == "ready"
    assert stage.lines[-1] == "bye"


@staged
async def test_a_job_that_does_not_listen_is_killed_after_its_grace(stage):
    job = await stage.start(f"trap '' TERM; {ENDLESS}")
    await stage.until(lambda: stage.lines)
    began = time.monotonic()
    await job.stop(grace_seconds=0.3)
    assert await stage.end(job) == Exit(signal=signal.SIGKILL)
    assert time.monotonic() - began >= 0.3


@staged
async def test_a_job_can_be_stopped_the_moment_it_is_started(stage):
    for _ in range(20):
        job = await stage.start("exec sleep 30")
        await job.stop(grace_seconds=20.0)
        assert await stage.end(job) == Exit(signal=signal.SIGTERM)


@staged
async def test_a_second_stop_may_be_more_impatient(stage):
    job = await stage.start(f"trap '' TERM; {ENDLESS}")
    await stage.until(lambda: stage.lines)
    patient = asyncio.create_task(job.stop(grace_seconds=40.0))
    await asyncio.sleep(0)
    await job.stop(grace_seconds=0.1)
    assert await stage.end(job) == Exit(signal=signal.SIGKILL)
    await patient


@staged
async def test_stopping_what_has_ended_is_nothing(stage):
    job = await stage.start("exit 2")
    assert await stage.end(job) == Exit(code=2)
    await job.stop(grace_seconds=20.0)
    assert await stage.end(job) == Exit(code=2)


@staged
async def test_several_may_wait_for_one_end(stage):
    job = await stage.start("sleep 0.1; exit 6")
    ends = await asyncio.gather(stage.end(job), stage.end(job), stage.end(job))
    assert ends == [Exit(code=6)] * 3
    with pytest.raises(TimeoutError):
        await stage.end(await stage.start("sleep 0.5"), seconds=0.05)


@staged
async def test_jobs_do_not_wait_for_each_other(stage):
    slow = await stage.start("sleep 20")
    assert await stage.run("exit 0") == Exit(code=0)
    await slow.stop(grace_seconds=5.0)


@staged
async def test_what_was_started_can_be_told(stage):
    job = await stage.start("exit 0")
    assert job.identifier
    assert job.started_as["command"][:2] == ["sh", "-c"]
    await stage.end(job)
