"""The only file that knows dialects: how values are stored, and what the two databases spell differently.

Column types (`Uuid`, `Timestamp`, …) and SQL constructs (`has_all`, `upsert`, …) mean the same on both, so that
tables and statements are written once.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from penstock.db.errors import UnsupportedText

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Codec = Callable[[Any], Any]


# How values are stored.


class _Column(TypeDecorator[Any]):
    """A type with one codec a direction, applied by our adapters (and by SQLAlchemy, should it execute)."""

    cache_ok = True
    impl: Any = sa.Text
    postgresql: TypeEngine[Any] | None = None
    """What PostgreSQL stores, where that is not `impl`."""

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Which of the database's own types holds the value."""
        if self.postgresql is not None and dialect.name == "postgresql":
            return dialect.type_descriptor(self.postgresql)
        return dialect.type_descriptor(self.impl_instance)


class Uuid(_Column):
    """`uuid.UUID`: 16 bytes on SQLite, `uuid` on PostgreSQL."""

    impl = sa.LargeBinary
    postgresql = sa.Uuid()

    def bind_processor(self, dialect: Dialect) -> Codec | None:
        """UUID → what the driver takes."""
        return _uuid_to_bytes if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec | None:  # noqa: ARG002
        """What the driver gives → UUID."""
        return _uuid_from_bytes if dialect.name == "sqlite" else None


class Timestamp(_Column):
    """An aware `datetime`, stored as whole microseconds since 1970 on both, read back in UTC."""

    impl = sa.BigInteger

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """datetime → microseconds. Naive datetimes are refused."""
        return _timestamp_to_int

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """Microseconds → datetime."""
        return _timestamp_from_int


class Duration(_Column):
    """A `timedelta`, stored as whole microseconds on both."""

    impl = sa.BigInteger

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """timedelta → microseconds."""
        return _duration_to_int

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """Microseconds → timedelta."""
        return _duration_from_int


class Text(_Column):
    """`str` without NUL (PostgreSQL can't store it, so that SQLite must not either)."""

    impl = sa.Text

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """The text, if it can be stored."""
        return _check_text

    def result_processor(self, dialect: Dialect, coltype: object) -> None:  # noqa: ARG002
        """Text needs no decoding."""


class Json(_Column):
    """Plain data or msgspec structs, kept as the JSON text that was given, order of keys included.

    None is stored as SQL NULL. What comes back is plain data.
    """

    impl = sa.Text
    postgresql = sa.JSON()

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """Data → JSON text."""
        return _json_encode

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """JSON text → data."""
        return _json_decode


class JsonSearchable(Json):
    """As `Json`, but for values that filters look into: an index can serve them where there is one.

    Keys of an object come back in the database's order.
    """

    cache_ok = True
    postgresql = postgresql.JSONB()


def _uuid_to_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _uuid_from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


def _timestamp_to_int(value: datetime | None) -> int | None:
    return None if value is None else (value - _EPOCH) // _MICROSECOND


def _timestamp_from_int(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def _duration_to_int(value: timedelta | None) -> int | None:
    return None if value is None else value // _MICROSECOND


def _duration_from_int(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(microseconds=value)


def _check_text(value: str | None) -> str | None:
    if value is not None and "\0" in value:
        message = "Text with a NUL character can't be stored."
        raise UnsupportedText(message, hint="Remove the character U+0000.")
    return value


def _json_encode(value: Any) -> str | None:
    if value is None:
        return None
    encoded = msgspec.json.encode(value)
    if b"\\u0000" in encoded and _holds_nul(value):
        message = "JSON with a NUL character in a text can't be stored."
        raise UnsupportedText(message, hint="Remove the character U+0000.")
    return encoded.decode()


def _holds_nul(value: Any) -> bool:
    """Whether a text or key in plain data holds U+0000 (an escaped backslash before `u0000` looks the same)."""
    plain = msgspec.to_builtins(value)
    pending = [plain]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "\0" in item:
                return True
        elif isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            pending += item
    return False


def _json_decode(value: str | None) -> Any:
    return None if value is None else msgspec.json.decode(value)
