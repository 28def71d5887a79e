"""YAML that people write: read safely, with the place of everything in it.

The data is built from the parser's events and not by a YAML constructor, so that nesting, size and the
expansion of aliases are bounded before anything is built, no tag can make an object, a key given twice is an
error, and every value can be traced to the line on which it is written.
"""

import re
from collections.abc import Iterator
from math import isfinite
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import yaml

from penstock.domain.errors import InvalidInput, NotFound, TooLarge
from penstock.domain.json_values import MAX_DEPTH, MAX_VALUES, Json, Path

MAX_BYTES = 1024 * 1024
"""Larger files are refused unread."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null")}
_SURPRISES = re.compile(r"(?i:yes|no|on|off)|[-+]?\d+(:[0-5]?\d)+|[-+]?0[0-7_]+")
_NUMBERS_ELSEWHERE = re.compile(r"[-+]?\d+[eE][-+]?\d+|0o[0-7]+")
_MERGE = "<<"


class Position(NamedTuple):
    """A place in a file; both count from one."""

    line: int
    column: int


class YamlInvalid(InvalidInput):
    """A file that is not YAML, or not such as is accepted here; the message has file, line and column."""

    code = "yaml-invalid"

    def __init__(
        self, problem: str, file: FilePath, position: Position | None = None, *, hint: str | None = None
    ) -> None:
        place = f"{file}:{position.line}:{position.column}" if position else str(file)
        super().__init__(f"{place}: {problem}.", hint=hint)
        self.position = position


class YamlMapping(dict[str, Any]):
    """A map that knows where its keys are written."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, Position] = {}


