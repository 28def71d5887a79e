"""One colour: what runs without an event loop, and what is refused with or without one."""

import asyncio
import gc

import pytest

from penstock.colourless import ForeignAwait, awaiting_only, run_each, run_sync


async def adds(first, second):
    return first + second


async def nested():
    return await adds(await adds(1, 2), 3)


async def sleeps():
    await asyncio.sleep(0)


async def fails():
    raise LookupError("no")


def test_a_coroutine_that_never_suspends_is_a_call():
    assert run_sync(nested()) == 6


def test_what_it_raises_is_raised():
    with pytest.raises(LookupError, match="no"):
        run_sync(fails())


def test_it_works_inside_an_event_loop_too():
    async def outer():
        return run_sync(nested())

    assert asyncio.run(outer()) == 6


def test_a_foreign_await_is_named_and_the_coroutine_closed():
    closed = []

    async def body():
        try:
            await sleeps()
        finally:
            closed.append(True)

    with pytest.raises(ForeignAwait, match=r"body → sleeps → sleep.* awaited nothing"):
        run_sync(body())
    assert closed == [True]


def test_a_future_is_named():
    async def outer():
        future = asyncio.get_running_loop().create_future()

        async def body():
            await future

        with pytest.raises(ForeignAwait, match="body awaited <Future pending"):
            run_sync(body())

    asyncio.run(outer())


class Gate:
    """Awaits what it is given, and says when it does."""

    def __init__(self):
        self.inside = False

    async def through(self, awaitable):
        self.inside = True
        try:
            return await awaitable
        finally:
            self.inside = False


def on_a_loop(body):
    """Run `body(gate)` where it may await only its gate."""

    async def outer():
        gate = Gate()
        async with asyncio.timeout(60):
            return await awaiting_only(body(gate), lambda: gate.inside)

    return asyncio.run(outer())


def test_on_a_loop_what_is_allowed_is_awaited():
    async def body(gate):
        first = await gate.through(asyncio.sleep(0.001, "a"))
        return first + await gate.through(asyncio.sleep(0, "b")) + await adds("c", "d")

    assert on_a_loop(body) == "abcd"


def test_on_a_loop_a_foreign_await_is_refused_as_well():
    async def body(gate):
        await gate.through(asyncio.sleep(0))
        await asyncio.sleep(0.001)

    with pytest.raises(ForeignAwait, match="body → sleep awaited <Future pending"):
        on_a_loop(body)


def test_on_a_loop_errors_pass_through_in_both_directions():
    async def raises():
        await asyncio.sleep(0)
        raise LookupError("no")

    async def body(gate):
        with pytest.raises(LookupError):
            await gate.through(raises())
        raise KeyError("own")

    with pytest.raises(KeyError, match="own"):
        on_a_loop(body)


def test_a_cancellation_reaches_the_innermost_await():
    seen = []

    async def outer():
        gate = Gate()
        started = asyncio.Event()

        async def body():
            started.set()
            try:
                await gate.through(asyncio.Event().wait())
            except asyncio.CancelledError:
                seen.append("cancelled")
                await gate.through(asyncio.sleep(0))
                seen.append("cleaned up")
                raise

        async def call():
            await awaiting_only(body(), lambda: gate.inside)

        task = asyncio.create_task(call())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(outer())
    assert seen == ["cancelled", "cleaned up"]


async def counting(ends, suspends_at=None):
    try:
        for number in range(3):
            if number == suspends_at:
                await asyncio.sleep(0)
            yield number
    finally:
        ends.append("closed")


def test_each_value_of_a_generator_that_never_suspends():
    ends = []
    assert list(run_each(counting(ends))) == [0, 1, 2]
    some = run_each(counting(ends))
    assert next(some) == 0
    some.close()
    assert ends == ["closed", "closed"]


def test_a_generator_that_suspends_is_refused_and_closed():
    ends, told = [], []
    values = counting(ends, suspends_at=1)
    with pytest.raises(ForeignAwait):
        told.extend(run_each(values))
    assert ends == ["closed"], "at once, and not when it is collected"
    del values
    gc.collect()
    assert ends == ["closed"]
