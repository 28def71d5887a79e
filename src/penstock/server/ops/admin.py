"""The server itself."""

import os
from datetime import UTC, datetime

from penstock.contract.admin import CsrfToken, Readiness
from penstock.contract.permissions import Role
from penstock.db.port import Database, Transaction
from penstock.db.schema_history import check_schema
from penstock.db.statements import server_values
from penstock.domain.errors import InvalidInput, PenstockError, Unavailable
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

API_VERSION = "3.9.1"
"""The release of the reference whose API this is; its clients compare it with their own."""
_READY_AGAIN_SECONDS = 5.0
_TRIAL = "a trial"
"""The name of a value that is written and taken away at once, to see whether the disk takes it."""
_TRIAL_BYTES = 256 * 1024


@operation("health", access="none")
async def health(caller: Caller) -> bool:
    """Whether the server answers at all: it asks nobody else."""
    return True


@operation("ready", access="probe")
async def ready(db: Database, bus: Bus, caller: Caller) -> Readiness:
    """Whether the server can use its database, and no service of its process is stuck.

    After a write was refused because the disk is full, say, one is tried until it is kept.

    Whoever shows no credential is told which part is not well, and not why.

    Raises:
        Unavailable: It is not ready; `detail` has the reasons.
    """
    problems = {f"the service {name}": why for name, why in bus.services.problems(datetime.now(UTC)).items()}
    try:
        await db.read(check_schema)
        await _see_writes_kept(db)
    except PenstockError as error:
        problems = {"the database": str(error)} | problems
    if not problems:
        return Readiness()
    is_told = caller.role is not Role.ANONYMOUS
    reasons = [f"{part}: {why}" if is_told else f"{part} is not well" for part, why in problems.items()]
    message = f"This server is not ready: {'; '.join(reasons)}"
    raise Unavailable(message, retry_after=_READY_AGAIN_SECONDS, detail={"reasons": reasons})


async def _see_writes_kept(db: Database) -> None:
    """Write something, if the last that was refused would have been so for lasting reasons."""
    if db.troubles.refusal is not None:
        await db.write(_fill)
        await db.write(_empty)
        db.troubles.refusal = None


async def _fill(tx: Transaction) -> None:
    """Something as large as requests are, for a disk that is full still takes a line or two."""
    row = {"name": _TRIAL, "created": tx.now, "updated": tx.now, "value": os.urandom(_TRIAL_BYTES // 2).hex()}
    await tx.execute(server_values.put(), row)


async def _empty(tx: Transaction) -> None:
    await tx.execute(server_values.forget(), {"of": _TRIAL})


@operation("version", access="none")
async def version(caller: Caller) -> str:
    """The version of the API that this server speaks."""
    return API_VERSION


@operation("hello", access="none")
async def hello(caller: Caller) -> str:
    """A greeting."""
    return "👋"


@operation("read_version", access="none")
async def read_version(caller: Caller) -> str:
    """The same as `version`: the reference's clients refuse a server that is older than they are by this."""
    return API_VERSION


@operation("create_csrf_token", access="none")
async def create_csrf_token(caller: Caller, *, client: str) -> CsrfToken:
    """Refused: pages of other sites are told by their origin here, not by a token. Clients go without."""
    message = "CSRF protection is disabled."
    raise InvalidInput(message, field="client")
