"""The databases that a server of ours is measured on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from tests.postgres_server import PostgresServer, shared_server

URL = "PENSTOCK_SERVER_DATABASE_CONNECTION_URL"


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """A PostgreSQL without rows, and the environment of a server on it.

    It waits for its disk, as anybody's does. `POSTGRES_TEST_URL` in the environment names another one.
    """
    given = os.environ.get("POSTGRES_TEST_URL")
    with (
        nullcontext(PostgresServer(given)) if given else shared_server(as_shipped=True) as server,
        server.database("template0") as url,
    ):
        yield {URL: url}
