"""A scripted server, and clients of it that never sleep."""

import pytest
from tests.client.scripted_server import scripted_server

from penstock.client.client import Client
from penstock.client.http import HttpTransport
from penstock.client.retries import RetryPolicy
from penstock.settings import Settings
from penstock.settings.tree import ApiSettings

INSISTENT = RetryPolicy(budget=60.0, first_delay=1.0)


class Naps:
    """Instead of sleeping: what was slept, and the clock that goes with it."""

    def __init__(self):
        self.taken = []

    async def pause(self, seconds):
        self.taken.append(seconds)

    def clock(self):
        return sum(self.taken)


@pytest.fixture
def server():
    with scripted_server() as script:
        yield script


@pytest.fixture
def naps():
    return Naps()


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, api=ApiSettings(request_timeout=5.0))


@pytest.fixture
def connect(settings, naps):
    """Makes clients of a URL; they are closed after the test."""
    opened = []

    def make(url, *, settings=settings, retries=INSISTENT, environment=None):
        transport = HttpTransport(url, settings, environment or {}, naps.pause)
        client = Client(transport, retries=retries, clock=naps.clock, chance=lambda: 0.0)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def client(server, connect):
    return connect(server.url)
