"""The server as an application of another host: its start and its end, and what stands beside the API."""

import asyncio

import pytest

from penstock.domain.errors import PenstockError
from penstock.server.app import App
from penstock.settings import load_settings


@pytest.fixture
def app_of(tmp_path):
    def made(**environ):
        return App(load_settings({"PENSTOCK_HOME": str(tmp_path), **environ}), services=False)

    return made


async def drive(app, scope, *received):
    """What an application sends for what it receives."""
    waiting, sent = list(received), []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


def test_a_host_starts_and_ends_it(app_of):
    async def told():
        return await drive(app_of(), {"type": "lifespan"}, STARTUP, SHUTDOWN)

    sent = asyncio.run(told())
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_a_database_that_cannot_be_used_is_told(app_of, tmp_path):
    (tmp_path / "penstock.db").write_bytes(b"this is no database" * 100)
    sent = []

    async def told():
        async def receive():
            return STARTUP

        async def send(message):
            sent.append(message)

        await app_of()({"type": "lifespan"}, receive, send)

    with pytest.raises(PenstockError):
        asyncio.run(told())
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "penstock.db" in sent[0]["message"]


def test_without_pages_there_is_nothing_beside_the_api(app_of):
    scope = {"type": "http", "method": "GET", "path": "/runs", "headers": []}

    async def told():
        return await drive(app_of(PENSTOCK_SERVER_UI_ENABLED="false"), scope)

    start, body = asyncio.run(told())
    assert (start["status"], body["body"]) == (404, b"Not Found")
