"""What ends a run whose code cannot be ended: its process.

Only for processes that do nothing else than this run. Code that computes in C, or waits there outside the
main thread, does not notice that its time is over.
"""

import os
import threading
from datetime import UTC, datetime
from logging import LoggerAdapter
from typing import Any
from uuid import UUID

from penstock.colourless import run_sync
from penstock.domain.errors import PenstockError
from penstock.sdk.engine.colours import BLOCKING
from penstock.sdk.engine.proposals import propose_end
from penstock.sdk.engine.session import Session
from penstock.sdk.engine.settlement import state_of_exception

_PATIENCE = 10.0


class LastResort:
    """Ends this process, once, after saying how the flow run ended."""

    def __init__(
        self, session: Session, run_id: UUID, lease: UUID | None, logger: "LoggerAdapter[Any]"
    ) -> None:
        self._session, self._run_id, self._lease, self._logger = session, run_id, lease, logger

    def __call__(self, reason: BaseException) -> None:
        """End the process, from a thread of its own, because of `reason`."""
        threading.Thread(target=self._end, args=(reason,), name="penstock-last-resort", daemon=True).start()

    def _end(self, reason: BaseException) -> None:
        state = state_of_exception(reason, datetime.now(UTC), run="Flow run")
        state.message = f"{state.message} Its code did not stop, so its process was ended."
        self._logger.error("%s", state.message)
        client = self._session.client(BLOCKING, self._lease)
        try:
            run_sync(propose_end(self._session, client, self._run_id, state, BLOCKING, _PATIENCE))
        except PenstockError as error:
            self._logger.error("%s", error)
        finally:
            os._exit(1)
