"""Does what automations that fired are to do.

What is done inside the database is done in the transaction that marks it done, many in one: exactly once.
A call to the outside is taken with a lease, made, and marked: at least once, with a key that stays the same.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final, NamedTuple
from uuid import UUID

import msgspec

from penstock.db.errors import DatabaseError, DatabaseUnavailable, IntegrityViolation
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import actions as statements
from penstock.domain.automations import Action
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.server import acting, action_log
from penstock.server.action_deliveries import deliver
from penstock.server.action_kinds import ActionFailed, Delivery, Outcome
from penstock.server.action_log import MOST_ATTEMPTS, Attempt, occasion_of
from penstock.server.actions import OUTSIDE
from penstock.server.evaluation.topics import ACTIONS
from penstock.server.limits import Limits
from penstock.server.services.base import Round, Service

_LOG = logging.getLogger(__name__)
_BATCH: Final = 50
_MOST_CALLS: Final = 20
"""To the outside, at once."""
_REST: Final = 30.0
_ENDING: Final = frozenset({"pause-automation"})
"""Types of actions that leave others undone."""
_LEASE: Final = timedelta(seconds=120)
"""For how long a call is nobody else's. Calls end before, by limits of their own."""


class _Look(NamedTuple):
    inside: list[Attempt]
    outside: list[Attempt]
    seconds: float
    """Until there may be more."""


class _Taken(NamedTuple):
    attempt: Attempt
    delivery: Delivery


