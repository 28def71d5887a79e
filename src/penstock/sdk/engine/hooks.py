"""Functions of the user that are told about a run's states. Their errors are logged and change nothing."""

from collections.abc import Awaitable, Iterable
from logging import LoggerAdapter
from typing import Any

from penstock.domain.states import State, StateType
from penstock.sdk.callables import Hook
from penstock.sdk.engine import user_code
from penstock.sdk.engine.colours import BLOCKING, Colour

_ATTRIBUTES = {
    StateType.COMPLETED: "on_completion_hooks",
    StateType.FAILED: "on_failure_hooks",
    StateType.CANCELLED: "on_cancellation_hooks",
    StateType.CRASHED: "on_crashed_hooks",
}
HOOK_SECONDS = 60.0
"""How long one hook may take."""


def hooks_for(subject: Any, state: State) -> list[Hook]:
    """The hooks of a flow or task to call when a run has ended in `state`."""
    hooks: list[Hook] = getattr(subject, _ATTRIBUTES.get(state.type, ""), [])
    return hooks


async def call_hooks(
    hooks: Iterable[Hook], subject: Any, run: Any, state: State, colour: Colour, logger: "LoggerAdapter[Any]"
) -> None:
    """Call each hook with the flow or task, its run, and the state that the run is in.

    One that raises, or takes longer than `HOOK_SECONDS`, is logged, and the next one is called.
    """
    for hook in hooks:
        name = getattr(hook, "__name__", repr(hook))
        try:
            await _call(hook, (subject, run, state), colour)
        except Exception as error:  # whatever the hook raises
            logger.exception("The hook %r for the state %s failed: %r", name, state.name, error)
        else:
            logger.debug("Called the hook %r for the state %s", name, state.name)


async def _call(hook: Hook, args: tuple[Any, Any, State], colour: Colour) -> None:
    over = TimeoutError(f"It took longer than {HOOK_SECONDS:g} seconds.")
    answer = await user_code.call(
        hook, args, {}, is_async=False, interrupt=BLOCKING.interrupt(), limit=HOOK_SECONDS, over=over
    )
    if isinstance(answer, Awaitable):
        await user_code.call(
            colour.settle,
            (answer,),
            {},
            is_async=True,
            interrupt=colour.interrupt(),
            limit=HOOK_SECONDS,
            over=over,
        )
