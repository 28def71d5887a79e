"""Where templates stand in a value, and the value with them filled in. Needs no template engine.

    "{{ event.payload.n }}"                                 a text that is a template
    {"__prefect_kind": "jinja", "template": "{{ … }}"}      the same, as the reference's pages write it
    {"__prefect_kind": "json", "value": "[1, 2]"}           a value as JSON text, which may be a template
    {"__prefect_kind": "none", "value": …}                  just the value
    {"__prefect_kind": "workspace_variable", "variable_name": "x"}   the variable's value

Below the keys that are `late`, a later pass in the worker fills `{{ penstock.variables.x }}`, `{{ $HOME }}`
and `{{ ctx.flow_run.name }}` (`domain.templates`). Those are kept as they are written, within a template
too. What an event brings along must not become one of them, or who may only send events could read secrets.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from penstock.domain.json_values import MAX_DEPTH, Json, Path
from penstock.domain.problems import join_path
from penstock.domain.templates import Placeholder, PlaceholderKind, parse_text, placeholders
from penstock.server.sandbox.problems import RenderError, TemplateProblem

KIND: Final = "__prefect_kind"
_OPENINGS = ("{{", "{%", "{#")
_RAW = "{{% raw %}}{}{{% endraw %}}"


class Slot(Struct, frozen=True):
    """One template of a value."""

    path: Path
    text: str
    """As it was written."""
    is_late: bool
    """Whether a later pass looks at what it becomes."""

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return join_path(self.path)

    @property
    def source(self) -> str:
        """What the engine gets: what is kept for a later pass is out of its sight."""
        if not self.is_late:
            return self.text
        pieces = parse_text(self.text)
        return "".join(_RAW.format(_text(piece)) if _is_kept(piece) else _text(piece) for piece in pieces)

    @property
    def kept(self) -> Counter[str]:
        """What it leaves to a later pass."""
        pieces = parse_text(self.text) if self.is_late else ()
        return Counter(_text(piece) for piece in pieces if _is_kept(piece))


def _is_kept(piece: str | Placeholder) -> bool:
    return isinstance(piece, Placeholder) and piece.kind is not PlaceholderKind.VARIABLE


def _text(piece: str | Placeholder) -> str:
    return piece if isinstance(piece, str) else piece.text


def is_template(text: str, *, is_late: bool = False) -> bool:
    """Whether there is anything in a text for the engine to do."""
    if not any(opening in text for opening in _OPENINGS):
        return False
    if not is_late:
        return True
    rest = "".join(_text(piece) for piece in parse_text(text) if not _is_kept(piece))
    return any(opening in rest for opening in _OPENINGS)


def slots(tree: Json, late: Collection[str] = ()) -> Iterator[Slot]:
    """Every template of a value, in the order in which they are written.

    Args:
        late: Keys of the outermost map below which a later pass has a look.
    """
    for path, text in _texts(tree, ()):
        is_late = bool(path) and path[0] in late
        if is_template(text, is_late=is_late):
            yield Slot(path, text, is_late)


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if len(path) > MAX_DEPTH:
        message = f"It is nested deeper than {MAX_DEPTH} levels."
        raise RenderError([TemplateProblem(join_path(path[:3]), message)])
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, dict):
        if value.get(KIND) == "jinja" and isinstance(value.get("template"), str):
            yield path, value["template"]
        elif value.get(KIND) != "workspace_variable":
            for key, item in value.items():
                yield from _texts(item, (*path, key))


def variables_named(tree: Json) -> frozenset[str]:
    """The variables that `workspace_variable` stands for in a value."""
    if isinstance(tree, list):
        return frozenset().union(*map(variables_named, tree))
    if not isinstance(tree, dict):
        return frozenset()
    if tree.get(KIND) == "workspace_variable":
        return frozenset([str(tree.get("variable_name"))])
    return frozenset().union(*map(variables_named, tree.values()))


def filled(tree: Json, values: dict[Path, Json], variables: dict[str, Json]) -> Json:
    """A copy of a value with what its templates became.

    Raises:
        RenderError: A `__prefect_kind` stands for nothing.
    """

    def fill(value: Json, path: Path) -> Json:
        if path in values:
            return values[path]
        if isinstance(value, list):
            return [fill(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            if KIND in value:
                return _of_kind(value, path, fill, variables)
            return {key: fill(item, (*path, key)) for key, item in value.items()}
        return value

    return fill(tree, ())


def _of_kind(
    value: dict[str, Any], path: Path, fill: Callable[[Json, Path], Json], variables: dict[str, Json]
) -> Json:
    match value[KIND]:
        case "none" | None:
            return fill(value.get("value"), (*path, "value"))
        case "json":
            return _json(fill(value.get("value"), (*path, "value")), path)
        case "jinja":
            return value.get("template")  # there was nothing in it to fill
        case "workspace_variable":
            return _variable(value.get("variable_name"), path, variables)
    message = f"{value[KIND]!r} is no kind of value."
    raise RenderError([TemplateProblem(join_path(path), message, hint="Kinds: none, json, jinja.")])


def _json(text: Json, path: Path) -> Json:
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RenderError([TemplateProblem(join_path(path), f"This is not JSON: {error}.")]) from None


def _variable(name: Json, path: Path, variables: dict[str, Json]) -> Json:
    if name not in variables:
        message = f"There is no variable {name!r}."
        raise RenderError([TemplateProblem(join_path(path), message, hint="Create it, or name another.")])
    return variables[name]


def smuggled(slot: Slot, value: Json) -> TemplateProblem | None:
    """What a late text became must have no more placeholders than were written there."""
    if not slot.is_late:
        return None
    found = Counter(use.placeholder.text for use in placeholders(value))
    if found <= slot.kept:
        return None
    message = "What was filled in brings a placeholder {{ … }} of its own along, which the worker would fill."
    return TemplateProblem(slot.place, message, hint="Send the event without it.")
