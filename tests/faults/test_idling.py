"""F50: a server that is watched and asked for nothing keeps its size, in memory and on disk."""

import threading
import time
from contextlib import ExitStack
from http.client import HTTPConnection

import psutil
import pytest
from tests.api.socket_talk import opened, say
from tests.faults.processes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LISTENERS = 10
"""Of each kind: pages that follow what changes, and who follows events, and log lines."""
SETTLE, IDLE = 30, 150
"""Seconds. Some are needed until all caches are filled and all loops have had a round."""
MOST_BYTES = 3 * 2**20
MOST_BYTES_ON_DISK = 256 * 1024
"""Heartbeats of the worker are written over the last ones."""


def follow(stack, server):
    """One more page, one who follows events, and one who follows log lines; each reads what it is told."""
    page = HTTPConnection("127.0.0.1", server.port, timeout=120)
    stack.callback(page.close)
    page.request("GET", "/api/live")
    told = page.getresponse()
    assert told.status == 200
    threading.Thread(target=read, args=(told,), daemon=True).start()
    for path in ("/events/out", "/logs/out"):
        socket = stack.enter_context(opened(server, path))
        say(socket, {"type": "filter", "filter": {}})


def read(told):
    try:
        while told.readline():
            pass
    except (OSError, ValueError, AttributeError):
        return  # it was closed


def on_disk(site):
    """Bytes of the database and its log."""
    return sum(file.stat().st_size for file in site.home.glob("penstock.db*"))


def test_a_server_that_idles_before_an_audience_does_not_grow(site):
    """F50."""
    site.worker()
    site.wait_for(site.run("steady", steps=3), "COMPLETED")
    process = psutil.Process(site.server.process.pid)
    with ExitStack() as stack:
        for _ in range(LISTENERS):
            follow(stack, site.server)
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > SETTLE, "all is calm", 2 * SETTLE)
        before, kept, cpu = process.memory_info().rss, on_disk(site), sum(process.cpu_times()[:2])
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > IDLE, "a while has passed", 2 * IDLE)
        print(process.memory_info().rss - before, on_disk(site) - kept, sum(process.cpu_times()[:2]) - cpu)
        assert process.memory_info().rss - before < MOST_BYTES
        assert on_disk(site) - kept < MOST_BYTES_ON_DISK
        assert site.ask("GET", "/admin/sockets")["open"] == 2 * LISTENERS
    assert "Traceback" not in site.server.output
