"""Requests that wait: what ends them, and what becomes of the op."""

import asyncio

import pytest

from penstock.domain.errors import Unavailable
from penstock.server.http.bodies import Disconnected
from penstock.server.http.polls import Polls


class Op:
    """Waits until it is told, or cancelled."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.ended = ""

    async def run(self) -> str:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        self.ended = "done"
        return "answer"


async def for_ever() -> None:
    await asyncio.Event().wait()


def test_an_op_that_ends_is_answered():
    async def scene():
        op = Op()
        op.go.set()
        assert await Polls().wait(op.run(), for_ever) == "answer"

    asyncio.run(scene())


def test_a_client_that_goes_away_cancels_its_op():
    async def scene():
        op, gone = Op(), asyncio.Event()
        waiting = asyncio.create_task(Polls().wait(op.run(), gone.wait))
        await asyncio.sleep(0)
        gone.set()
        with pytest.raises(Disconnected):
            await waiting
        assert op.ended == "cancelled"

    asyncio.run(scene())


def test_a_server_that_goes_away_answers_all_who_wait_and_all_who_come():
    async def scene():
        polls, ops = Polls(), [Op(), Op()]
        waiting = [asyncio.create_task(polls.wait(op.run(), for_ever)) for op in ops]
        await asyncio.sleep(0)
        polls.close()
        for task in waiting:
            with pytest.raises(Unavailable):
                await task
        with pytest.raises(Unavailable):
            await polls.wait(Op().run(), for_ever)
        assert [op.ended for op in ops] == ["cancelled", "cancelled"]

    asyncio.run(scene())


def test_an_op_that_fails_is_told_as_it_is():
    async def failing() -> None:
        raise KeyError("x")

    async def scene():
        with pytest.raises(KeyError):
            await Polls().wait(failing(), for_ever)

    asyncio.run(scene())


def test_a_request_that_is_cancelled_cancels_its_op():
    async def scene():
        op = Op()
        waiting = asyncio.create_task(Polls().wait(op.run(), for_ever))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert op.ended == "cancelled"

    asyncio.run(scene())
