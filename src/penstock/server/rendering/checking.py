"""Templates are checked when they are saved: nobody should learn at night that a filter was misspelt.

A check reads a template and never runs it, so it needs no process of its own. The engine is loaded when there
is first something to check.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from penstock.domain.json_values import Json
from penstock.server.rendering.trees import slots
from penstock.server.sandbox.names import AUTOMATION_NAMES, Names
from penstock.server.sandbox.problems import TemplateProblem

if TYPE_CHECKING:
    from penstock.server.sandbox.syntax import Study


def check_template(text: str, *, names: Names = AUTOMATION_NAMES) -> TemplateProblem | None:
    """What is first wrong with one template, or None."""
    return next(iter(check_tree(text, names=names)), None)


def check_tree(
    tree: Json, *, late: Collection[str] = (), names: Names = AUTOMATION_NAMES
) -> list[TemplateProblem]:
    """Everything that is wrong with the templates of a value.

    Args:
        late: Keys of the outermost map below which the worker fills placeholders: see `trees`.
        names: What they may name.

    Raises:
        RenderError: The value is nested too deeply.
    """
    return [problem for slot in slots(tree, late) for problem in _check(slot.source, slot.place, names)]


def names_in(tree: Json, *, late: Collection[str] = ()) -> frozenset[str]:
    """What the templates of a value may take from their context: nothing else needs to be loaded.

    Names that a template makes for itself can be among them.
    """
    found = (_studied(slot.source).names for slot in slots(tree, late))
    return frozenset().union(*found)


def _check(text: str, path: str, names: Names) -> Iterator[TemplateProblem]:
    found = _studied(text)
    for problem in (*found.problems, *_syntax().misnamed(found, names)):
        yield TemplateProblem(path, problem.message, problem.line, problem.hint)


@lru_cache(maxsize=128)
def _studied(text: str) -> "Study":
    return _syntax().study(text)  # type: ignore[no-any-return]


def _syntax() -> Any:
    from penstock.server.sandbox import syntax

    return syntax
