"""How the arguments of a call become the parameters of a run, and back.

Worked out once for each function, because each task call pays for it: the usual function, with nothing
but plain parameters, is bound with two dictionary operations.
"""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any

from penstock.sdk.exceptions import ParameterBindError, SignatureMismatchError

if TYPE_CHECKING:
    from inspect import Signature

_VARIADIC = 0x04 | 0x08
"""Flags of code objects that have `*args` or `**kwargs`."""

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


class Binding:
    """The parameters of one function.

    Args:
        fn: The function.
        skip: How many leading parameters are filled in already, as a method's `self` is.
    """

    __slots__ = (
        "_fn",
        "_names",
        "_plain",
        "_positional",
        "_required",
        "_signature",
        "_skip",
        "_template",
        "annotations",
    )

    def __init__(self, fn: Callable[..., Any], skip: int = 0) -> None:
        self._fn = fn
        self._skip = skip
        self._signature: Signature | None = None
        self.annotations: dict[str, Any] = getattr(fn, "__annotations__", {})
        self._plain = _is_plain(fn)
        if self._plain:
            self._read_code(fn)

    def _read_code(self, fn: Any) -> None:
        # `inspect` tells the same, but is slow to import and to use.
        code, defaults = fn.__code__, fn.__defaults__ or ()
        positional = code.co_varnames[: code.co_argcount]
        names = code.co_varnames[self._skip : code.co_argcount + code.co_kwonlyargcount]
        optional = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
        optional |= fn.__kwdefaults__ or {}
        self._names = names
        self._positional = len(positional) - self._skip
        self._required = frozenset(names) - optional.keys()
        self._template = {name: optional.get(name) for name in names}

    @property
    def signature(self) -> "Signature":
        """The function's signature, without what is filled in already."""
        if self._signature is None:
            import inspect  # slow, and seldom needed

            whole = inspect.signature(self._fn)
            self._signature = whole.replace(parameters=list(whole.parameters.values())[self._skip :])
        return self._signature

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return self._names if self._plain else tuple(self.signature.parameters)

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a call, defaults included, by name.

        Raises:
            ParameterBindError: The function cannot be called like that.
        """
        if self._plain and len(args) <= self._positional:
            given = dict(zip(self._names, args, strict=False))
            given.update(kwargs)
            nothing_twice = len(given) == len(args) + len(kwargs)
            if nothing_twice and self._required <= given.keys() <= self._template.keys():
                return {**self._template, **given}
        return self._bind_by_signature(args, kwargs)

    def _bind_by_signature(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            name = getattr(self._fn, "__name__", repr(self._fn))
            raise ParameterBindError(f"{name}(): {error}.", hint=f"It is {name}{self.signature}.") from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> set[str]:
        """Names of the parameters that a call gives; the others have their defaults.

        Raises:
            ParameterBindError: The function cannot be called like that.
        """
        if self._plain:
            return {*self._names[: len(args)], *kwargs}
        try:
            return set(self.signature.bind(*args, **kwargs).arguments)
        except TypeError:
            return set(self._bind_by_signature(args, kwargs))

    def arguments(self, parameters: Mapping[str, Any]) -> Arguments:
        """How to call the function with `parameters`.

        Raises:
            SignatureMismatchError: There is a parameter that the function does not have.
        """
        if self._plain:
            return (), dict(parameters)
        self.check_names(parameters)
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for name, parameter in self.signature.parameters.items():
            if name not in parameters:
                continue
            if parameter.kind is parameter.VAR_POSITIONAL:
                args.extend(parameters[name])
            elif parameter.kind is parameter.VAR_KEYWORD:
                kwargs.update(parameters[name])
            elif parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[name] = parameters[name]
            else:
                args.append(parameters[name])
        return tuple(args), kwargs

    def is_default(self, name: str, value: Any) -> bool:
        """Whether `value` is the very object that the parameter has by default."""
        if self._plain:
            return name not in self._required and self._template[name] is value
        return name in self.signature.parameters and self.signature.parameters[name].default is value

    def check_names(self, parameters: Mapping[str, Any]) -> None:
        """Raise `SignatureMismatchError` if `parameters` has a name that the function does not have."""
        if unknown := [name for name in parameters if name not in self.names]:
            raise SignatureMismatchError(
                f"There is no parameter {', '.join(map(repr, unknown))}.",
                field=f"parameters.{unknown[0]}",
                hint=f"The function takes {', '.join(self.names) or 'none'}.",
            )


def _is_plain(fn: Callable[..., Any]) -> bool:
    """Whether `fn` has only parameters that can be given by name."""
    if not isinstance(fn, FunctionType) or hasattr(fn, "__wrapped__") or hasattr(fn, "__signature__"):
        return False
    return not fn.__code__.co_flags & _VARIADIC and not fn.__code__.co_posonlyargcount
