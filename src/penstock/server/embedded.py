"""The server inside a process that has none: the same ops on the embedded database, without HTTP in between.

`client/transport.py` opens it, at the first call. Nothing here suspends: `run_sync` drives a call to its end.
"""

from typing import Any
from uuid import UUID

from penstock.colourless import run_sync
from penstock.contract.codec import decode_body, encode
from penstock.contract.endpoint import Endpoint
from penstock.contract.headers import LEASE_HEADER, ORIGIN_HEADER
from penstock.contract.permissions import Role
from penstock.db.connect import open_database
from penstock.db.port import Database
from penstock.domain.errors import Conflict
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.downloads import Download
from penstock.server.limits import Limits, limits_from
from penstock.server.ops.registry import OPERATIONS, OVER_HTTP, perform
from penstock.settings import Settings


class EmbeddedServer:
    """Answers calls in the thread that makes them. The caller is this machine's user, who may do anything.

    Args:
        db: An embedded database that has been started.
    """

    def __init__(self, db: Database, limits: Limits) -> None:
        self._db, self._limits, self._bus = db, limits, Bus()

    async def dispatch(
        self,
        endpoint: Endpoint[..., Any],
        path_params: dict[str, Any],
        query: dict[str, Any],
        body: Any,
        headers: dict[str, str],
    ) -> Any:
        """The answer of an endpoint's op: what the HTTP API would encode.

        Raises:
            PenstockError: What the HTTP API would refuse with.
        """
        op = OPERATIONS[endpoint.name]
        if op.access in OVER_HTTP:
            message = f"{endpoint.name} is for clients of a server, and nobody else uses the embedded one."
            raise Conflict(message, hint="Start a server: penstock server start")
        arguments = {parameter.name: parameter.default for parameter in endpoint.query_params}
        arguments |= path_params | query
        if endpoint.body is not None:
            # As over HTTP: what is stored was checked, and is nobody else's to change.
            arguments["body"] = decode_body(endpoint, encode(body))
        answer = await perform(op, self._db, self._bus, self._caller(headers), arguments)
        return await answer.whole() if isinstance(answer, Download) else answer

    def close(self) -> None:
        """Let go of the database."""
        run_sync(self._db.close())

    def _caller(self, headers: dict[str, str]) -> Caller:
        lease = headers.get(LEASE_HEADER)
        return Caller(
            principal="local",
            role=Role.ADMIN,
            lease=UUID(lease) if lease else None,
            origin=headers.get(ORIGIN_HEADER, "sdk"),
            limits=self._limits,
        )


def open_embedded(settings: Settings) -> EmbeddedServer:
    """The embedded server on the database that the settings name, created or migrated where that is needed.

    Raises:
        InvalidInput: The settings name a database that cannot be embedded.
        PenstockError: It cannot be used.
    """
    db = open_database(settings.database_url, mode="embedded")
    run_sync(db.start())
    return EmbeddedServer(db, limits_from(settings))
