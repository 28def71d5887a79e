"""Where the pages of a test come from: a server that can die and come back at its place."""

from typing import Self

from tests.server_process import ServerProcess


class UiServer(ServerProcess):
    """A server that keeps its port when it is started again, as pages that are open need.

    `kill()` ends it on the spot (SIGKILL), `start()` brings it back with the same home.
    """

    def start(self) -> Self:
        """Start it, the second time where it was the first time."""
        super().start()
        self._port = self.port
        return self

    @property
    def origin(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"
