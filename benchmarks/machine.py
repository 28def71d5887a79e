"""What the operating system says that processes have cost."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Cost:
    """CPU (user and system, with children that have ended) and wall time, in seconds."""

    cpu: float
    wall: float


def cost_of_command(command: Sequence[str], env: Mapping[str, str], cwd: str | None = None) -> Cost:
    """Run a command to its end and say what it cost. Raises `RuntimeError` when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        list(command), env=dict(env), cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process.stderr:
        complaints = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{command} exited with {process.returncode}: {complaints[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall)


def cpu_of_tree(pid: int) -> float:
    """CPU seconds that a process and all that it started have used, those that have ended included."""
    total = 0.0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    for process in family:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def computing_of_trees(pids: Sequence[int]) -> float:
    """CPU seconds that processes and their children have used, to the nanosecond, without ended ones."""
    family = [each for pid in pids for each in (pid, *_children(pid))]
    return sum(_computed(pid) for pid in family)


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _computed(pid: int) -> float:
    total = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):  # it has ended
            total += int(thread.read_text().split()[0])
    return total / 1e9


def memory_of_tree(pid: int) -> float:
    """Resident MiB of a process and its children."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_info().rss for process in family) / 2**20


def wait_until(condition: Callable[[], bool], seconds: float, what: str, pause: float = 0.02) -> None:
    """Poll until `condition` holds. Raises `TimeoutError` saying `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(pause)
