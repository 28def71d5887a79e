"""Sessions of browsers: opened, looked at and closed."""

from penstock.contract.sessions import Session, SessionCreate
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.sessions import Sessions, Ticket


@operation("create_session", access="session")
async def create_session(sessions: Sessions, caller: Caller, *, body: SessionCreate) -> Ticket:
    """Sign in.

    Raises:
        Unauthenticated: The credential is wrong.
        TooManyRequests: Too many were wrong.
        Conflict: The server asks for none.
    """
    return sessions.open(body.credential)


@operation("read_session", access="session")
async def read_session(sessions: Sessions, caller: Caller) -> Session:
    """Who asks."""
    return Session(principal=caller.principal, role=caller.role, auth=sessions.are_needed)


@operation("delete_session", access="session")
async def delete_session(sessions: Sessions, caller: Caller) -> Ticket:
    """Sign out."""
    return sessions.close()
