"""A client of the server that runs deployments. There must be one: the embedded server would run nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from penstock.client.client import Client, open_client
from penstock.domain.errors import ServerUnreachable
from penstock.sdk.engine.colours import Colour
from penstock.settings import Settings


@contextmanager
def server_client(settings: Settings, colour: Colour) -> Iterator[Client]:
    """A client for one piece of work, that waits in `colour`.

    Raises:
        ServerUnreachable: No server is set, and none runs in this home.
    """
    client = open_client(settings, os.environ, on_loop=colour.suspends)
    try:
        yield served(client)
    finally:
        client.close()


def served(client: Client) -> Client:
    """The client, if it is one of a server. Raises `ServerUnreachable`."""
    if client.api_url is None:
        raise ServerUnreachable(
            "No server is set, and none runs in this home: nobody would run a deployment.",
            hint="Start one with `penstock server start`, or set PENSTOCK_API_URL to the URL of yours.",
        )
    return client
