"""The template language: what of Jinja is left. Only this package's child process runs templates.

Templates see plain data and nothing else. What they may call, and which attributes things have, is a list of
what is allowed. Whatever grows is bounded by what the child process may take in memory, time and output.
"""

import html
import re
from collections.abc import Callable
from math import isfinite
from typing import Any, ClassVar, Final

import msgspec
from jinja2 import Environment, StrictUndefined, Undefined, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from jinja2.visitor import NodeTransformer

from penstock.domain.events import ID, NAME, ROLE
from penstock.domain.json_values import Path, as_text, type_name
from penstock.domain.problems import join_path
from penstock.server.sandbox.problems import nearest
from penstock.server.sandbox.resource_pages import FILTERS_OF_RESOURCES

MAX_RANGE: Final = 100
"""The longest `range`, as in the reference."""
_MOST_CHARACTERS = 65_536
_MOST_BITS = 1_024
_INTEGERS = range(-(2**63), 2**64)

_TEXT_METHODS = frozenset(
    """capitalize casefold count endswith find isalnum isalpha isascii isdecimal isdigit islower isnumeric
    isspace istitle isupper lower lstrip partition removeprefix removesuffix replace rfind rpartition rsplit
    rstrip split splitlines startswith strip swapcase title upper""".split()
)
_LIST_METHODS = frozenset(("count", "index"))
_LOOP = frozenset(
    "changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0".split()
)
_ATTRIBUTES: dict[type, frozenset[str]] = {
    str: _TEXT_METHODS,
    list: _LIST_METHODS,
    tuple: _LIST_METHODS,
    dict: frozenset(("get", "items", "keys", "values")),
    LoopContext: _LOOP,
    Cycler: frozenset(("current", "next", "reset")),
    Macro: frozenset(("name", "arguments")),
}
_LABELS = {"id": ID, "name": NAME, "role": ROLE}
"""What a resource may be asked for by a short name."""

_KEPT_FILTERS = """abs batch capitalize center count d default dictsort filesizeformat first float groupby
    indent int items join last length list lower map max min reject rejectattr replace reverse round select
    selectattr slice sort string striptags sum title trim truncate unique upper urlencode wordcount
    wordwrap""".split()
_DIRECTIVE = re.compile(r"%(?:\(\w*\))?[-+ #0]*(\*|\d*)(?:\.(\*|\d*))?")


