"""F23: what PostgreSQL gives up on for the sake of others is tried again, unseen, and counted."""

import asyncio

from tests.db.conftest import (  # noqa: F401 - fixtures
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.postgres_server import connection
from tests.server_process import ServerProcess

DEADLOCKS = """
CREATE SEQUENCE attempts;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('attempts') <= 2 THEN  -- which no rollback takes back
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lose BEFORE INSERT ON variables FOR EACH ROW EXECUTE FUNCTION lose();
"""


def retries(server):
    lines = server.ask("GET", "/metrics").body.decode().splitlines()
    counted = [line for line in lines if line.startswith("penstock_database_retries_total{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in counted}


async def execute(url, sql):
    async with connection(url) as admin:
        await admin.execute(sql)


def test_what_deadlocks_is_done_all_the_same_and_counted(tmp_path, postgres_url):  # noqa: F811
    """The writer of one request is the victim of two deadlocks, and the one who asked hears of none."""
    environ = {
        "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": postgres_url,
        "PENSTOCK_SERVER_METRICS_ENABLED": "true",
    }
    with ServerProcess(tmp_path / "home", **environ) as server:
        before = retries(server)
        asyncio.run(execute(postgres_url, DEADLOCKS))
        assert server.ask("POST", "/variables/", {"name": "kept", "value": 1}).status == 201
        after = retries(server)
        assert set(before) == {"deadlock", "serialization", "connection"}
        assert after["deadlock"] - before["deadlock"] == 2
        assert server.ask("POST", "/variables/count", {}).json == 1
        assert "detected" not in server.output
