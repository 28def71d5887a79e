"""Flows that say what they do in the side log, and take as long, or die where, a test wants them to."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from itertools import repeat
from pathlib import Path

from pydantic import BaseModel, field_validator
from side_log import note

from penstock import flow, get_run_logger, runtime, task
from penstock.deployments import run_deployment
from penstock.sdk.engine import flow_run

if "PATIENCE" in os.environ:
    flow_run.PATIENCE = float(os.environ["PATIENCE"])
if "WAIT_IN_IMPORT" in os.environ:
    note("import")
    time.sleep(300)
if os.environ.get("DIE_AT") == "import":
    note("import")
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(phase: str) -> None:
    """Be killed here, if the run's environment says so."""
    if os.environ.get("DIE_AT") == phase:
        note("dies", phase=phase)
        os.kill(os.getpid(), signal.SIGKILL)


class Amount(BaseModel):
    """A parameter whose validation is user code."""

    value: int

    @field_validator("value")
    @classmethod
    def _check(cls, value: int) -> int:
        die_at("validation")
        return value


@task
def step(number: int) -> int:
    """One numbered step."""
    note("step", number=number)
    die_at(f"step {number}")
    return number


def _after_completed(flow, run, state) -> None:
    note("hook", state=state.name)
    die_at("after completed")


@flow(log_prints=True, on_completion=[_after_completed])
def steady(
    amount: Amount | None = None, steps: int = 2, seconds: float = 0.0, until: str | None = None
) -> int:
    """Steps with a pause after each; on until a file exists, if one is named. Each logs a numbered line."""
    note("start")
    number = 0
    while number < steps or (until is not None and not Path(until).exists()):
        step(number)
        print(f"line {number}")
        die_at(f"after step {number}")
        time.sleep(seconds)
        number += 1
    note("stop", steps=number)
    return number


@flow(retries=1, retry_delay_seconds=1)
def flaky() -> None:
    """Fails in its first attempt."""
    note("start", attempt=runtime.flow_run.run_count)
    if runtime.flow_run.run_count == 1:
        raise ValueError
    note("stop")


@flow
def waiting(until: str) -> None:
    """Waits for a file to exist, and does nothing meanwhile."""
    note("start")
    while not Path(until).exists():
        time.sleep(0.02)
    note("stop")


@task
def chatter() -> None:
    """Logs without end."""
    logger = get_run_logger()
    while True:
        logger.info("chatter")
        time.sleep(0.001)


@flow
def chatting() -> None:
    """Several tasks that log at once, and wait for each other to do so."""
    futures = [chatter.submit() for _ in range(8)]
    note("start")
    for future in futures:
        future.result()


@flow
def stubborn() -> None:
    """Never ends, and notices nothing: it is in C code that holds the interpreter."""
    note("start")
    deque(repeat(None), maxlen=0)


@flow
def with_child(seconds: float = 300.0) -> None:
    """Waits for a child and a grandchild process."""
    script = f"sleep {seconds} & echo $!; wait"
    child = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    note("start", child=child.pid, grandchild=int(child.stdout.readline()))
    child.wait()


@flow
def with_subflow() -> None:
    """Waits for another flow in its own process."""
    steady(until="/nowhere", seconds=0.02)


@flow
def silent() -> None:
    """Does nothing."""


@flow
def begets(deployment: str) -> None:
    """Starts runs in the three ways in which a flow can."""
    silent()
    run_deployment(deployment, timeout=0)
    run_deployment(deployment, timeout=0, as_subflow=False)


@flow
def talkative(lines: int = 1000, seconds: float = 0.0) -> None:
    """Logs so many numbered lines, spread over a time."""
    note("start")
    logger = get_run_logger()
    for number in range(lines):
        logger.info("line %d", number)
        time.sleep(seconds / lines)
    note("stop", lines=lines)


def memory() -> dict[str, int]:
    """The bytes that this process has, and the most that it ever had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}


@task
def unit(number: int) -> int:
    """As little as a task can do."""
    return number


@flow
def crowd(count: int) -> None:
    """Maps a task over so many numbers, and tells of the memory and the processor time that it took."""
    unit(0)
    note("start", cpu=time.process_time(), **memory())
    total = sum(future.result() for future in unit.map(range(count)))
    note("stop", total=total, cpu=time.process_time(), **memory())


@flow
def flood(size: int, length: int = 64_000) -> None:
    """Logs so many bytes, in lines of such a length, and one line that is far too long."""
    logger = get_run_logger()
    note("start", **memory())
    logger.info("long %s end", "x" * 10_000_000)
    lines = size // length
    for number in range(lines):
        logger.info("%d %s", number, "x" * length)
    note("stop", lines=lines, **memory())


if __name__ == "__main__":
    globals()[sys.argv[1]]()
