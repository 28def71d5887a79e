"""What is sent to a flow run, as it receives it: one value after the other."""

from typing import Any, Generic, Self, TypeVar, cast
from uuid import UUID

from penstock.colourless import run_sync
from penstock.contract.flow_run_inputs import FlowRunInput, FlowRunInputQuery
from penstock.sdk.engine.colours import BLOCKING, SUSPENDING, Colour
from penstock.sdk.flow_run_inputs import Patience, find, receiver, wait_for

T = TypeVar("T")


class _Receipt(Generic[T]):
    """Values that are sent to a flow run, one after the other: iterate over it, also with `async for`."""

    def __init__(
        self,
        run_input_cls: Any,
        key_prefix: str,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        flow_run_id: UUID | None = None,
    ) -> None:
        self.run_input_cls = run_input_cls
        self.key_prefix = key_prefix
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.raise_timeout_error = raise_timeout_error
        self.exclude_keys = set(exclude_keys or ())
        self.flow_run_id = receiver(flow_run_id)

    def to_instance(self, flow_run_input: FlowRunInput) -> T:
        """The value that was said; it is not received again."""
        self.exclude_keys.add(flow_run_input.key)
        return cast(T, self.run_input_cls.load_from_flow_run_input(flow_run_input))

    def filter_for_inputs_sync(self) -> list[FlowRunInput]:
        """What there is now, if anything, at most one."""
        return run_sync(self._filter(BLOCKING))

    async def filter_for_inputs(self) -> list[FlowRunInput]:
        """The same, awaited."""
        return await self._filter(SUSPENDING)

    def next(self) -> T:
        """The next value. Raises `TimeoutError` when none comes in time."""
        return run_sync(self._next(BLOCKING))

    async def anext(self) -> T:
        """The same, awaited."""
        return await self._next(SUSPENDING)

    async def _filter(self, colour: Colour) -> list[FlowRunInput]:
        query = FlowRunInputQuery(prefix=self.key_prefix, limit=1, exclude_keys=sorted(self.exclude_keys))
        return await find(colour, self.flow_run_id, query)

    async def _next(self, colour: Colour) -> T:
        patience, known = Patience(self.timeout, self.poll_interval), sorted(self.exclude_keys)
        found = await wait_for(colour, self.flow_run_id, self.key_prefix, known, patience)
        if found is None:
            raise TimeoutError("Timed out waiting for input")
        return self.to_instance(found)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        try:
            return self.next()
        except TimeoutError:
            if self.raise_timeout_error:
                raise
            raise StopIteration from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.anext()
        except TimeoutError:
            if self.raise_timeout_error:
                raise
            raise StopAsyncIteration from None


class GetInputHandler(_Receipt[T]):
    """Forms that are sent to a flow run, one after the other."""


class GetAutomaticInputHandler(_Receipt[T]):
    """Plain values that are sent to a flow run, one after the other; or, `with_metadata`, their wrappers."""

    def __init__(
        self,
        run_input_cls: Any,
        key_prefix: str,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        flow_run_id: UUID | None = None,
        with_metadata: bool = False,
    ) -> None:
        super().__init__(
            run_input_cls, key_prefix, timeout, poll_interval, raise_timeout_error, exclude_keys, flow_run_id
        )
        self.with_metadata = with_metadata

    def to_instance(self, flow_run_input: FlowRunInput) -> T:
        """The value that was said; it is not received again."""
        wrapper: Any = super().to_instance(flow_run_input)
        return cast(T, wrapper if self.with_metadata else wrapper.value)
