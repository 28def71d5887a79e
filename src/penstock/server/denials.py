"""What somebody was refused who is known, as rows of the audit log: not each one, as that would be anybody's
flood.

Of one caller and one endpoint the first is a row, and then one in a while, with how many there were since.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from penstock.db.port import Database
from penstock.domain.errors import PenstockError
from penstock.server.auditing import Deed, add
from penstock.server.caller import Caller
from penstock.server.kept import Kept
from penstock.server.refusals import AT_MOST_EVERY

_LOG = logging.getLogger("penstock.server.audit")
_TOLD_APART: Final = 1_024


class _Told(Struct, frozen=True):
    at: float
    since: int = 0
    """How many there were since, that were not told."""


class Denials:
    """The refusals of one server.

    Args:
        clock: Tells seconds; nobody sets it back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: Kept[tuple[str, str, str], _Told] = Kept(_TOLD_APART)

    async def tell(
        self, db: Database, caller: Caller, action: str, operation: str, subject: Mapping[str, Any] = {}
    ) -> None:
        """Note that somebody was refused; nobody is refused otherwise because it can't be written down."""
        count = self._due((caller.principal, caller.address, operation))
        if count is None:
            return
        said = {"refused": count}
        deed = Deed(action=action, operation=operation, subject=subject, said=said, outcome="refused")
        try:
            await db.write(lambda tx: add(tx, caller, deed))
        except PenstockError as error:
            _LOG.warning("A refusal can't be audited: %s", error)

    def _due(self, key: tuple[str, str, str]) -> int | None:
        """How many refusals are to be told now, with this one; None where it is told later."""
        now, told = self._clock(), self._told.get(key)
        if told is not None and now - told.at < AT_MOST_EVERY:
            self._told.put(key, _Told(told.at, told.since + 1))
            return None
        self._told.put(key, _Told(now))
        return 1 + (told.since if told is not None else 0)
