"""Adds to the audit log, in the transaction of what it tells of: what is not kept was not done either.

The last thing that such a transaction does is to lock the log's head, so that others who are being audited
wait for no more than its commit. Everybody else never sees the head.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.endpoint import Endpoint, Upserted
from penstock.contract.permissions import Role
from penstock.db.port import Row, Transaction
from penstock.db.security_tables import audit_log
from penstock.db.statements import audit as statements
from penstock.db.statements import rows
from penstock.domain.audit import BEFORE_THE_FIRST, AuditEntry, Outcome
from penstock.domain.audit_masks import bounded, masked
from penstock.domain.states import StateType
from penstock.server.caller import Caller

_PEOPLE: Final = frozenset({Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.ADMIN})
_BY_HAND: Final = frozenset({"ui", "cli"})
_OWN_WORD: Final = frozenset(
    {StateType.PENDING, StateType.RUNNING, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED}
)
"""States that a run says of itself; others are set by somebody else."""
_HIDDEN: Final[Mapping[str, frozenset[str]]] = {
    "block_documents": frozenset({"data"}),
    "flow_run_inputs": frozenset({"value", "run_input"}),
}
"""What is not told of things of a kind, whatever its name."""
_PLAIN: Final = (str, int, float, bool, UUID)


class Deed(Struct, frozen=True, kw_only=True):
    """What is to be a row of the log."""

    action: str
    operation: str
    subject: Mapping[str, Any] = {}
    said: Any = None
    """Plain data, with masks where secrets stood."""
    outcome: Outcome = "done"


def is_audited(
    endpoint: Endpoint[..., Any], caller: Caller, arguments: Mapping[str, Any], answer: Any = None
) -> bool:
    """Whether a call is a row of the log; see `contract.endpoint.Audited`."""
    match endpoint.audited:
        case "never":
            return False
        case "if-new":
            return not isinstance(answer, Upserted) or answer.created
        case "secrets":
            return _asks_for_secrets(arguments)
        case "by-others":
            return _is_other(caller) and not (isinstance(answer, Upserted) and not answer.created)
        case "by-people":
            return _is_other(caller) and (caller.origin in _BY_HAND or _is_set_by_others(arguments))
    return True


def _asks_for_secrets(arguments: Mapping[str, Any]) -> bool:
    return bool(arguments.get("include_secrets") or getattr(arguments.get("body"), "include_secrets", False))


def _is_other(caller: Caller) -> bool:
    return caller.role in _PEOPLE and caller.lease is None and caller.origin != "worker"


def _is_set_by_others(arguments: Mapping[str, Any]) -> bool:
    """Whether what is said is a state that no run says of itself."""
    body = arguments.get("body")
    state = getattr(body, "state", None)
    type = getattr(state, "type", None)
    is_state = hasattr(body, "force") and type is not None
    return is_state and (body.force or type not in _OWN_WORD)  # type: ignore[union-attr]


def deed_of(endpoint: Endpoint[..., Any], arguments: Mapping[str, Any], answer: Any = None) -> Deed:
    """What a call of an endpoint is in the log."""
    hidden = _HIDDEN.get(endpoint.noun, frozenset())
    subject = {p.name: arguments[p.name] for p in endpoint.path_params if p.name in arguments}
    if (id := _id_in(answer)) is not None:
        subject["made" if subject.get("id", id) != id else "id"] = id
    query = {p.name: arguments[p.name] for p in endpoint.query_params if p.name in arguments}
    said = query | ({"body": arguments["body"]} if "body" in arguments else {})
    return Deed(
        action=endpoint.action,
        operation=endpoint.name,
        subject=subject,
        said=masked(_plain(said), hidden) if said else None,
    )


def refused_deed(endpoint: Endpoint[..., Any], path: Mapping[str, Any], said: Any) -> Deed:
    """What a call that was refused is in the log."""
    return Deed(action=endpoint.action, operation=endpoint.name, subject=path, said=said, outcome="refused")


def _id_in(answer: Any) -> UUID | None:
    value = answer.value if isinstance(answer, Upserted) else answer
    id = getattr(value, "id", None)
    return id if isinstance(id, UUID) else None


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, str_keys=True, enc_hook=str)


async def add(tx: Transaction, caller: Caller, deed: Deed) -> None:
    """Make a deed the next row of the log."""
    entry = AuditEntry(
        sequence=0,
        occurred=tx.now,
        principal=caller.principal,
        role=caller.role,
        api_key_id=caller.key,
        address=caller.address,
        origin=caller.origin or "",
        action=deed.action,
        operation=deed.operation,
        outcome=deed.outcome,
        subject=bounded(_plain(dict(deed.subject))),
        said=None if deed.said is None else bounded(deed.said),
    )
    link = await _link(tx, entry.told)
    await tx.execute(rows.insert(audit_log), {**msgspec.structs.asdict(entry), **link})


async def _link(tx: Transaction, told: str) -> Row:
    """The number and the hash of the next row; whoever has them makes others wait who would have the next."""
    link = await tx.fetch_one(statements.link(), {"told": told})
    if link is None:
        first = {"id": statements.THE_HEAD, "hash": BEFORE_THE_FIRST, "removed_hash": BEFORE_THE_FIRST}
        await tx.execute(statements.begin(), first)
        link = await tx.fetch_one(statements.link(), {"told": told})
    assert link is not None
    return link


async def note(
    tx: Transaction, caller: Caller, endpoint: Endpoint[..., Any], arguments: Mapping[str, Any], answer: Any
) -> None:
    """Add a call that was answered, if such calls are audited."""
    if is_audited(endpoint, caller, arguments, answer):
        await add(tx, caller, deed_of(endpoint, arguments, answer))
