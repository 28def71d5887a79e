"""A server whose database goes away lives, is not ready, says why, and is ready again when it is back."""

import json
import subprocess
import sys
from urllib.parse import urlsplit

from tests.db.conftest import (  # noqa: F401 - fixtures
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.faults.processes import eventually
from tests.faults.proxy import Proxy
from tests.server_process import ServerProcess, clean_environ

from penstock.cli.exits import ExitCode

SECRET = "ada:battery"


def through(proxy, url):
    """The same database, through a proxy."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}").geturl()


def status(server, **more):
    """What `penstock server status --json` prints, and its exit code."""
    found = subprocess.run(
        [sys.executable, "-m", "penstock.cli.main", "server", "status", "--json"],
        env=clean_environ(server.home, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return json.loads(found.stdout), found.returncode


def test_a_database_that_is_away_makes_it_unready_and_not_dead(tmp_path, postgres_url):  # noqa: F811
    known = {"Authorization": f"Bearer {SECRET}"}
    with Proxy(urlsplit(postgres_url).port) as proxy:
        environ = {
            "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": through(proxy, postgres_url),
            "PENSTOCK_SERVER_API_AUTH_STRING": SECRET,
            "PENSTOCK_SERVER_METRICS_ENABLED": "true",
        }
        with ServerProcess(tmp_path / "home", **environ) as server:
            assert server.ask("GET", "/ready").json == {"message": "OK"}
            proxy.cut()
            stranger, friend = server.ask("GET", "/ready"), server.ask("GET", "/ready", **known)
            assert (stranger.status, friend.status, server.ask("GET", "/health").status) == (503, 503, 200)
            assert stranger.json["data"]["reasons"][0] == "the database is not well"
            assert friend.json["data"]["reasons"][0].startswith("the database: ")
            assert "retry-after" in stranger.headers
            assert "penstock_database_up 0\n" in server.ask("GET", "/metrics", **known).body.decode()
            told, code = status(server)
            assert (told["status"], code) == ("not ready", ExitCode.FAILED)
            assert "the database is not well" in told["problem"]
            proxy.heal()
            eventually(lambda: server.ask("GET", "/ready").status == 200, "it is ready again")
            assert "Traceback" not in server.output