class Actions(Service):
    """Pending actions, oldest first."""

    name: ClassVar[str] = "actions"
    topics: ClassVar[tuple[str, ...]] = (ACTIONS,)

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._calls: dict[UUID, asyncio.Task[None]] = {}

    async def run_once(self) -> Round:
        """Do one batch in the database, and begin calls to the outside; at once again while there are any."""
        look = await self.db.read(self._look)
        await _fill([*look.inside, *look.outside])
        done = await self.db.write(lambda tx: self._do_batch(tx, look.inside)) if look.inside else 0
        for attempt in look.outside:
            self._begin(attempt)
        return Round(done=done + len(look.outside), again_in=look.seconds)

    async def end(self) -> None:
        """Let the calls that are under way come to their end."""
        while self._calls:
            await asyncio.gather(*self._calls.values(), return_exceptions=True)

    async def _look(self, tx: Transaction) -> _Look:
        room = _MOST_CALLS - len(self._calls)
        found = [row for row in await self._due(tx, room) if row["id"] not in self._calls]
        if not found:
            next_due = await tx.fetch_value(statements.next_due(), {"now": tx.now})
            return _Look([], [], min((next_due - tx.now).total_seconds(), _REST) if next_due else _REST)
        inside = [row for row in found if row["action"].get("type") not in OUTSIDE]
        outside = [row for row in found if row["action"].get("type") in OUTSIDE]
        return _Look(
            inside=[await self._prepared(tx, row) for row in inside],
            outside=[await self._prepared(tx, row) for row in outside[:room]],
            seconds=0.0,
        )

    async def _due(self, tx: Transaction, room: int) -> list[Row]:
        asked = {"now": tx.now, "at_most": _BATCH}
        if room:
            return await tx.fetch_all(statements.due(), asked)
        # What has to wait for a place must not be in the way of what is done here.
        return await tx.fetch_all(statements.due_except(), asked | {"types": list(OUTSIDE)})

    async def _prepared(self, tx: Transaction, row: Row) -> Attempt:
        attempt = Attempt(row=row)
        try:
            action = msgspec.convert(row["action"], Action)
            attempt.one = await acting.prepared(
                tx, self.limits, occasion_of(row), action, id=row["id"], position=row["position"]
            )
        except msgspec.ValidationError as error:
            attempt.failure = InvalidInput(f"The action is not understood: {error}.")
        except Exception as error:
            attempt.failure = _failure(error)
        return attempt

    async def _do_batch(self, tx: Transaction, attempts: Sequence[Attempt]) -> int:
        asked = {"row_ids": [attempt.row["id"] for attempt in attempts], "now": tx.now}
        mine = {row["id"] for row in await tx.fetch_all(statements.take(), asked)}
        done = 0
        for attempt in attempts:
            if attempt.row["id"] not in mine:
                continue
            await self._do(tx, attempt)
            done += 1
            if attempt.row["action"].get("type") in _ENDING:
                # What it paused may have had more to do in this batch.
                mine = {row["id"] for row in await tx.fetch_all(statements.take(), asked)}
        return done

    async def _do(self, tx: Transaction, attempt: Attempt) -> None:
        one, error = attempt.one, attempt.failure
        if one is not None and error is None:
            try:
                async with tx.savepoint():
                    outcome = await acting.do(tx, one, attempt.rendered or {})
            except Exception as caught:
                error = _failure(caught)
            else:
                await action_log.done(tx, attempt, outcome, number=attempt.number)
                return
        assert error is not None
        await action_log.failed(tx, attempt, error, number=attempt.number)

    def _begin(self, attempt: Attempt) -> None:
        id = attempt.row["id"]
        task = self._calls[id] = asyncio.create_task(self._call(attempt))
        task.add_done_callback(lambda _: self._calls.pop(id))

    async def _call(self, attempt: Attempt) -> None:
        """One call to the outside, from taking it to marking it."""
        try:
            taken = await self.db.write(lambda tx: self._take(tx, attempt))
            if taken is not None:
                result = await self._delivered(taken)
                await self.db.write(lambda tx: self._mark(tx, taken.attempt, result))
        except PenstockError as error:
            _LOG.warning("A call of an automation is not marked, and will be made again: %s", error)
        except Exception:
            _LOG.exception("A call of an automation is not marked, and will be made again.")

    async def _take(self, tx: Transaction, attempt: Attempt) -> _Taken | None:
        if not await tx.fetch_all(statements.take(), {"row_ids": [attempt.row["id"]], "now": tx.now}):
            return None
        error = attempt.failure or _too_often(attempt)
        if attempt.one is not None and error is None:
            try:
                async with tx.savepoint():
                    delivery = await acting.ready(tx, attempt.one, attempt.rendered or {})
            except Exception as caught:
                error = _failure(caught)
            else:
                mine = await action_log.begun(tx, attempt, _LEASE)
                return None if mine is None else _Taken(mine, delivery)
        assert error is not None
        await action_log.failed(tx, attempt, error, number=attempt.number)
        return None

    async def _delivered(self, taken: _Taken) -> Outcome | PenstockError:
        try:
            return await deliver(taken.delivery, str(taken.attempt.row["id"]), self.limits.outside)
        except Exception as error:
            return _failure(error)

    async def _mark(self, tx: Transaction, attempt: Attempt, result: Outcome | PenstockError) -> None:
        number = int(attempt.row["attempts"])
        if isinstance(result, Outcome):
            await action_log.done(tx, attempt, result, number=number)
        else:
            await action_log.failed(tx, attempt, result, number=number)
        # A place is free; and what is tried again is due at a time that nobody has looked at yet.
        tx.notify(ACTIONS)


def _too_often(attempt: Attempt) -> PenstockError | None:
    """Why a call is not made again that never comes to an end: it might be what ends the servers."""
    if attempt.number <= MOST_ATTEMPTS:
        return None
    return ActionFailed(f"It was begun {MOST_ATTEMPTS} times, and the server was lost each time.")


async def _fill(attempts: Sequence[Attempt]) -> None:
    await asyncio.gather(*(_fill_one(attempt) for attempt in attempts if attempt.failure is None))


async def _fill_one(attempt: Attempt) -> None:
    assert attempt.one is not None
    try:
        attempt.rendered = await acting.filled(attempt.one)
    except Exception as error:
        attempt.failure = _failure(error)


def _failure(error: Exception) -> PenstockError:
    """What an action failed with. What only the database can help with is raised."""
    if isinstance(error, DatabaseUnavailable):
        raise error
    if isinstance(error, DatabaseError) and not isinstance(error, IntegrityViolation):
        raise error
    if isinstance(error, PenstockError):
        return error
    _LOG.error("An action of an automation failed unexpectedly.", exc_info=error)
    return ActionFailed(f"Unexpectedly: {type(error).__name__}: {error}.")
