"""F48: events come faster than PostgreSQL takes them. They wait with who sends them, not in the server."""

import asyncio
import json
import threading
from datetime import UTC, datetime
from uuid import uuid4

import psutil
import pytest
from tests.api.socket_talk import opened
from tests.db.conftest import (  # noqa: F401 - fixtures
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.faults.processes import eventually
from tests.postgres_server import connection
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SENDERS, EVENTS, FILLING = 10, 2_000, 20_000
BAD = 5
"""Of each sender: no events at all."""
MOST_BYTES = 150 * 2**20
"""Of the 400 million that are sent."""
SLOW = """
CREATE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END $$;
CREATE TRIGGER slow AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION take_a_while();
"""


async def slow_down(url):
    async with connection(url) as admin:
        await admin.execute(SLOW)


async def count(url):
    async with connection(url) as admin:
        return await admin.fetchval("SELECT count(*) FROM events WHERE event LIKE 'flood.%'")


def an_event(name):
    return {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": "flood"},
        "payload": {"filling": "x" * FILLING},
    }


def flood(server, sender, confirmed):
    """Send as fast as the server reads; whoever is answered a ping has all that he sent before written."""
    with opened(server, "/events/in", ping_interval=None) as socket:
        for number in range(EVENTS):
            socket.send(json.dumps(an_event(f"flood.{sender}.{number}")))
        for _ in range(BAD):
            socket.send("no event")
        if socket.ping().wait(300):
            confirmed.append(sender)


def test_events_that_a_slow_database_keeps_waiting_do_not_pile_up_in_memory(tmp_path, postgres_url):  # noqa: F811
    """F48."""
    environ = {
        "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": postgres_url,
        "PENSTOCK_SERVER_METRICS_ENABLED": "true",
    }
    with ServerProcess(tmp_path / "home", **environ) as server:
        process = psutil.Process(server.process.pid)
        asyncio.run(slow_down(postgres_url))
        before = most = process.memory_info().rss
        confirmed = []
        threads = [threading.Thread(target=flood, args=(server, n, confirmed)) for n in range(SENDERS)]
        for thread in threads:
            thread.start()

        def is_over():
            nonlocal most
            most = max(most, process.memory_info().rss)
            assert server.ask("GET", "/health").status == 200
            return not any(thread.is_alive() for thread in threads)

        eventually(is_over, "all is confirmed", 300)
        assert sorted(confirmed) == list(range(SENDERS))
        assert most - before < MOST_BYTES
        assert asyncio.run(count(postgres_url)) == SENDERS * EVENTS
        metrics = server.ask("GET", "/metrics").body.decode()
        assert f'penstock_websocket_events_total{{outcome="received"}} {SENDERS * EVENTS}\n' in metrics
        assert f'penstock_websocket_events_total{{outcome="dropped"}} {SENDERS * BAD}\n' in metrics
