"""Batches kept on disk while the server is away, so that neither a long outage nor a crash loses them.

One file a process, one batch a line, locked while the process lives. A file without a lock was left behind by
a process that died: whoever finds it sends what is in it.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from penstock.sdk.engine.batches import Batch

_SUFFIX = ".jsonl"
MAX_BYTES = 1 << 30
"""Of one process's spool."""


class SpoolFull(Exception):
    """The spool, or the disk that it is on, takes no more."""


class Spool:
    """A queue of batches in a file.

    Args:
        folder: Where spools are kept; made when it is needed.
        name: Of the file, without its ending; another process must not use it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._path = folder / f"{name}{_SUFFIX}"
        self._file: BinaryIO | None = None
        self._read_to = 0
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[Batch] = msgspec.json.Decoder(Batch)

    @property
    def is_empty(self) -> bool:
        """Whether everything was taken out again."""
        return self._file is None

    def append(self, batch: Batch) -> None:
        """Put a batch at the end.

        Raises:
            SpoolFull: There is no room for it.
        """
        line = self._encoder.encode(batch) + b"\n"
        try:
            file = self._file or self._create()
            file.seek(0, os.SEEK_END)
            if file.tell() + len(line) > MAX_BYTES:
                raise SpoolFull
            file.write(line)
            file.flush()
        except OSError as error:
            raise SpoolFull from error

    def _create(self) -> BinaryIO:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = _open_locked(self._path)
        return self._file

    def first(self) -> Batch | None:
        """The batch at the front; None if the spool is empty. It stays until `drop_first`."""
        if self._file is None:
            return None
        self._file.seek(self._read_to)
        line = self._file.readline()
        if not line.endswith(b"\n"):  # the end, or a line that its writer did not live to finish
            self.remove()
            return None
        try:
            return self._decoder.decode(line)
        except msgspec.DecodeError:
            self.drop_first()
            return self.first()

    def drop_first(self) -> None:
        """Take out the batch at the front."""
        assert self._file is not None
        self._file.seek(self._read_to)
        self._file.readline()
        self._read_to = self._file.tell()
        if self._file.tell() == os.fstat(self._file.fileno()).st_size:
            self.remove()

    def remove(self) -> None:
        """Forget all that is in it."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file, self._read_to = None, 0

    def close(self) -> None:
        """Leave what is in it to whoever finds it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _open_locked(path: Path) -> BinaryIO:
    file = path.open("a+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def orphans(folder: Path) -> Iterator[Spool]:
    """The spools in `folder` that dead processes left behind, locked for the caller one at a time."""
    if not folder.is_dir():
        return
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        spool = Spool(folder, path.name.removesuffix(_SUFFIX))
        try:
            spool._file = _open_locked(path)
        except OSError:  # its process lives
            continue
        yield spool
        spool.close()
