"""Sessions of browsers: opened, looked at and closed."""

from typing import Literal

from msgspec.structs import replace

from penstock.contract.permissions import Role
from penstock.contract.sessions import Session, SessionCreate
from penstock.db.port import Database, Transaction
from penstock.domain.errors import Unauthenticated
from penstock.server.api_keys import ShownKey, read_key
from penstock.server.auditing import Deed, add
from penstock.server.caller import Caller
from penstock.server.emitting import emit
from penstock.server.event_sources.sessions import session
from penstock.server.key_ring import KeyRing
from penstock.server.key_sessions import KeySessions, closing_ticket
from penstock.server.ops.registry import operation
from penstock.server.sessions import Sessions, Ticket

_DEEDS = {
    "opened": Deed(action="sessions:create", operation="create_session"),
    "closed": Deed(action="sessions:delete", operation="delete_session"),
}


@operation("create_session", access="session")
async def create_session(db: Database, sessions: Sessions, caller: Caller, *, body: SessionCreate) -> Ticket:
    """Sign in. Nobody is let in of whom that can't be told.

    Raises:
        Unauthenticated: The credential is wrong.
        TooManyRequests: Too many were wrong.
        Conflict: The server asks for none.
    """
    key = read_key(body.credential)
    if key is not None and sessions.are_needed:
        return await _by_key(db, sessions, caller, key)
    ticket = sessions.open(body.credential, caller.address)
    await _tell(db, sessions.credential.user, "opened", caller)
    return ticket


async def _by_key(db: Database, sessions: Sessions, caller: Caller, shown: ShownKey) -> Ticket:
    sessions.credential.check_patience(caller.address)
    keys = KeyRing(db)
    ticket = await KeySessions(keys).open(shown)
    if ticket is None:
        sessions.credential.refuse(shown.secret.encode(), caller.address)
        raise Unauthenticated("This API key is not known here, or no longer.")
    holder = await keys.holder(shown)
    assert holder is not None
    await _tell(db, holder.name, "opened", caller)
    return ticket


@operation("read_session", access="session")
async def read_session(db: Database, sessions: Sessions, caller: Caller) -> Session:
    """Who asks."""
    return Session(principal=caller.principal, role=caller.role, auth=sessions.are_needed)


@operation("delete_session", access="session")
async def delete_session(db: Database, sessions: Sessions, caller: Caller) -> Ticket:
    """Sign out."""
    if sessions.are_needed and caller.role is not Role.ANONYMOUS:
        await _tell(db, caller.principal, "closed", caller)
    return closing_ticket() if caller.key is not None else sessions.close()


async def _tell(db: Database, principal: str, what: Literal["opened", "closed"], caller: Caller) -> None:
    event = session(principal, what, caller.address, caller.origin or "rest")

    async def tell(tx: Transaction) -> None:
        await emit(tx, caller, event)
        await add(tx, replace(caller, principal=principal), _DEEDS[what])

    await db.write(tell)
