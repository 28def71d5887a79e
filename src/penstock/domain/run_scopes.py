"""What the tokens of a pool's runs may write that is nobody's own.

A run always reaches its own tree. What it shares with all others, such as variables, is another matter: the
pool says how much of that its runs may write, in `run_tokens.may` of its base job template.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias, get_args

RunScope: TypeAlias = Literal["variables", "blocks"]

RUN_SCOPES: Final[tuple[RunScope, ...]] = get_args(RunScope)
USUAL: Final[tuple[RunScope, ...]] = ("variables",)
"""Where a pool says nothing. A block may hold credentials that others work with, a variable should not."""
SETTING: Final = "run_tokens.may"
"""Where a pool says it, within its base job template."""


def read_scopes(said: Any) -> tuple[RunScope, ...] | None:
    """What `run_tokens` of a template says. None where jobs have the credential of their worker instead."""
    if said is False:
        return None
    return tuple(said["may"]) if isinstance(said, dict) and "may" in said else USUAL


def fault_of_scopes(said: Any) -> str | None:
    """What is wrong with `run_tokens` of a template, if anything."""
    if said is None or isinstance(said, bool):
        return None
    may = said.get("may", []) if isinstance(said, dict) else None
    if not isinstance(may, list) or set(said) - {"may"}:
        return 'must be true, false, or an object with `may`: {"may": ["variables"]}.'
    if unknown := [scope for scope in may if scope not in RUN_SCOPES]:
        return f"`may` knows {_listed(RUN_SCOPES)}, not {unknown[0]!r}."
    return None


def in_words(scopes: Iterable[str]) -> str:
    """What a token may, for people."""
    named = [scope for scope in RUN_SCOPES if scope in set(scopes)]
    beside = f", and write {_listed(named)}" if named else ""
    return f"may move its own run and what that starts{beside}"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)
