"""Environment variables of a job: which names and values are possible, how values become text at launch."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from penstock.domain.json_values import Json, as_text, type_name
from penstock.domain.problems import Problem, join_path

ENV: Final = "env"
"""The job variable that holds the environment, in every type of pool."""

MAX_ENTRY_BYTES: Final = 128 * 1024 - 1
"""How long `NAME=value` may be in UTF-8: Linux starts no process with a longer one."""

_ORDINARY_NAME = re.compile(r"(?!PENSTOCK__|PREFECT__)[A-Za-z_][A-Za-z0-9_]*+")
_RESERVED = re.compile(r"(?:PENSTOCK|PREFECT)__(?!RUNTIME__)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURELY_SHORT = MAX_ENTRY_BYTES // 8
"""Text of so many characters, with a name of ordinary length, need not be measured."""


def launch_text(value: Json) -> str:
    """A value in the environment: text as it is, 42 → `42`, True → `true`, a list or map → its JSON."""
    return value if isinstance(value, str) else as_text(value)


def check_environment(env: Mapping[str, Json], layer: str | None) -> Iterator[Problem]:
    """Problems of the names and values that one layer gives."""
    for name, value in env.items():
        if not (_ORDINARY_NAME.fullmatch(name) and len(name) < _SURELY_SHORT):
            yield from _name_problems(name, value, layer)
        if not (isinstance(value, str) and len(value) < _SURELY_SHORT):
            yield from _length_problems(name, value, layer)


def _name_problems(name: str, value: Json, layer: str | None) -> Iterator[Problem]:
    fault, hint = _name_fault(name)
    if fault:
        path = join_path((ENV, name))
        yield Problem(path, "environment-name", fault, layer, type_name(value), hint)


def _name_fault(name: str) -> tuple[str | None, str | None]:
    if not name.strip():
        return "an environment variable needs a name.", None
    if "=" in name:
        return "the name of an environment variable cannot have '='.", f"Write {name.split('=')[0]!r}."
    if _CONTROL.search(name):
        return "the name of an environment variable cannot have control characters.", None
    if name != name.strip():
        return "the name has spaces around it, so nothing would find it.", f"Write {name.strip()!r}."
    if _RESERVED.match(name):
        return "is set by the worker, to tell a run which run it is.", "Choose another name."
    return None, None


def _length_problems(name: str, value: Json, layer: str | None) -> Iterator[Problem]:
    size = len(name.encode()) + 1 + len(launch_text(value).encode())
    if size > MAX_ENTRY_BYTES:
        yield Problem(
            path=join_path((ENV, name)),
            rule="environment-size",
            message=f"makes {size:,} bytes; no process starts with more than {MAX_ENTRY_BYTES:,} in one.",
            layer=layer,
            value_type=type_name(value),
            hint="Put it in a file or a block, and pass where to find it.",
        )
