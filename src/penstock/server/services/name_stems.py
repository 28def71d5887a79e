"""Takes away stems of names of which no run is left, so that there are as few as there are kinds of names.

Triggers keep the stem of each name, and none goes with the last of its runs: whoever deletes would have to
wait for whoever makes one. Here all wait, for a moment, and only where there is something to take away.
"""

from functools import partial
from typing import Any, ClassVar

from penstock.db.port import Database, Transaction
from penstock.db.statements import run_names as statements
from penstock.server.limits import Limits
from penstock.server.services.base import Round, Service

AT_MOST = 1_000
"""Stems that are looked at in one round."""
_SOON, _EVERY = 1.0, 3_600.0
"""Seconds."""


class NameStems(Service):
    """Stems that nothing is named after → nothing."""

    name: ClassVar[str] = "name_stems"

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        # Where the next round goes on: it does not matter where it begins.
        self._kind, self._after = 0, ""

    async def run_once(self) -> Round:
        """Look at a batch; soon at the next, until all were looked at."""
        runs = statements.RUNS[self._kind]
        stems, unused = await self.db.read(partial(_look, runs=runs, after=self._after))
        done = await self.db.write(partial(_forget, runs=runs, stems=unused)) if unused else 0
        if len(stems) == AT_MOST:
            self._after = stems[-1]
            return Round(done=done, again_in=_SOON)
        self._kind, self._after = (self._kind + 1) % len(statements.RUNS), ""
        return Round(done=done, again_in=_SOON if self._kind else _EVERY)


async def _look(tx: Transaction, *, runs: Any, after: str) -> tuple[list[str], list[str]]:
    """Some stems, and those of them that no name begins with."""
    asked = {"after": after, "at_most": AT_MOST}
    stems = [row["stem"] for row in await tx.fetch_all(statements.stems_after(runs), asked)]
    return stems, await _unused(tx, runs, stems)


async def _unused(tx: Transaction, runs: Any, stems: list[str]) -> list[str]:
    asked = statements.used(runs, [stem for stem in stems if statements.is_stretch(stem)])
    used = {row["stem"] for row in await tx.fetch_all(asked)}
    return [stem for stem in stems if statements.is_stretch(stem) and stem not in used]


async def _forget(tx: Transaction, *, runs: Any, stems: list[str]) -> int:
    # A run may have been named so since; from here on none is.
    await tx.execute(statements.locked())
    unused = await _unused(tx, runs, stems)
    return await tx.execute(statements.forget(runs, unused)) if unused else 0
