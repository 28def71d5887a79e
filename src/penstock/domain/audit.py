"""The audit log: what a row of it holds, and the chain of hashes that binds it to the one before.

A row's hash is over the hash before it and all that the row says. Who changes a row, takes one out or puts
one in between breaks the chain there, and can mend it only by making every later hash anew.
"""

import hashlib
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

BEFORE_THE_FIRST: Final = ""
"""Stands for the hash before the first row."""

Outcome = Literal["done", "refused"]


def link_hash(before: str, sequence: int, told: str) -> str:
    """The hash of the row with this number that says `told`. The database makes it in the same way."""
    return hashlib.sha256(f"{before}|{sequence}|{told}".encode()).hexdigest()


class AuditEntry(Struct, frozen=True, kw_only=True):
    """What a row of the audit log says."""

    sequence: int
    occurred: datetime
    principal: str
    role: str
    api_key_id: UUID | None = None
    address: str = ""
    origin: str = ""
    action: str
    operation: str
    outcome: Outcome = "done"
    subject: str = "{}"
    """What it was done to: a JSON object, ids and names by the names of the path's parameters."""
    said: str | None = None
    """What was asked for, as JSON, with masks in the place of secrets."""

    @property
    def told(self) -> str:
        """All that it says, but for its number."""
        values = [getattr(self, name) for name in self.__struct_fields__ if name != "sequence"]
        return msgspec.json.encode(values).decode()

    def hash_after(self, before: str) -> str:
        """This row's hash, in a log whose last row has the hash `before`."""
        return link_hash(before, self.sequence, self.told)


class Broken(Struct, frozen=True, kw_only=True):
    """Where the chain of an audit log is broken, and how that shows."""

    sequence: int
    reason: str


class Chain:
    """Follows a log row by row, and says where it is broken.

    Args:
        sequence: Of the row before the first that will come.
        hash: Its hash.
    """

    def __init__(self, sequence: int = 0, hash: str = BEFORE_THE_FIRST) -> None:
        self.sequence, self.hash = sequence, hash

    def follow(self, entry: AuditEntry, hash: str) -> Broken | None:
        """The next row, with the hash that it has: how it is broken, where it is."""
        if entry.sequence != self.sequence + 1:
            return Broken(sequence=self.sequence + 1, reason=f"The row {self.sequence + 1} is missing.")
        if entry.hash_after(self.hash) != hash:
            reason = f"The row {entry.sequence} is not as it was written, or the one before it is not."
            return Broken(sequence=entry.sequence, reason=reason)
        self.sequence, self.hash = entry.sequence, hash
        return None

    def end(self, sequence: int, hash: str) -> Broken | None:
        """The log is over, and its head says that it ends with this row."""
        if (self.sequence, self.hash) == (sequence, hash):
            return None
        if self.sequence >= sequence:
            reason = "The log's head is not as it was written."
            return Broken(sequence=self.sequence, reason=reason)
        missing = self.sequence + 1
        return Broken(sequence=missing, reason=f"The rows {missing} to {sequence} are missing at the end.")
