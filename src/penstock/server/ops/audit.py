"""The audit log, read and verified."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from penstock.contract.audit import AuditPage, AuditQuery, AuditRow, AuditVerdict
from penstock.contract.permissions import Role
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import audit as statements
from penstock.domain.audit import BEFORE_THE_FIRST, AuditEntry, Broken, Chain
from penstock.domain.cursors import from_cursor, to_cursor
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

_BATCH: Final = 1_000
_ORDERS: Final = {True: "audit-newest-first", False: "audit"}
_FIELDS: Final = AuditEntry.__struct_fields__


class _Place(Struct):
    sequence: Annotated[int, Meta(ge=0, le=2**63 - 1)]


@operation("read_audit_log", access="read")
async def read_audit_log(tx: Transaction, caller: Caller, *, body: AuditQuery) -> AuditPage:
    """The rows of the audit log that meet the criteria.

    Raises:
        InvalidInput: The cursor is none of this order.
    """
    conditions, order = _conditions(body), _ORDERS[body.newest_first]
    if body.cursor is not None:
        at = from_cursor(body.cursor, order, _Place).sequence
        conditions.append(statements.beyond(at, is_newest_first=body.newest_first))
    page = statements.page(conditions, body.limit + 1, is_newest_first=body.newest_first)
    found = await tx.fetch_all(page)
    shown = found[: body.limit]
    has_more = bool(shown) and len(found) > body.limit
    cursor = to_cursor(order, _Place(shown[-1]["sequence"])) if has_more else None
    return AuditPage(rows=[_shown(row) for row in shown], cursor=cursor)


def _conditions(body: AuditQuery) -> list[statements.Condition]:
    wanted = statements.Wanted(
        principal=body.principal,
        action=body.action,
        subject=None if body.subject is None else msgspec.json.encode(body.subject).decode(),
        outcome=body.outcome,
        since=body.since,
        until=body.until,
    )
    return [*statements.conditions(wanted)]


def _shown(row: Row) -> AuditRow:
    told: dict[str, Any] = {name: row[name] for name in _FIELDS} | {"hash": row["hash"]}
    told |= {
        "role": Role(row["role"]),
        "subject": msgspec.json.decode(row["subject"]),
        "said": None if row["said"] is None else msgspec.json.decode(row["said"]),
    }
    return AuditRow(**told)


@operation("verify_audit_log", access="database")
async def verify_audit_log(db: Database, caller: Caller) -> AuditVerdict:
    """Follow the log from its first row to its last, and say where it is broken.

    Rows that are added meanwhile are followed too, as far as they are there when it comes to them.
    """
    walk = _Walk(await db.read(_head))
    while not walk.is_over:
        walk.go_on(*await db.read(lambda tx: _batch(tx, walk.chain.sequence)))
    return walk.verdict


async def _head(tx: Transaction) -> Row | None:
    return await tx.fetch_one(statements.read_head())


async def _batch(tx: Transaction, after: int) -> tuple[Row | None, list[Row]]:
    rows = await tx.fetch_all(statements.after(), {"after": after, "at_most": _BATCH})
    return await _head(tx), rows


class _Walk:
    """A log on its way to be verified."""

    def __init__(self, head: Row | None) -> None:
        self._begin(head or {"removed_sequence": 0, "removed_hash": BEFORE_THE_FIRST})
        self._broken: Broken | None = None
        self._rows = 0
        self.is_over = False

    def _begin(self, head: Row) -> None:
        self.chain = Chain(head["removed_sequence"], head["removed_hash"])
        self._removed = self.chain.sequence

    def go_on(self, head: Row | None, rows: Sequence[Row]) -> None:
        """Follow what comes next; nothing is the end."""
        if head is not None and head["removed_sequence"] > self.chain.sequence:
            self._begin(head)  # rows were taken away meanwhile, for their age
        for row in rows:
            self._broken = self.chain.follow(AuditEntry(**{name: row[name] for name in _FIELDS}), row["hash"])
            if self._broken is not None:
                self.is_over = True
                return
            self._rows += 1
        if len(rows) < _BATCH:
            self.is_over = True
            head = head or {"sequence": 0, "hash": BEFORE_THE_FIRST}
            self._broken = self.chain.end(head["sequence"], head["hash"])

    @property
    def verdict(self) -> AuditVerdict:
        """What was found."""
        return AuditVerdict(
            is_whole=self._broken is None,
            rows=self._rows,
            first=self._removed + 1 if self._rows else None,
            last=self.chain.sequence if self._rows else None,
            broken_at=self._broken.sequence if self._broken else None,
            reason=self._broken.reason if self._broken else None,
        )