class YamlSequence(list[Any]):
    """A list that knows where its items are written."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Position] = []


class Surprise(NamedTuple):
    """A plain scalar that YAML 1.1 reads as something that its author may not have meant."""

    position: Position
    written: str
    value: Json
    key: str | None = None
    """The key that it is the value of."""


class Document(NamedTuple):
    """What a file says."""

    file: FilePath
    data: Json
    """Maps are `YamlMapping`s and lists `YamlSequence`s; aliases share what they name: do not change it."""
    surprises: tuple[Surprise, ...]

    def position(self, path: Path) -> Position | None:
        """Where the value at `path`, or else the nearest thing around it, is written."""
        found, value = None, self.data
        for step in path:
            try:
                found = value.marks[step]
                value = value[step]
            except (AttributeError, LookupError, TypeError):
                break
        return found


class _Node(NamedTuple):
    """A value under construction with what its aliases cost."""

    value: Json
    position: Position
    values: int
    depth: int


def read_yaml(file: FilePath) -> Document:
    """Read a file with one YAML document.

    Dates stay text, keys are always text, and numbers must be finite, so that all of it is JSON.

    Raises:
        NotFound: There is no such file.
        TooLarge: More than `MAX_BYTES`, or than `MAX_VALUES` values once aliases are expanded, or nested
            deeper than `MAX_DEPTH` levels.
        YamlInvalid: Anything else that is wrong, with line and column.
    """
    return parse_yaml(_read_text(file), file)


def parse_yaml(text: str, file: FilePath) -> Document:
    """`read_yaml` for a text; `file` is what messages call it."""
    reader = _Reader(text, file)
    try:
        data = reader.read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else None
        hint = "YAML indents by spaces, not tabs." if _is_tab(text, position) else None
        raise YamlInvalid(error.problem or "is not YAML", file, position, hint=hint) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlInvalid(str(error).splitlines()[0], file) from None
    return Document(file, data, tuple(reader.surprises))


def _read_text(file: FilePath) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.") from None
    except OSError as error:
        raise YamlInvalid(f"cannot be read: {error.strerror}", file) from None
    if len(content) > MAX_BYTES:
        raise TooLarge(f"{file} has more than {MAX_BYTES:,} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise YamlInvalid("is not UTF-8 text", file, position) from None


def _is_tab(text: str, position: Position | None) -> bool:
    lines = text.splitlines()
    return position is not None and position.line <= len(lines) and "\t" in lines[position.line - 1]


class _Reader:
    """Builds the data of one document from the parser's events."""

    def __init__(self, text: str, file: FilePath) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._scalars: Any = yaml.SafeLoader("")
        self._file = file
        self._anchors: dict[str, _Node] = {}
        self._values = 0
        self.surprises: list[Surprise] = []

    def read(self) -> Json:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._node(next(self._events), 0).value
        next(self._events)  # the end of the document
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._error("has more than one document", following)
        return value

    def _node(self, event: Any, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise TooLarge(f"{self._file}:{_place(event).line} is nested deeper than {MAX_DEPTH} levels.")
        if isinstance(event, yaml.AliasEvent):
            node = self._alias(event, depth)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._scalar(event)
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = node
        return node

    def _count(self, values: int, event: Any) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            place = f"{self._file}:{_place(event).line}"
            raise TooLarge(f"{place}: with its aliases expanded it has more than {MAX_VALUES:,} values.")

    def _alias(self, event: Any, depth: int) -> _Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise self._error(f"*{event.anchor} refers to nothing before it, or to itself", event)
        if depth + node.depth > MAX_DEPTH:
            raise TooLarge(f"{self._file}:{_place(event).line} is nested deeper than {MAX_DEPTH} levels.")
        self._count(node.values, event)
        return node

    def _sequence(self, event: Any, depth: int) -> _Node:
        self._check_collection_tag(event, "seq")
        items, nodes = YamlSequence(), []
        while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
            self._count(1, following)
            nodes.append(self._node(following, depth + 1))
            items.append(nodes[-1].value)
            items.marks.append(_place(following))
        return self._collection(items, nodes, event)

    def _mapping(self, event: Any, depth: int) -> _Node:
        self._check_collection_tag(event, "map")
        own, nodes = YamlMapping(), []
        merged: list[YamlMapping] = []
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            self._count(1, key)
            name, is_merge = self._key(key, own)
            node = self._node(following := next(self._events), depth + 1)
            nodes.append(node)
            own.marks[name] = _place(key)
            self._name_surprise(name, following)
            if is_merge:
                merged += self._mergeable(node.value, following)
            else:
                own[name] = node.value
        return self._collection(_merge(own, merged), nodes, event)

    def _name_surprise(self, key: str, event: Any) -> None:
        if self.surprises and self.surprises[-1].position == _place(event):
            self.surprises[-1] = self.surprises[-1]._replace(key=key)

    def _collection(self, value: Json, nodes: list[_Node], event: Any) -> _Node:
        values = len(value) + sum(node.values for node in nodes)
        return _Node(value, _place(event), values, 1 + max((node.depth for node in nodes), default=0))

    def _key(self, event: Any, own: YamlMapping) -> tuple[str, bool]:
        """A key as it is written, whatever YAML would make of it: `on`, `1` and `null` are names too."""
        if isinstance(event, yaml.AliasEvent):
            key = self._alias(event, 0).value
        elif isinstance(event, yaml.ScalarEvent):
            key = event.value
        else:
            key = None
        if not isinstance(key, str):
            raise self._error("a key must be text", event, "Write placeholders in quotes: '{{ … }}'.")
        if key in own.marks:
            line = own.marks[key].line
            raise self._error(f"the key {key[:80]!r} is given twice, first on line {line}", event)
        is_plain = isinstance(event, yaml.ScalarEvent) and bool(event.implicit[0])
        if event.anchor and isinstance(event, yaml.ScalarEvent):
            self._anchors[event.anchor] = _Node(key, _place(event), 0, 0)
        return key, key == _MERGE and is_plain

    def _mergeable(self, value: Json, event: Any) -> list[YamlMapping]:
        maps = value if isinstance(value, YamlSequence) else [value]
        if not all(isinstance(item, YamlMapping) for item in maps):
            raise self._error("<< takes a map or a list of maps", event)
        return list(maps)

    def _check_collection_tag(self, event: Any, name: str) -> None:
        if event.tag not in (None, "!", _TAG + name):
            raise self._error(f"the tag {event.tag[:80]} is not allowed", event)

    def _scalar(self, event: Any) -> _Node:
        tag = event.tag
        if tag in (None, "!"):
            tag = self._scalars.resolve(yaml.ScalarNode, event.value, event.implicit)
            tag = tag if tag in _SCALAR_TAGS else f"{_TAG}str"
        if tag not in _SCALAR_TAGS:
            raise self._error(f"the tag {tag[:80]} is not allowed", event)
        value = self._construct(tag, event)
        pattern = _NUMBERS_ELSEWHERE if isinstance(value, str) else _SURPRISES
        if event.implicit[0] and pattern.fullmatch(event.value):
            self.surprises.append(Surprise(_place(event), event.value, value))
        return _Node(value, _place(event), 0, 0)

    def _construct(self, tag: str, event: Any) -> Json:
        node = yaml.ScalarNode(tag, event.value)
        try:
            value = self._scalars.construct_object(node)
        except (ValueError, LookupError):
            kind = tag.removeprefix(_TAG)
            raise self._error(f"{event.value[:80]!r} is not a valid {kind}", event) from None
        if isinstance(value, float) and not isfinite(value):
            raise self._error("a number must be finite", event)
        return value

    def _error(self, problem: str, event: Any, hint: str | None = None) -> YamlInvalid:
        return YamlInvalid(problem, self._file, _place(event), hint=hint)


def _place(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _merge(own: YamlMapping, merged: list[YamlMapping]) -> YamlMapping:
    """A map with the keys that `<<` brings under its own, earlier maps over later ones."""
    if not merged:
        return own
    result = YamlMapping()
    for layer in [*reversed(merged), own]:
        result.update(layer)
        result.marks.update(layer.marks)
    result.marks.pop(_MERGE, None)
    return result
