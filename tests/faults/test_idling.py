"""F50: a server that is watched and asked for nothing keeps its size, in memory and on disk."""

import socket
import threading
import time
from contextlib import ExitStack, suppress

import psutil
import pytest
from tests.api.socket_talk import opened, say
from tests.faults.processes import eventually
from websockets.exceptions import ConnectionClosed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LISTENERS = 10
"""Of each kind: pages that follow what changes, and who follows events, and log lines."""
SETTLE, IDLE = 30, 150
"""Seconds. Some are needed until all caches are filled and all loops have had a round."""
MOST_BYTES = 3 * 2**20
MOST_BYTES_ON_DISK = 512 * 1024
"""The heartbeats of a worker are written over the last ones, but not at once in the log."""


def follow(stack, server):
    """One more page, one who follows events, and one who follows log lines; each reads what it is told."""
    page = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
    stack.callback(page.shutdown, socket.SHUT_RDWR)
    page.sendall(b"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert b" 200 " in page.recv(4096).partition(b"\r\n")[0]
    threading.Thread(target=read_bytes, args=(page,), daemon=True).start()
    for path in ("/events/out", "/logs/out"):
        follower = stack.enter_context(opened(server, path))
        say(follower, {"type": "filter", "filter": {}})
        threading.Thread(target=read_messages, args=(follower,), daemon=True).start()


def read_bytes(page):
    while page.recv(4096):
        pass


def read_messages(follower):
    with suppress(ConnectionClosed):
        for _ in follower:
            pass


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
        before, kept = process.memory_info().rss, on_disk(site)
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > IDLE, "a while has passed", 2 * IDLE)
        assert process.memory_info().rss - before < MOST_BYTES
        assert on_disk(site) - kept < MOST_BYTES_ON_DISK
        assert site.ask("GET", "/admin/sockets")["open"] == 2 * LISTENERS
    assert "Traceback" not in site.server.output
