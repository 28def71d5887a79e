"""Marks that users put around an argument to say how it is to be treated."""

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Annotation(Generic[T]):
    """A value, and by the class what is meant by it."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def unwrap(self) -> T:
        """The value itself."""
        return self.value

    def rewrap(self, value: Any) -> "Annotation[Any]":
        """The same mark around another value."""
        return type(self)(value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class unmapped(Annotation[T]):  # noqa: N801 - a mark, written like a function around an argument
    """The same value for each call of a `map`, even if it could be iterated over."""

    __slots__ = ()


class allow_failure(Annotation[T]):  # noqa: N801
    """Run although what this argument depends on failed; the task gets the exception as its value."""

    __slots__ = ()


class quote(Annotation[T]):  # noqa: N801
    """Not searched for futures and states; the task gets the value as it is. Saves time on big values."""

    __slots__ = ()


class opaque(Annotation[T]):  # noqa: N801
    """Passed on as it is, like `quote`."""

    __slots__ = ()


class NotSet:
    """Stands, itself or as an instance, where an option was not given and None would be a value."""
