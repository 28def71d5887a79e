"""What becomes of credentials is told: in the transaction without which nobody is let in, and seldom."""

import logging
from datetime import timedelta

from penstock.db.port import Database, Transaction
from penstock.domain.errors import PenstockError
from penstock.server.auditing import Deed, add
from penstock.server.caller import Caller
from penstock.server.credentials import Credential
from penstock.server.emitting import emit
from penstock.server.event_sources import sessions
from penstock.server.principals import ANONYMOUS

_SOMEBODY = Caller(principal=ANONYMOUS.name, role=ANONYMOUS.role)
_LOG = logging.getLogger("penstock.server.sessions")


async def tell_refused(db: Database, credential: Credential) -> None:
    """Tell of wrong credentials, where some are to be told of. Nobody is refused because it can't be done."""
    refused = credential.refused()
    if refused is None:
        return

    async def tell(tx: Transaction) -> None:
        since = (tx.now - timedelta(seconds=refused.seconds)).isoformat()
        event = sessions.refused(refused.attempts, refused.unheard, since, refused.addresses)
        await emit(tx, None, event)
        said = {
            "refused": refused.attempts,
            "unheard": refused.unheard,
            "since": since,
            "addresses": [*refused.addresses],
        }
        deed = Deed(action="sessions:create", operation="show_credential", said=said, outcome="refused")
        await add(tx, _SOMEBODY, deed)

    _LOG.warning("%d wrong credentials, from %s.", refused.attempts, ", ".join(refused.addresses))
    try:
        await db.write(tell)
    except PenstockError as error:
        _LOG.warning("That can't be told as an event: %s", error)