class Missing(StrictUndefined):
    """What is not there. Whoever uses it is told its name, and that of what it is not in."""

    __slots__ = ()
    context: ClassVar[dict[str, Any]] = {}
    """What the template that runs has: in this process there is one at a time."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name, owner = self._undefined_name, self._undefined_obj
        place = place_of(owner, self.context)
        if isinstance(owner, dict):
            meant = nearest(str(name), [str(key) for key in owner])
            return f"{_quoted(place) or 'it'} has no {name!r}.{f' {meant}' if meant else ''}"
        if type(owner) in (str, int, float, bool, list, tuple, type(None)):
            return f"{_quoted(place) or type_name(owner)} has no {name!r}."
        meant = nearest(str(name), [each for each in self.context if not each.startswith("$")])
        return f"there is no {name!r} here.{f' {meant}' if meant else ''}"

    def refuse(self) -> None:
        """Raise `UndefinedError`, which says what is not there."""
        self._fail_with_undefined_error()


def _quoted(place: str | None) -> str | None:
    return f"'{place}'" if place else None


_LOOKED_AT = 20_000


def place_of(wanted: Any, context: dict[str, Any]) -> str | None:
    """Where a map or list stands in the context: `event.payload`."""
    if not isinstance(wanted, (dict, list)):
        return None
    pending: list[tuple[Any, Path]] = [(value, (name,)) for name, value in context.items()]
    for _ in range(_LOOKED_AT):
        if not pending:
            break
        value, path = pending.pop()
        if value is wanted:
            return join_path(path)
        if isinstance(value, dict):
            pending += [(item, (*path, key)) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [(item, (*path, index)) for index, item in enumerate(value)]
    return None


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with lists of what may be used."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a map, or what the lists allow."""
        if isinstance(obj, Missing):
            obj.refuse()
        if isinstance(obj, dict):
            if attribute in obj:
                return obj[attribute]
            if ID in obj and _LABELS.get(attribute) in obj:
                return obj[_LABELS[attribute]]
        if isinstance(obj, Namespace) and not attribute.startswith("_"):
            return self._of_namespace(obj, attribute)
        if attribute in _ATTRIBUTES.get(type(obj), ()):
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A key of a map, or an index of a list or a text."""
        if isinstance(obj, Undefined):
            return obj[argument]
        if isinstance(obj, dict) and isinstance(argument, str) and argument not in obj:
            return self.getattr(obj, argument) if ID in obj else self.undefined(obj=obj, name=argument)
        if isinstance(obj, (dict, list, tuple, str)):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                return self.undefined(obj=obj, name=argument)
        return self.undefined(obj=obj, name=argument)

    def _of_namespace(self, namespace: Namespace, attribute: str) -> Any:
        try:
            return getattr(namespace, attribute)
        except AttributeError:
            return self.undefined(obj=namespace, name=attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - it is called with one
        """Whether the lists allow it."""
        return attr in _ATTRIBUTES.get(type(obj), ())

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether it is one of the things that may be called."""
        if isinstance(obj, (Cycler, Joiner, Macro)) or obj in self.globals.values():
            return True
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        return name in _ATTRIBUTES.get(type(owner), ())

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Do arithmetic that does not run away."""
        if operator == "%" and isinstance(left, str):
            return formatted(left, *(right if isinstance(right, tuple) else (right,)))
        if operator == "*":
            _check_product(left, right)
        if operator == "**":
            _check_power(left, right)
        return super().call_binop(context, operator, left, right)


def _check_product(left: Any, right: Any) -> None:
    for one, times in ((left, right), (right, left)):
        if isinstance(one, (str, list, tuple)) and isinstance(times, int):
            if len(one) * times > _MOST_CHARACTERS:
                message = f"this text or list would have more than {_MOST_CHARACTERS} parts."
                raise SecurityError(message)
            return
    if (
        isinstance(left, int)
        and isinstance(right, int)
        and left.bit_length() + right.bit_length() > _MOST_BITS
    ):
        message = f"this number would have more than {_MOST_BITS} bits."
        raise SecurityError(message)


def _check_power(base: Any, exponent: Any) -> None:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > _MOST_BITS:
        message = f"this number would have more than {_MOST_BITS} bits."
        raise SecurityError(message)


def formatted(pattern: Any, *arguments: Any, **named: Any) -> str:
    """`"%.2f" | format(x)`, without widths that fill the memory."""
    for width, precision in _DIRECTIVE.findall(str(pattern)):
        if "*" in (width, precision) or max(len(width), len(precision)) > 3:
            message = "a width or precision has at most three digits."
            raise SecurityError(message)
    return str(pattern) % (named or arguments)


def shown(value: Any) -> str:
    """A value as a part of longer text: text as it is, null as nothing, all else as JSON."""
    if isinstance(value, Missing):
        value.refuse()
    return as_text(plain(value))


def plain(value: Any, depth: int = 0) -> Any:
    """A value as plain JSON types. Raises `TypeError` for what is none, and `UndefinedError`."""
    if isinstance(value, Missing):
        value.refuse()
    if value is None or type(value) in (bool, str):
        return value
    if type(value) in (int, float):
        return _checked_number(value)
    if isinstance(value, str):
        return str.__str__(value)
    if depth > 64:
        message = "it is nested deeper than 64 levels."
        raise TypeError(message)
    if isinstance(value, dict):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if callable(value):
        message = "this is something to be called, and no value. Put () after it."
        raise TypeError(message)
    if hasattr(value, "__iter__"):
        message = "this is a sequence that is made step by step. Put | list after it."
        raise TypeError(message)
    message = f"{type(value).__name__} is no value that JSON has."
    raise TypeError(message)


def _checked_number(value: float) -> float:
    if type(value) is float and not isfinite(value):
        message = f"{value} is no number that JSON has."
        raise TypeError(message)
    if type(value) is int and value not in _INTEGERS:
        message = "this number has more than 64 bits."
        raise TypeError(message)
    return value


def _key(key: Any) -> str:
    if type(key) is str:
        return key
    message = "the keys of a map are texts."
    raise TypeError(message)


def bounded_range(*arguments: int) -> range:
    """`range`, of at most `MAX_RANGE` numbers."""
    numbers = range(*arguments)
    if len(numbers[: MAX_RANGE + 1]) > MAX_RANGE:
        message = f"range has at most {MAX_RANGE} numbers here."
        raise SecurityError(message)
    return numbers


def _to_json(value: Any, indent: int | None = None) -> str:
    text = msgspec.json.encode(plain(value))
    return (msgspec.json.format(text, indent=min(indent, 8)) if indent else text).decode()


class _Joins(NodeTransformer):
    """Lets `~` make text of values in the way that templates do."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the library calls it by this name
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(parts, "_joined", [], [], None, None, lineno=node.lineno)


def parsed(environment: Environment, text: str) -> nodes.Template:
    """The template as a tree. Raises `TemplateSyntaxError`, `RecursionError`."""
    tree: nodes.Template = _Joins().visit(environment.parse(text))
    tree.set_environment(environment)
    return tree


def sandbox() -> Sandbox:
    """The language of templates."""
    made = Sandbox(
        undefined=Missing,
        finalize=shown,
        autoescape=False,
        optimized=False,
        keep_trailing_newline=True,
        cache_size=0,
    )
    made.globals = {
        "cycler": Cycler,
        "dict": dict,
        "joiner": Joiner,
        "namespace": Namespace,
        "range": bounded_range,
    }
    filters: dict[str, Callable[..., Any]] = {name: FILTERS[name] for name in _KEPT_FILTERS}
    filters |= dict.fromkeys(("e", "escape", "forceescape"), lambda value: html.escape(shown(value)))
    filters |= {"format": formatted, "safe": shown, "tojson": _to_json, **FILTERS_OF_RESOURCES}
    filters["_joined"] = lambda values: "".join(map(shown, values))
    made.filters = filters
    return made


__all__ = ["MAX_RANGE", "Missing", "Sandbox", "SecurityError", "UndefinedError", "parsed", "plain", "sandbox"]
