"""What kind of function a user decorated: how it is called, and what it may be bound to."""

from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any

from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean
from penstock.sdk.exceptions import OptionUnknown, ReservedArgumentError

Hook = Callable[[Any, Any, Any], Any]
"""Called with a flow or task, its run, and the state that the run is in."""

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
"""Flags of code objects; `inspect`, which names them, is slow to import."""

NOT_YET = frozenset(
    {
        "asset_deps",
        "cache_expiration",
        "cache_key_fn",
        "cache_policy",
        "cache_result_in_memory",
        "on_commit",
        "on_rollback",
        "persist_result",
        "refresh_cache",
        "result_serializer",
        "result_storage",
        "result_storage_key",
        "viz_return_value",
    }
)
"""Options of the reference that mean something which isn't there yet. Their neutral values are accepted."""


def unwrap(fn: Any) -> tuple[Callable[..., Any], str | None]:
    """The function in what was decorated, and whether it was a `staticmethod` or a `classmethod`.

    Raises:
        TypeError: It cannot be called.
    """
    kind = type(fn).__name__ if isinstance(fn, staticmethod | classmethod) else None
    function = fn.__func__ if kind is not None else fn
    if not callable(function):
        raise TypeError(f"{function!r} is decorated, but it is not a function.")
    if is_generator(function):
        raise InvalidInput(
            f"{name_of(function)}() is a generator function, which cannot be a flow or task yet.",
            hint="Return a list, or let the flow call a task for each element.",
        )
    return function, kind


def _flags(fn: Callable[..., Any]) -> int:
    while hasattr(fn, "func"):  # functools.partial
        fn = fn.func
    caller: Any = fn if hasattr(fn, "__code__") else type(fn).__call__
    return caller.__code__.co_flags if hasattr(caller, "__code__") else 0


def is_async(fn: Callable[..., Any]) -> bool:
    """Whether calling `fn` gives something to await, or to iterate over asynchronously."""
    return bool(_flags(fn) & (_COROUTINE | _ASYNC_GENERATOR))


def is_generator(fn: Callable[..., Any]) -> bool:
    """Whether calling `fn` gives an iterator that executes its body."""
    return bool(_flags(fn) & (_GENERATOR | _ASYNC_GENERATOR))


def name_of(fn: Callable[..., Any]) -> str:
    """The name of a function, such as can stand in a URL."""
    while hasattr(fn, "func"):
        fn = fn.func
    name: str = getattr(fn, "__name__", type(fn).__name__)
    return "lambda" if name == "<lambda>" else name


def key_of(fn: Callable[..., Any]) -> str:
    """What identifies a function's code: `module.qualified_name`."""
    module = getattr(fn, "__module__", None) or ""
    return f"{module}.{getattr(fn, '__qualname__', name_of(fn))}".strip(".")


def refuse_unknown(given: dict[str, Any], known: Iterable[str], what: str) -> None:
    """Take neutral values of options that mean nothing here out of `given`, and refuse unknown ones.

    Raises:
        OptionUnknown: There is no option of a name; suggests the nearest.
        InvalidInput: The option is not supported yet.
    """
    for name in [name for name in given if name not in known]:
        if name not in NOT_YET:
            raise OptionUnknown(
                f"{what} has no option {name!r}.", field=name, hint=did_you_mean(name, known) or None
            )
        value = given.pop(name)
        neutral = value in (None, False) if name != "cache_result_in_memory" else value is not False
        if not neutral and not isinstance(value, type):
            raise InvalidInput(f"{what}: the option {name!r} is not supported yet.", field=name)


def refuse_reserved(names: Iterable[str], what: str) -> None:
    """Raise `ReservedArgumentError` if a function has a parameter that the engine takes for itself."""
    for name in names:
        if name in ("return_state", "wait_for"):
            raise ReservedArgumentError(
                f"{what} has a parameter {name!r}, which is an option of each call.",
                field=name,
                hint="Give the parameter another name.",
            )


def bound_to(fn: Callable[..., Any], instance: Any) -> Callable[..., Any]:
    """`fn` as a method of `instance`."""
    return MethodType(fn, instance)


def check_hooks(hooks: Iterable[Hook] | None, option: str) -> list[Hook]:
    """The hooks given as `option`, as a list of their own.

    Raises:
        TypeError: They are no list, or something in it cannot be called.
    """
    if hooks is None:
        return []
    if callable(hooks):
        raise TypeError(f"{option} takes a list of functions: write {option}=[...].")
    listed = list(hooks)
    for hook in listed:
        if not callable(hook):
            raise TypeError(f"{option} takes functions with three parameters; {hook!r} cannot be called.")
    return listed


def check_positive(number: float | None, option: str) -> float | None:
    """A number of seconds given as `option`. Raises `InvalidInput` unless it is more than 0."""
    if number is not None and number <= 0:
        raise InvalidInput(f"{option} must be more than 0, not {number}.", field=option)
    return None if number is None else float(number)
