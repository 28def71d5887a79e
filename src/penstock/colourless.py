"""One colour: coroutines that need no event loop, because what they await never suspends.

`async def` code that awaits only the object it was given (a transaction, a transport) is as plain as a
function call where that object answers at once: `run_sync` drives it to its end with a single `send`. The
same code runs on an event loop where the object does suspend; there `awaiting_only` watches that it awaits
nothing else, so that a mistake shows on every database and not just where there is no loop.
"""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator
from types import CoroutineType, GeneratorType
from typing import Any, TypeVar

T = TypeVar("T")


class ForeignAwait(RuntimeError):
    """Code of one colour awaited something other than the object it was given: a mistake in the code.

    The message names the coroutine and what it awaited.
    """


class _Ended(BaseException):
    """Ends a coroutine where it stands."""


def run_sync(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, here and now, and return its result.

    Raises:
        ForeignAwait: The coroutine suspended. It has been closed: its `finally` blocks have run.
    """
    try:
        yielded = coro.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise _refuse(coro, yielded)


def run_each(values: AsyncGenerator[T, None]) -> Iterator[T]:
    """The values of an asynchronous generator that never suspends, one by one; it is closed with them.

    Raises:
        ForeignAwait: It suspended.
    """
    while (value := run_sync(_next(values))) is not _END:
        try:
            yield value
        except BaseException:
            run_sync(_close(values))
            raise


_END: Any = object()


async def _next(values: AsyncGenerator[T, None]) -> T:
    return await anext(values, _END)


async def _close(values: AsyncGenerator[Any, None]) -> None:
    await values.aclose()


class awaiting_only(Awaitable[T]):  # noqa: N801 - reads as a verb phrase where it is awaited
    """Await `coro` on an event loop, but let it suspend only while `inside()` is true.

    Raises:
        ForeignAwait: The coroutine suspended on something else. It has been closed.
    """

    __slots__ = ("_coro", "_inside")

    def __init__(self, coro: Coroutine[Any, Any, T], inside: Callable[[], bool]) -> None:
        self._coro = coro
        self._inside = inside

    def __await__(self) -> Generator[Any, Any, T]:
        coro = self._coro
        resume, value = coro.send, None
        try:
            while True:
                yielded = resume(value)
                if not self._inside():
                    raise _refuse(coro, yielded)
                try:
                    resume, value = coro.send, (yield yielded)
                except BaseException as thrown:  # a cancellation belongs to the innermost await
                    resume, value = coro.throw, thrown
        except StopIteration as end:
            result: T = end.value
            return result


def _refuse(coro: Coroutine[Any, Any, Any], yielded: Any) -> ForeignAwait:
    """Close `coro`, and say where it stood."""
    where = " → ".join(_await_chain(coro))
    # Neither `close` nor GeneratorExit reaches into an asynchronous generator that is waited for.
    with contextlib.suppress(_Ended, StopIteration):
        coro.throw(_Ended())
    coro.close()
    what = "nothing (a bare yield, as in asyncio.sleep(0))" if yielded is None else repr(yielded)
    return ForeignAwait(
        f"{where} awaited {what}. It may await only the object that it was given: "
        "do other waiting before or after."
    )


def _await_chain(coro: Any) -> list[str]:
    """Names of the coroutines that wait for one another, outermost first."""
    names: list[str] = []
    while isinstance(coro, CoroutineType | GeneratorType):
        names.append(coro.__qualname__)
        coro = coro.cr_await if isinstance(coro, CoroutineType) else coro.gi_yieldfrom
    return names
