"""How values are stored: column types that mean the same on both databases."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from penstock.db.errors import UnsupportedValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Codec = Callable[[Any], Any]

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A number that the database gives: the next one."""


class _Column(TypeDecorator[Any]):
    """A type with one codec a direction, applied by our adapters."""

    impl: Any = sa.Text
    cache_ok = True
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
    cache_ok = True
    postgresql = sa.Uuid()

    def bind_processor(self, dialect: Dialect) -> Codec:
        """UUID → what the driver takes."""
        return _uuid_to_bytes if dialect.name == "sqlite" else _uuid_itself

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec | None:  # noqa: ARG002
        """What the driver gives → UUID."""
        return _uuid_from_bytes if dialect.name == "sqlite" else None


class Timestamp(_Column):
    """An aware `datetime`, stored as whole microseconds since 1970 on both, read back in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """datetime → microseconds. Naive datetimes are refused."""
        return _timestamp_to_int

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """Microseconds → datetime."""
        return _timestamp_from_int


class Duration(_Column):
    """A `timedelta`, stored as whole microseconds on both."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """timedelta → microseconds."""
        return _duration_to_int

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """Microseconds → timedelta."""
        return _duration_from_int


class Real(_Column):
    """A `float`, in the precision that Python has."""

    impl = sa.Float
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """Whole numbers too."""
        return _real

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """The drivers give floats."""


class Text(_Column):
    """`str` without NUL (PostgreSQL can't store it, so that SQLite must not either)."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """The text, if it can be stored."""
        return _check_text

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Text needs no decoding."""


class Json(_Column):
    """Plain data or msgspec structs, kept as the JSON text that was given, order of keys included.

    None is stored as SQL NULL. What comes back is plain data.
    """

    impl = sa.Text
    cache_ok = True
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


class StoredJson(_Column):
    """The text of a `Json` column as it is stored, for whoever only carries it along."""

    impl = sa.Text
    cache_ok = True
    postgresql = sa.JSON()

    def bind_processor(self, dialect: Dialect) -> None:
        """It is stored as it is."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """It is given as it is."""


class StoredJsonSearchable(StoredJson):
    """The same of a `JsonSearchable` column. PostgreSQL keeps no text and makes one."""

    cache_ok = True
    postgresql = postgresql.JSONB()


def stored(table: sa.Table) -> sa.Table:
    """The same table by its values as they are stored: times as numbers, JSON as text."""
    columns = [sa.Column(column.name, _stored_type(column.type)) for column in table.columns]
    return sa.Table(table.name, sa.MetaData(), *columns)


def _stored_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(type_, Timestamp | Duration):
        return sa.BigInteger()
    if isinstance(type_, JsonSearchable):
        return StoredJsonSearchable()
    return StoredJson() if isinstance(type_, Json) else type_


def _uuid_to_bytes(value: UUID | None) -> bytes | None:
    # As `value.bytes`, without a call of its own for each of thousands.
    return None if value is None else value.int.to_bytes(16)


def _uuid_itself(value: UUID | None) -> UUID | None:
    # The driver would take text as well, which SQLite would not find.
    if value is not None and not isinstance(value, UUID):
        raise TypeError("not a UUID")
    return value


def _uuid_from_bytes(value: bytes | None) -> UUID | None:
    # As `UUID(bytes=value)`, in a third of the time: an answer may have tens of thousands of ids.
    return None if value is None else msgspec.convert(value, UUID)


def _timestamp_to_int(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _timestamp_from_int(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + value * _MICROSECOND


def _duration_to_int(value: timedelta | None) -> int | None:
    return None if value is None else value // _MICROSECOND


def _duration_from_int(value: int | None) -> timedelta | None:
    return None if value is None else value * _MICROSECOND


def _real(value: float | None) -> float | None:
    return None if value is None else float(value)


def _check_text(value: str | None) -> str | None:
    if value is None:
        return None
    if "\0" in value:
        raise UnsupportedValue("Text with a NUL character can't be stored.", hint="Remove U+0000.")
    if not value.isascii():
        value.encode()  # raises on lone surrogates
    return value


def _json_encode(value: Any) -> str | None:
    if value is None:
        return None
    encoded = msgspec.json.encode(value)
    if b"\\u0000" in encoded and _holds_nul(value):
        raise UnsupportedValue("JSON text with a NUL character can't be stored.", hint="Remove U+0000.")
    return encoded.decode()


def check_storable(table: sa.Table, row: Mapping[str, Any]) -> None:
    """Refuse values of a row as inserting it would, without a database.

    Raises:
        UnsupportedValue: A text can't be stored; `field` is its column.
    """
    for name, value in row.items():
        encode = table.c[name].type.bind_processor(_ANY)
        if encode is not None:
            try:
                encode(value)
            except UnsupportedValue as error:
                error.field = name
                raise


_ANY = SQLiteDialect_pysqlite()


def _holds_nul(value: Any) -> bool:
    """Whether a text or key holds U+0000; in JSON an escaped backslash before `u0000` looks the same."""
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
