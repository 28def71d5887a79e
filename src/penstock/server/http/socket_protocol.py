"""Websockets on the wire: uvicorn's protocol, and three things that it leaves open.

- Who doesn't read is not read from: pings would be answered into a buffer without a bound.
- When the application has ended, so has the connection, a moment later, whether the rest is taken or not.
- A ping waits its turn among the messages, and is answered when the application says so. So a client can know
  that what it has sent before was dealt with.
"""

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from penstock.server.sockets.connection import PING, PONG

_LAST_SECONDS: Final = 2.0
"""For what was sent last, the reason of the end among it."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection that has asked to become a websocket."""

    def pause_writing(self) -> None:
        """The other side is behind."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    def handle_ping(self) -> None:
        """Hand a ping on, with the answer that was made for it."""
        pong = b"".join(self.conn.data_to_send())
        if self.close_sent or not self.handshake_complete:
            return
        self.queue.put_nowait({"type": PING, "pong": pong})  # type: ignore[arg-type]  # not of ASGI
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        """As uvicorn does; and answers to pings."""
        if message["type"] != PONG:
            await super().send(message)
        elif not self.close_sent and not self.transport.is_closing():
            self.transport.write(message["pong"])

    async def receive(self) -> Any:
        """As uvicorn does, but nothing is read from who doesn't read."""
        message = await super().receive()
        if not self.writable.is_set() and not self.transport.is_closing():
            self.transport.pause_reading()
        return message

    async def run_asgi(self) -> None:
        """Run the application, and see to it that nothing is left of it."""
        await super().run_asgi()
        self.loop.call_later(_LAST_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """As uvicorn does; who takes nothing does not hold up the end."""
        super().shutdown()
        self.loop.call_later(_LAST_SECONDS, self.transport.abort)
