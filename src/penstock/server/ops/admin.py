"""The server itself."""

from penstock.contract.admin import CsrfToken, Readiness
from penstock.db.port import Transaction
from penstock.db.statements.probe import probe
from penstock.domain.errors import InvalidInput
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

API_VERSION = "3.9.1"
"""The release of the reference whose API this is; its clients compare it with their own."""


@operation("health", access="none")
async def health(caller: Caller) -> bool:
    """Whether the server answers at all: it asks nobody else."""
    return True


@operation("ready", access="read")
async def ready(tx: Transaction, caller: Caller) -> Readiness:
    """Whether the server can use its database."""
    await tx.fetch_value(probe())
    return Readiness()


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
