"""The file of an export: compressed lines of JSON, of which any change is noticed.

    {"format": "penstock-export", "version": 1, "schema": 6, "penstock": "0.1.0", "created": "…"}
    {"table": "flows", "columns": ["id", "created", …]}
    ["0190…", 1767225600000000, …]                        one line a row, as it is stored
    {"end": "flows", "rows": 1}
    …
    {"sha256": "…", "rows": 1}                            of all lines before

It is compressed by gzip, whose header is always the same. Neither end ever holds more than a few lines.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from msgspec import Struct

from penstock.domain.errors import AlreadyExists, InvalidInput
from penstock.domain.moments import Moment

FORMAT: Final = "penstock-export"
VERSION: Final = 1
_GZIP_START: Final = b"\x1f\x8b\x08" + b"\0" * 6 + b"\xff"
_LONGEST_LINE: Final = 2**28
"""Bytes of one row: more than the server takes in a request by far."""
_MIXED_UP: Final = "its tables, rows and counts are mixed up"


class ExportHeader(Struct, frozen=True, kw_only=True):
    """What the first line of a file says."""

    format: str = FORMAT
    version: int = VERSION
    schema: int
    """Version of the database's schema."""
    penstock: str
    """Version of whoever wrote it."""
    created: Moment


class TableStart(Struct, frozen=True):
    """The rows that follow are of this table, and have these columns."""

    table: str
    columns: list[str]


class TableEnd(Struct, frozen=True):
    """There are no more of them."""

    end: str
    rows: int


class _Trailer(Struct, frozen=True):
    sha256: str
    rows: int


class ExportInvalid(InvalidInput):
    """The file is no export, is damaged, or was written by another version."""

    code = "export-invalid"


class ExportWriter:
    """Writes a file that only its owner may read. It appears under its name once it is complete.

    Raises:
        AlreadyExists: There is such a file.
        InvalidInput: It cannot be written there.
    """

    def __init__(self, path: Path, header: ExportHeader) -> None:
        if path.exists():
            raise AlreadyExists(f"{path} exists already.", hint="Remove it, or choose another name.")
        self._path, self._draft = path, path.with_name(f".{path.name}.{os.getpid()}")
        try:
            descriptor = os.open(self._draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror}."
            raise InvalidInput(message, field="path") from error
        self._file = os.fdopen(descriptor, "wb")
        self._zip = gzip.GzipFile("", "wb", 4, self._file, mtime=0)
        self._sum = hashlib.sha256()
        self._encoder = msgspec.json.Encoder()
        self._rows = self._rows_of_table = 0
        self._line(header)

    def start_table(self, table: str, columns: Sequence[str]) -> None:
        """Rows of this table follow."""
        self._rows_of_table = 0
        self._line(TableStart(table, list(columns)))

    def rows(self, rows: Sequence[Sequence[Any]]) -> int:
        """Write rows; how many bytes they are."""
        lines = self._encoder.encode_lines(rows)
        self._write(lines)
        self._rows_of_table += len(rows)
        return len(lines)

    def end_table(self, table: str) -> int:
        """All were written; how many they were."""
        self._line(TableEnd(table, self._rows_of_table))
        self._rows += self._rows_of_table
        return self._rows_of_table

    def finish(self) -> None:
        """Write the end, and let the file appear."""
        self._line(_Trailer(self._sum.hexdigest(), self._rows))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.replace(self._path)

    def _line(self, value: Any) -> None:
        self._write(self._encoder.encode(value) + b"\n")

    def _write(self, lines: bytes) -> None:
        self._sum.update(lines)
        self._zip.write(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._draft.unlink(missing_ok=True)


Item = ExportHeader | TableStart | TableEnd | list[Any]


def read_export(path: Path) -> Iterator[Item]:
    """What is in a file, line by line: the header, and of each table its start, its rows and its end.

    That all of it is as it was written is known only when this has come to its end.

    Raises:
        ExportInvalid: It is damaged, cut off, no export, or of another version.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_GZIP_START)) != _GZIP_START:
                raise ExportInvalid(f"{path} is no export of Penstock, or its beginning is damaged.")
            file.seek(0)
            yield from _read(path, gzip.GzipFile(fileobj=file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        raise ExportInvalid(f"{path} cannot be read: {error.strerror or error}.") from error


def _read(path: Path, file: gzip.GzipFile) -> Iterator[Item]:
    lines = _Lines(path, file)
    yield _header(path, lines.next())
    while not isinstance(item := lines.parse(), _Trailer):
        yield item
    if lines.sum_before != item.sha256:
        raise _damaged(path, "its checksum is another one")
    if lines.next():
        raise _damaged(path, "something stands behind its end")


class _Lines:
    """Lines of a file, and the checksum of those before the last."""

    def __init__(self, path: Path, file: gzip.GzipFile) -> None:
        self._path, self._file = path, file
        self._sum = hashlib.sha256()
        self._last = b""

    def next(self) -> bytes:
        """The next line; empty at the end of the file."""
        self._sum.update(self._last)
        self._last = self._file.readline(_LONGEST_LINE)
        return self._last

    def parse(self) -> TableStart | TableEnd | _Trailer | list[Any]:
        """The next line, whatever it is."""
        line = self.next()
        if not line:
            raise _damaged(self._path, "its end is missing")
        try:
            return _parsed(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise _damaged(self._path, str(error)) from error

    @property
    def sum_before(self) -> str:
        """Checksum of all lines before the last."""
        return self._sum.hexdigest()


def _parsed(line: bytes) -> TableStart | TableEnd | _Trailer | list[Any]:
    if line.startswith(b"["):
        row: list[Any] = msgspec.json.decode(line)
        return row
    if line.startswith(b'{"table"'):
        return msgspec.json.decode(line, type=TableStart)
    if line.startswith(b'{"end"'):
        return msgspec.json.decode(line, type=TableEnd)
    return msgspec.json.decode(line, type=_Trailer)


def _header(path: Path, line: bytes) -> ExportHeader:
    try:
        header = msgspec.json.decode(line, type=ExportHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ExportInvalid(f"{path} is no export of Penstock.") from None
    if header.format != FORMAT:
        raise ExportInvalid(f"{path} is no export of Penstock.")
    if header.version != VERSION:
        message = f"{path} has version {header.version} of the format; this Penstock reads version {VERSION}."
        raise ExportInvalid(message, hint=f"It was written by Penstock {header.penstock}.")
    return header


def _damaged(path: Path, why: str) -> ExportInvalid:
    hint = "Nothing was changed. Export it again, or use another copy."
    return ExportInvalid(f"{path} is damaged: {why}.", hint=hint)


class ExportContents(Struct, frozen=True):
    """What a whole file holds."""

    header: ExportHeader
    rows: dict[str, int]
    """By table."""


def check_export(path: Path) -> ExportContents:
    """Read a whole file, and see that it is as it was written.

    Raises:
        ExportInvalid: It is not.
    """
    header, counts, table, seen = None, dict[str, int](), None, 0
    for item in read_export(path):
        if isinstance(item, list):
            seen += 1
        elif isinstance(item, ExportHeader):
            header = item
        elif isinstance(item, TableStart):
            table, seen = item.table, 0
        elif item.end != table or item.rows != seen:
            raise _damaged(path, _MIXED_UP)
        else:
            counts[item.end] = seen
    assert header is not None
    return ExportContents(header, counts)
