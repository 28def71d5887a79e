"""Ids for what is recorded by the thousand: as unique as those of the domain, without a system call each.

`os.urandom` gives the interpreter's lock away each time, which costs a run with threads more than all else
that a task does. Nobody gets anything by guessing these ids; a lease's comes from the domain.
"""

import os
from datetime import datetime
from random import Random
from uuid import UUID

_random = Random()  # noqa: S311 - seeded from the operating system, and no secret
os.register_at_fork(after_in_child=_random.seed)


def new_record_id(now: datetime) -> UUID:
    """A fresh UUID of version 7 (RFC 9562), for a task run, a state or a log line."""
    random = _random.getrandbits(74)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=int(now.timestamp() * 1000) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
