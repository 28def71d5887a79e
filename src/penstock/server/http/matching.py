"""From a method and a path to what answers it.

A path is split before it is decoded, so that a name with `%2F` stays one segment, and nothing is normalized:
`/variables/name/..%2Fhealth` is a variable of a strange name and not the health check.
"""

from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")


class _Node(Generic[T]):
    """What may follow after some segments of a path."""

    __slots__ = ("literal", "parameter", "target")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.target: tuple[T, tuple[str, ...]] | None = None


class Matcher(Generic[T]):
    """Finds the target of a request. A literal segment goes before a parameter."""

    def __init__(self) -> None:
        self._roots: dict[str, _Node[T]] = {}

    def add(self, method: str, path: str, target: T) -> None:
        """Let requests to `path`, in which `{name}` stands for any segment, be answered by `target`."""
        node = self._roots.setdefault(method, _Node())
        names = []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.literal.setdefault(segment, _Node())
        node.target = (target, tuple(names))

    def find(self, method: str, raw_path: str) -> tuple[T, dict[str, str]] | None:
        """The target and the values of its path parameters.

        Args:
            raw_path: As it came, percent-encoded. One slash at its end is ignored.

        A parameter that is not UTF-8 gets U+FFFD where it is not: nothing is found by such a name.
        """
        root = self._roots.get(method)
        if root is None:
            return None
        segments = raw_path.strip("/").split("/")
        found = _follow(root, segments, 0, ())
        if found is None:
            return None
        (target, names), values = found
        return target, {name: _decoded(value) for name, value in zip(names, values, strict=True)}

    def methods(self, raw_path: str) -> list[str]:
        """The methods that `raw_path` can be asked with."""
        segments = raw_path.strip("/").split("/")
        return [method for method, root in self._roots.items() if _follow(root, segments, 0, ())]


def _decoded(segment: str) -> str:
    return unquote(segment) if "%" in segment else segment


def _follow(
    node: _Node[T], segments: list[str], at: int, values: tuple[str, ...]
) -> tuple[tuple[T, tuple[str, ...]], tuple[str, ...]] | None:
    if at == len(segments):
        return (node.target, values) if node.target else None
    segment = segments[at]
    literal = node.literal.get(segment)
    if literal is not None and (found := _follow(literal, segments, at + 1, values)):
        return found
    if node.parameter is None or not segment:
        return None
    return _follow(node.parameter, segments, at + 1, (*values, segment))
