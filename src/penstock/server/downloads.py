"""What is saved as a file: made piece by piece, so that none is too large for our memory."""

from collections.abc import AsyncGenerator

from msgspec import Struct


class Download(Struct, frozen=True):
    """A file on its way to whoever asked for it."""

    name: str
    """What the file might be called. Anything may stand in it: a person gave it."""
    pieces: AsyncGenerator[bytes, None]

    async def whole(self) -> bytes:
        """All of it at once, for somebody in this process."""
        return b"".join([piece async for piece in self.pieces])
