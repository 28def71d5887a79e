"""What a database can answer instead of a result: one vocabulary for both.

PenstockError
├── Unavailable
│   └── DatabaseUnavailable     cannot answer now; a later try may succeed
│       ├── DatabaseBusy        locked, or every connection is in use
│       │   └── Contention      a serialization failure, also after retries
│       │       └── Deadlock    the same, of two that waited for each other
│       ├── DatabaseReadOnly    takes no writes (a standby, a read-only file, a read body that writes)
│       ├── DiskFull            no space left for the write
│       └── ConnectionLost      the server went away
├── InvalidInput
│   └── UnsupportedValue        text with NUL or a lone surrogate, an integer beyond 64 bits
└── DatabaseError
    ├── IntegrityViolation      the write contradicts the schema
    │   ├── UniqueViolation   ├── ForeignKeyViolation   ├── CheckViolation   └── NotNullViolation
    ├── TransactionAborted      used again after a failed statement, outside of a savepoint
    ├── DatabaseCorrupt         the file is damaged, or is no database
    └── SchemaMismatch          written by a newer Penstock, or by something else
"""

from typing import Any

from penstock.domain.errors import InvalidInput, PenstockError, Unavailable


class DatabaseError(PenstockError):
    """The database refused a statement, or cannot be used."""

    code = "database-error"


class IntegrityViolation(DatabaseError):
    """The write contradicts a constraint of the schema.

    Args:
        constraint: Its name as in the tables, the same on both databases; None where the database does
            not say (SQLite names no foreign keys).
    """

    code = "integrity-violation"

    def __init__(self, message: str, *, constraint: str | None = None) -> None:
        super().__init__(message, detail={"constraint": constraint})
        self.constraint = constraint


class UniqueViolation(IntegrityViolation):
    """A row with the same key is there already."""

    code = "unique-violation"


class ForeignKeyViolation(IntegrityViolation):
    """The row refers to one that does not exist, or is still referred to. `constraint` is None on SQLite."""

    code = "foreign-key-violation"


class CheckViolation(IntegrityViolation):
    """A value breaks a rule that the schema states."""

    code = "check-violation"


class NotNullViolation(IntegrityViolation):
    """A value is missing. `constraint` is `table.column`."""

    code = "not-null-violation"


class TransactionAborted(DatabaseError):
    """A statement of the transaction had failed before, and was not inside a savepoint."""

    code = "transaction-aborted"


class DatabaseCorrupt(DatabaseError):
    """The database file is damaged, or is not a database."""

    code = "database-corrupt"


class SchemaMismatch(DatabaseError):
    """The schema was made by a newer Penstock, or by something that is not Penstock."""

    code = "schema-mismatch"


class UnsupportedValue(InvalidInput):
    """A value that can't be stored: text with NUL or a lone surrogate, an integer beyond 64 bits."""

    code = "unsupported-value"


class DatabaseUnavailable(Unavailable):
    """The database cannot answer now; nothing of the transaction was kept unless the message says so."""

    code = "database-unavailable"

    def __init__(self, message: str, *, hint: str | None = None, detail: Any = None) -> None:
        super().__init__(message, retry_after=1.0, hint=hint, detail=detail)


class DatabaseBusy(DatabaseUnavailable):
    """Locked by somebody else for longer than the busy timeout, or no connection was free in time."""

    code = "database-busy"


class Contention(DatabaseBusy):
    """Another transaction was in the way; the database broke the tie against this one."""

    code = "database-contention"


class Deadlock(Contention):
    """Two transactions waited for each other; the database ended this one."""

    code = "database-deadlock"


class DatabaseReadOnly(DatabaseUnavailable):
    """The database takes no writes now."""

    code = "database-read-only"


class DiskFull(DatabaseUnavailable):
    """No space is left where the database is stored."""

    code = "disk-full"


class ConnectionLost(DatabaseUnavailable):
    """The connection to the database ended.

    Args:
        committed: None where it ended while the commit was on its way: the write may or may not have been
            kept. False everywhere else.
    """

    code = "connection-lost"

    def __init__(self, message: str, *, committed: bool | None = False, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, detail={"committed": committed})
        self.committed = committed
