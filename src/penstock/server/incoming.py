"""A request as ops see it that look at more of it than its body."""

from msgspec import Struct


class Incoming(Struct, frozen=True, kw_only=True):
    """What came along with a body."""

    method: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
