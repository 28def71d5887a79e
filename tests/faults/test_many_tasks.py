"""F45: a hundred thousand tasks in one flow. Its process and the server keep some thousand bytes of each."""

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TASKS = 100_000
BYTES_OF_TASK = 8_000
"""Of the flow's process, for a future that the flow holds, with its states, its run and its result."""
SERVER_BYTES = 150 * 2**20
PAGE = 200


def test_a_hundred_thousand_mapped_tasks_have_room_in_memory(site):
    """F45."""
    server = psutil.Process(site.server.process.pid)
    site.worker()
    run = site.run("crowd", count=1)
    site.wait_for(run, "COMPLETED")
    before = server.memory_info().rss
    run = site.run("crowd", count=TASKS)
    site.wait_for(run, "COMPLETED", seconds=800)
    began, ended = site.started(run), site.started(run, "stop")
    assert ended["total"] == sum(range(TASKS))
    assert (ended["VmHWM"] - began["VmRSS"]) / TASKS < BYTES_OF_TASK
    assert server.memory_info().rss - before < SERVER_BYTES
    mapped = {"flow_runs": {"id": {"any_": [run]}}, "task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    assert site.ask("POST", "/task_runs/count", mapped) == TASKS + 1
    assert len(site.ask("POST", "/task_runs/filter", mapped | {"limit": PAGE})) == PAGE
    assert "Traceback" not in site.server.output
