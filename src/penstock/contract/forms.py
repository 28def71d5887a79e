"""The manners in which request bodies are read, and the parts that many of them share."""

from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Form(Struct, kw_only=True, omit_defaults=True):
    """Arguments of a query or command, each with a default or required by name.

    As in the reference, a `null` at its top level means that the argument was left out, and an argument that
    nobody knows is ignored: see `codec.decode_body`.
    """


class Document(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something to store or to match. An unknown field is refused, and `null` is a value of its own."""


class Written(Document):
    """A document of which people write some parts in more than one way."""

    @staticmethod
    def as_read(written: Any) -> Any:
        """The JSON that its type has, of the JSON that came."""
        raise NotImplementedError


class Page(Struct, Generic[T], kw_only=True):
    """One page of a long answer, and how much there is in all."""

    results: list[T]
    count: int
    limit: int
    pages: int
    page: int
