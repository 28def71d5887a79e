"""How rows are written: many at a time, with ids of the time of what they are."""

import sqlite3
from collections.abc import Sequence
from random import Random
from typing import Any

Row = dict[str, Any]
DAY = 86_400_000_000
"""In microseconds, as all times of the database."""


class Dice:
    """The same rows each time, but for the moment that they end at.

    Args:
        now: In microseconds since 1970.
    """

    def __init__(self, now: int) -> None:
        self.now = now
        self.random = Random(11)

    def id(self, at: int) -> bytes:
        """A UUID of version 7 of a moment, as the database keeps it."""
        bits = self.random.getrandbits(74)
        high, low = bits >> 62, bits & ((1 << 62) - 1)
        return (at // 1000 << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low).to_bytes(16, "big")


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows that have the same columns; the others get their defaults."""
    if not rows:
        return
    columns = list(rows[0])
    places = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
    connection.executemany(sql, [tuple(row.values()) for row in rows])
