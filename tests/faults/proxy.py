"""A TCP proxy before a server, which can cut, lose replies, or fall silent."""

import select
import socket
import threading
from collections.abc import Callable
from typing import Self

_CHUNK = 1 << 16


class Proxy:
    """Hands on what arrives at `port` to a server on this machine, as long as it is let.

    Args:
        target: Port of the server; may be changed while it runs.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.lost_replies = 0
        """How many replies were kept from their clients."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._flows = threading.Event()
        self._flows.set()
        self._loses: Callable[[bytes], bool] = lambda _: False
        self._closed = False

    @property
    def port(self) -> int:
        """Where clients connect to."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The API, through this proxy."""
        return f"http://127.0.0.1:{self.port}/api"

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        self._is_cut = True
        for each in list(self._open):
            _shut(each)

    def fall_silent(self) -> None:
        """Take what is sent, and hand on nothing, in either direction; connections stay open."""
        self._flows.clear()

    def heal(self) -> None:
        """Hand on everything again."""
        self._is_cut = False
        self._loses = lambda _: False
        self._flows.set()

    def lose_replies(self, to: Callable[[bytes], bool]) -> None:
        """Break the connection instead of handing on the reply to a request that `to` is true of."""
        self._loses = to

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._listener.close()
        self._flows.set()
        self.cut()

    def _accept(self) -> None:
        while not self._closed:
            readable, _, _ = select.select([self._listener], [], [], 0.2)
            if not readable or self._closed:
                continue
            client, _ = self._listener.accept()
            if self._is_cut:
                client.close()
            else:
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                return
            with server:
                self._open |= {client, server}
                try:
                    self._relay(client, server)
                except OSError:
                    return  # one side is gone, and so goes the other
                finally:
                    self._open -= {client, server}

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        loses = False
        while True:
            for source in select.select([client, server], [], [])[0]:
                data = source.recv(_CHUNK)
                self._flows.wait()
                if not data:
                    return
                if source is client:
                    loses = loses or self._loses(data)
                    server.sendall(data)
                elif loses:
                    self.lost_replies += 1
                    return
                else:
                    client.sendall(data)


def _shut(each: socket.socket) -> None:
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
