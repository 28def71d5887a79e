"""Tokens of runs: what the job of a claimed run shows the server, in the place of its worker's credential.

    psr_0198c2d6b7a47f0c8e2d4a6b8c0d2e4f_n3Vb0Rk…

One is made with each claim, and is good while the run has the lease of that claim. Where the run comes to
its own end, its process may still say what it has to say: logs, events and records that are on their way,
and what hooks read. That is over when the worker says that the job has ended, or after some minutes.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from penstock.contract.leases import SUSPENDED
from penstock.contract.permissions import Role
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import run_tokens as statements
from penstock.domain.errors import Fenced, Unauthenticated
from penstock.domain.leases import Lease
from penstock.domain.states import StateType
from penstock.server.api_keys import ShownKey, hash_of, new_secret
from penstock.server.principals import Principal

MARK: Final = "psr_"
LAST_WORDS: Final = timedelta(minutes=10)
_FORM: Final = re.compile(r"psr_(?P<id>[0-9a-f]{32})_(?P<secret>[A-Za-z0-9_-]{43})")
_NOBODYS: Final = hash_of("nobody's")


def read_token(text: str) -> ShownKey | None:
    """The token that is shown; its id is the run's. None where the text is none."""
    found = _FORM.fullmatch(text)
    return ShownKey(UUID(hex=found["id"]), found["secret"]) if found else None


async def give(tx: Transaction, leases: Sequence[Lease], scopes: Sequence[str]) -> list[str]:
    """New tokens for runs that were claimed under these leases; those before them are good for nothing.

    Args:
        scopes: What they may write that is nobody's own.
    """
    given = [(lease, new_secret()) for lease in leases]
    rows = [
        {
            "flow_run_id": lease.flow_run_id,
            "created": tx.now,
            "lease_id": lease.id,
            "hash": hash_of(secret),
            "ends": None,
            "scopes": list(scopes),
        }
        for lease, secret in given
    ]
    await tx.execute_many(statements.give(), rows)
    return [f"{MARK}{lease.flow_run_id.hex}_{secret}" for lease, secret in given]


async def end_soon(tx: Transaction, lease: Lease) -> None:
    """The run has come to its own end: it may say its last words."""
    asked = {"run_id": lease.flow_run_id, "with_lease": lease.id, "until": tx.now + LAST_WORDS}
    await tx.execute(statements.end_at(), asked)


async def take(tx: Transaction, run_id: UUID, lease_id: UUID) -> None:
    """The job has ended, so nothing is left to be said."""
    await tx.execute(statements.take(), {"run_id": run_id, "with_lease": lease_id})


class RunTokens:
    """Knows whose token it is that is shown. It is looked up each time: what is fenced is fenced at once."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def holder(self, shown: ShownKey) -> Principal:
        """The run whose token it is.

        Raises:
            Unauthenticated: It is no run's, or that of an earlier claim.
            Fenced: The run has ended, or lost its lease.
        """

        async def body(tx: Transaction) -> tuple[Row | None, bool]:
            row = await tx.fetch_one(statements.of_run(), {"run_id": shown.id})
            return row, row is not None and row["ends"] is not None and tx.now < row["ends"]

        row, has_last_words = await self._db.read(body)
        if not shown.is_of(row["hash"] if row else _NOBODYS) or row is None:
            message = "This token is of no run that is under way."
            raise Unauthenticated(
                message, hint="A run gets a token when it is claimed, and a new one each time."
            )
        if row["lease"] is None and not has_last_words:
            raise _fenced(row)
        return Principal(
            f"run {row['name']}",
            Role.RUN,
            run=shown.id,
            is_over=row["lease"] is None,
            scopes=frozenset(row["scopes"]),
        )


def _fenced(row: Row) -> Fenced:
    if row["state_type"] == StateType.PAUSED:
        message = "The flow run was suspended."
        return Fenced(message, hint="It begins anew when it is resumed; this process ends.", detail=SUSPENDED)
    message = "This token was good for as long as its run had its lease, and that is over."
    return Fenced(message, hint="The process must stop; what it reports is not recorded.")
