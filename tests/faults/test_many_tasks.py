"""F45: a hundred thousand tasks in one flow. Its process and the server keep some thousand bytes of each.

How fast they are is said in time of the processor, so that a busy machine changes nothing.
"""

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TASKS = 100_000
BYTES_OF_TASK = 8_000
"""Of the flow's process, for a future that the flow holds, with its states, its run and its result."""
SERVER_BYTES = 150 * 2**20
SECONDS_OF_TASK = 1 / 500
"""Of the processor, in the flow's process; the server may take as much beside it."""
PAGE = 200


def test_a_hundred_thousand_mapped_tasks_have_room_in_memory(site):
    """F45: and their pages are there."""
    server = psutil.Process(site.server.process.pid)
    site.worker()
    run = site.run("crowd", count=1)
    site.wait_for(run, "COMPLETED")
    before, spent = server.memory_info().rss, _seconds(server)
    run = site.run("crowd", count=TASKS)
    site.wait_for(run, "COMPLETED", seconds=800)
    began, ended = site.started(run), site.started(run, "stop")
    assert ended["total"] == sum(range(TASKS))
    assert (ended["VmHWM"] - began["VmRSS"]) / TASKS < BYTES_OF_TASK
    assert server.memory_info().rss - before < SERVER_BYTES
    assert (ended["cpu"] - began["cpu"]) / TASKS < SECONDS_OF_TASK
    assert (_seconds(server) - spent) / TASKS < SECONDS_OF_TASK
    mapped = {"flow_runs": {"id": {"any_": [run]}}, "task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    assert site.ask("POST", "/task_runs/count", mapped) == TASKS + 1
    assert len(site.ask("POST", "/task_runs/filter", mapped | {"limit": PAGE})) == PAGE
    picture = site.ask("GET", f"/flow_runs/{run}/timeline?limit={PAGE}")
    assert len(picture["ids"]) == PAGE and picture["total"] == TASKS + 1
    assert "Traceback" not in site.server.output


def _seconds(process):
    """What a process has taken of the processor."""
    times = process.cpu_times()
    return times.user + times.system
