"""Which environment variables a flow's code reads, found in its syntax tree; nothing is imported or run."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from penstock.domain.environment_variables import ENV
from penstock.domain.names import nearest
from penstock.domain.problems import Problem, join_path

MAX_SOURCE: Final = 1_000_000
"""Longer sources, in characters, are not looked at."""

_FROM_THE_SYSTEM = frozenset(
    "CI HOME HOSTNAME LANG LANGUAGE LC_ALL LC_CTYPE LD_LIBRARY_PATH LOGNAME NO_COLOR PATH PWD PYTHONHASHSEED "
    "PYTHONPATH PYTHONUNBUFFERED SHELL TEMP TERM TMP TMPDIR TZ USER VIRTUAL_ENV XDG_CACHE_HOME "
    "XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR".split()
)
_OURS = ("PENSTOCK_", "PREFECT_")


class EnvironmentRead(NamedTuple):
    """One place that reads an environment variable."""

    name: str
    line: int
    has_default: bool
    """Whether the code goes on without it: a default was given, or it only asks whether it is there."""


def environment_reads(source: str) -> tuple[EnvironmentRead, ...]:
    """What Python source reads from the environment by a literal name, in the order of its lines.

    A name that the source itself sets is left out. Source that cannot be parsed reads nothing: this is for
    warnings, and what is wrong with the code is told by whoever loads it.
    """
    if len(source) > MAX_SOURCE:
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the parser thinks of the user's escapes is not ours to say
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    scan = _Scan(tree)
    reads = [read for read in scan.reads if read.name not in scan.assigned]
    return tuple(sorted(reads, key=lambda read: read.line))


class _Scan:
    """What one syntax tree does with the environment."""

    def __init__(self, tree: ast.Module) -> None:
        self._modules: set[str] = set()
        self._environs: set[str] = set()
        self._getenvs: set[str] = set()
        self.reads: list[EnvironmentRead] = []
        self.assigned: set[str] = set()
        nodes = [*ast.walk(tree)]
        for node in nodes:
            self._note_import(node)
        for node in nodes:
            self._note_use(node)

    def _note_import(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                self._modules |= {alias.asname or "os" for alias in names if alias.name == "os"}
            case ast.ImportFrom(module="os", level=0, names=names):
                self._environs |= {alias.asname or alias.name for alias in names if alias.name == "environ"}
                self._getenvs |= {alias.asname or alias.name for alias in names if alias.name == "getenv"}

    def _note_use(self, node: ast.AST) -> None:
        match node:
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                self._note_read(owner, name, node.lineno, has_default=False)
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                self._note_assignment(owner, name)
            case ast.Compare(
                left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn()], comparators=[owner]
            ):
                self._note_read(owner, name, node.lineno, has_default=True)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *rest], keywords=keywords):
                self._note_call(function, name, node.lineno, has_default=bool(rest or keywords))

    def _note_call(self, function: ast.expr, name: str, line: int, *, has_default: bool) -> None:
        match function:
            case ast.Attribute(value=owner, attr="get" | "pop"):
                self._note_read(owner, name, line, has_default=has_default)
            case ast.Attribute(value=owner, attr="setdefault"):
                self._note_assignment(owner, name)
            case ast.Attribute(value=ast.Name(id=module), attr="getenv") if module in self._modules:
                self.reads.append(EnvironmentRead(name, line, has_default))
            case ast.Name(id=called) if called in self._getenvs:
                self.reads.append(EnvironmentRead(name, line, has_default))

    def _note_read(self, owner: ast.expr, name: str, line: int, *, has_default: bool) -> None:
        if self._is_environ(owner):
            self.reads.append(EnvironmentRead(name, line, has_default))

    def _note_assignment(self, owner: ast.expr, name: str) -> None:
        if self._is_environ(owner):
            self.assigned.add(name)

    def _is_environ(self, expression: ast.expr) -> bool:
        match expression:
            case ast.Attribute(value=ast.Name(id=module), attr="environ"):
                return module in self._modules
            case ast.Name(id=name):
                return name in self._environs
        return False


def compare_environment(reads: Iterable[EnvironmentRead], names: Iterable[str]) -> Iterator[Problem]:
    """Warn of what the code reads and no layer sets; `names` are those that some layer sets.

    A name with a default is only told where a layer sets a near one that the code does not read: then one of
    the two is most likely misspelt. What an operating system or Penstock itself sets is not missed.
    """
    first_reads: dict[str, EnvironmentRead] = {}
    for read in reads:
        known = first_reads.get(read.name)
        if known is None or (known.has_default and not read.has_default):
            first_reads[read.name] = read
    is_set = set(names)
    unread = is_set - first_reads.keys()
    for read in first_reads.values():
        if read.name in is_set or read.name in _FROM_THE_SYSTEM or read.name.startswith(_OURS):
            continue
        meant = nearest(read.name, unread)
        if meant or not read.has_default:
            yield _not_set(read, meant)


def _not_set(read: EnvironmentRead, meant: str | None) -> Problem:
    hint = f"{meant!r} is set and not read: is one of them misspelt?" if meant else f"Set env.{read.name}."
    message = f"the flow reads it on line {read.line}, and no layer sets it."
    return Problem(join_path((ENV, read.name)), "environment-not-set", message, hint=hint)
