"""What a template says, without running it: what is wrong with it and which names it uses."""

from collections.abc import Iterator
from typing import Any, Final

from jinja2 import TemplateSyntaxError, nodes
from msgspec import Struct

from penstock.server.sandbox.language import parsed, sandbox
from penstock.server.sandbox.names import Names
from penstock.server.sandbox.problems import TemplateProblem, nearest

SANDBOX: Final = sandbox()
MAX_LOOPS: Final = 10
MAX_NESTED_LOOPS: Final = 2
MAX_CHARACTERS: Final = 65_536
"""Of one template."""
_LANGUAGE = frozenset(("caller", "kwargs", "loop", "self", "varargs"))
_FOREIGN = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.Block)


class Study(Struct, frozen=True):
    """A template that was read."""

    tree: nodes.Template | None
    """None where it could not be parsed."""
    problems: tuple[TemplateProblem, ...] = ()
    names: frozenset[str] = frozenset()
    """What it may take from its context; names of its own can be among them."""

    @property
    def expression(self) -> nodes.Expr | None:
        """What it is, where it is one expression and nothing else, so that its value keeps its type."""
        match self.tree:
            case nodes.Template(body=[nodes.Output(nodes=[node])]) if not isinstance(
                node, nodes.TemplateData
            ):
                return node
        return None


def study(text: str) -> Study:
    """Read a template; what is wrong with it whatever its context is, is in the answer."""
    if len(text) > MAX_CHARACTERS:
        return _broken(f"A template has at most {MAX_CHARACTERS} characters.")
    try:
        tree = parsed(SANDBOX, text)
    except TemplateSyntaxError as error:
        return _broken(_sentence(error.message or "it cannot be read"), error.lineno)
    except RecursionError:
        return _broken("It is nested too deeply.", hint="Make it flatter.")
    problems = [*_unknown(tree), *_loops(tree), *_foreign(tree)]
    return Study(tree, tuple(problems), _loaded(tree))


def _broken(message: str, line: int = 1, hint: str | None = None) -> Study:
    return Study(None, (TemplateProblem("", message, line, hint),))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _unknown(tree: nodes.Template) -> Iterator[TemplateProblem]:
    """Filters and tests that there aren't."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        word, known = (
            ("filter", SANDBOX.filters) if isinstance(node, nodes.Filter) else ("test", SANDBOX.tests)
        )
        name: str = node.name
        if name not in known:
            names = sorted(other for other in known if not other.startswith("_"))
            hint = nearest(name, names) or f"There are: {', '.join(names)}."
            yield TemplateProblem("", f"There is no {word} {name!r}.", node.lineno, hint)


def _loops(tree: nodes.Template) -> Iterator[TemplateProblem]:
    loops = list(tree.find_all(nodes.For))
    if len(loops) > MAX_LOOPS:
        yield TemplateProblem("", f"A template has at most {MAX_LOOPS} loops, and this one has {len(loops)}.")
    for loop in loops:
        if loop.recursive:
            yield TemplateProblem("", "A loop may not be recursive.", loop.lineno)
    if (deepest := max(map(_depth, loops), default=0)) > MAX_NESTED_LOOPS:
        message = f"Loops are nested at most {MAX_NESTED_LOOPS} deep, and here {deepest}."
        yield TemplateProblem("", message)


def _depth(loop: nodes.For) -> int:
    return 1 + max(map(_depth, loop.find_all(nodes.For)), default=0)


def _foreign(tree: nodes.Template) -> Iterator[TemplateProblem]:
    for node in tree.find_all(_FOREIGN):
        message = f"{type(node).__name__.lower()} is not there: a template has no other templates."
        yield TemplateProblem("", message, node.lineno)


def _loaded(tree: nodes.Template) -> frozenset[str]:
    # A name may be the template's own in one place and the context's in another: better one too many.
    loaded = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    return frozenset(loaded - _LANGUAGE - SANDBOX.globals.keys())


def free_names(tree: nodes.Template) -> Iterator[nodes.Name]:
    """Where names are used that the template does not make itself."""
    named = list(tree.find_all(nodes.Name))
    own = {node.name for node in named if node.ctx != "load"}
    own |= {node.name for node in tree.find_all(nodes.Macro)}
    own |= _LANGUAGE | SANDBOX.globals.keys()
    return (node for node in named if node.ctx == "load" and node.name not in own)


def misnamed(found: Study, names: Names) -> Iterator[TemplateProblem]:
    """Names that there are not, and attributes that what is there never has."""
    if found.tree is None:
        return
    free = list(free_names(found.tree))
    for node in free:
        if node.name not in names:
            hint = nearest(node.name, list(names)) or f"There are: {', '.join(names)}."
            yield TemplateProblem("", f"There is no {node.name!r} here.", node.lineno, hint)
    free_ids = set(map(id, free))
    place: Any
    for place in found.tree.find_all((nodes.Getattr, nodes.Getitem)):
        owner = place.node
        if isinstance(owner, nodes.Name) and id(owner) in free_ids and (attributes := names.get(owner.name)):
            yield from _unlike(place, attributes)


def _unlike(place: Any, attributes: frozenset[str]) -> Iterator[TemplateProblem]:
    name = place.attr if isinstance(place, nodes.Getattr) else getattr(place.arg, "value", None)
    if isinstance(name, str) and name not in attributes:
        hint = nearest(name, list(attributes)) or f"There are: {', '.join(sorted(attributes))}."
        yield TemplateProblem("", f"{place.node.name!r} has no {name!r}.", place.lineno, hint)
