"""Job variables as people type them: `--job-variable KEY=VALUE`, JSON objects, lines of an `.env` file.

How the VALUE of `KEY=VALUE` is read:

1. `env.NAME=VALUE` is text, exactly as typed: `env.PORT=0042` is `0042`. So is a name that a pool with
   `x-undeclared: to-env` does not declare.
2. Anything else is read as JSON where it is JSON, and as text where it is not.
3. Where it could be both, the variable's schema decides: the reading that breaks fewer of its rules wins.
   So `name=42` is text for a string, `cpu=42` a number for a number, and `name=null` null where that may be.

An argument that starts with `{` is a JSON object of variables, whatever `=` it holds. Several arguments come
together in their order: maps are merged, and anything else is replaced by the later one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn

from penstock.domain.environment_variables import ENV
from penstock.domain.job_variable_layers import nest
from penstock.domain.json_schema import Schema, SchemaInvalid, compile_schema
from penstock.domain.json_values import Json, survey
from penstock.domain.problems import Problem, join_path, shown
from penstock.domain.templates import MISSING

_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_LINE = re.compile(r"(?:export\s+)?(?P<name>[^=]*)=(?P<value>.*)", re.DOTALL)
_SINGLE_QUOTED = re.compile(r"'(?P<text>[^']*)'\s*(?:#.*)?")
_DOUBLE_QUOTED = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"\s*(?:#.*)?')


class JobVariableInput(NamedTuple):
    """What was typed, as one nested layer, and what is wrong or doubtful about it."""

    variables: dict[str, Json]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


class _Refused(Exception):
    """Why an argument cannot be used, and the fix."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parse_job_variables(arguments: Sequence[str], schema: Json = None) -> JobVariableInput:
    """Read the arguments of `--job-variable`, in their order.

    Args:
        arguments: `KEY=VALUE`, or JSON objects.
        schema: The `variables` of the pool's base job template, where it is known.
    """
    reader = _ValueReader(schema)
    variables: dict[str, Json] = {}
    errors: list[Problem] = []
    for argument in arguments:
        try:
            given = _parse_argument(argument, reader)
        except _Refused as refused:
            errors.append(Problem("", "job-variable", refused.message, hint=refused.hint))
            continue
        nested = nest(given, None, reader.declared)
        errors += nested.problems
        _merge_into(variables, nested.variables)
    return JobVariableInput(variables, tuple(errors), tuple(reader.warnings))


def _parse_argument(argument: str, reader: "_ValueReader") -> dict[str, Json]:
    if argument.lstrip().startswith("{"):
        return _parse_object(argument)
    name, equals, text = argument.partition("=")
    name = name.strip()
    if not equals:
        raise _Refused(f"{shown(argument)} has no '='.", f"Write {shown(name or 'KEY')}=VALUE.")
    if not name:
        raise _Refused(f"{shown(argument)} has no name before '='.", "Write KEY=VALUE.")
    return {name: reader.read(name, text)}


def _parse_object(argument: str) -> dict[str, Json]:
    try:
        given = _load(argument)
    except (ValueError, RecursionError) as error:
        # The reason names a place and never repeats the text, which may hold a secret.
        reason = (
            f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else error
        )
        message = f"starts with '{{' and is not JSON: {reason}."
        raise _Refused(message, 'Write {"NAME": VALUE, …}.') from None
    if fault := survey(given).fault:
        raise _Refused(f"{join_path(fault.path) or 'a JSON object'} {fault.message}.")
    return given  # type: ignore[no-any-return]


def _load(text: str) -> Json:
    return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "a key is given twice"
        raise ValueError(message)
    return found


def _no_constant(name: str) -> NoReturn:
    message = f"JSON has no {name}"
    raise ValueError(message)


class _ValueReader:
    """Decides for a VALUE between its two readings."""

    def __init__(self, variables_schema: Json) -> None:
        self._schema = _compiled(variables_schema)
        known: dict[str, Any] = (
            variables_schema if self._schema and isinstance(variables_schema, dict) else {}
        )
        self.declared: Mapping[str, Json] = known.get("properties", {})
        self._takes_into_env = known.get("x-undeclared") == "to-env"
        self.warnings: list[Problem] = []

    def read(self, name: str, text: str) -> Json:
        """The value that `text` stands for as the value of `name`."""
        if self._is_environment(name):
            if text == "null":
                self.warnings.append(_text_null(name))
            return text
        value = _json_or_missing(text)
        if value is MISSING or self._violations(name, text) < self._violations(name, value):
            return text
        return value

    def _is_environment(self, name: str) -> bool:
        if name in self.declared:
            return False
        variable, dot, _ = name.partition(".")
        if variable == ENV:
            return bool(dot)
        return self._takes_into_env and variable not in self.declared

    def _violations(self, name: str, value: Json) -> int:
        document = nest({name: value}, None, self.declared).variables
        return len(self._schema.violations(document)) if self._schema else 0


def _compiled(schema: Json) -> Schema | None:
    try:
        return None if schema is None else compile_schema(schema)
    except SchemaInvalid:  # told where the pool is saved; here it only cannot help
        return None


def _json_or_missing(text: str) -> Json:
    try:
        value = _load(text)
    except (ValueError, RecursionError):
        return MISSING
    return MISSING if survey(value).fault else value


def _text_null(name: str) -> Problem:
    key = name.partition(".")[2] or name
    hint = f"To take the variable away: '{{\"env\": {{{json.dumps(key)}: null}}}}'."
    return Problem(join_path((ENV, key)), "null", "is set to the text 'null'.", hint=hint)


def _merge_into(into: dict[str, Json], given: Mapping[str, Json]) -> None:
    for name, value in given.items():
        below = into.get(name)
        if isinstance(below, dict) and isinstance(value, dict):
            into[name] = below = dict(below)
            _merge_into(below, value)
        else:
            into[name] = value


def parse_env_lines(text: str) -> JobVariableInput:
    """Read the lines of an `.env` file: `NAME=value`, `export`, comments, single and double quotes.

    Values are text; the variables are `{"env": {…}}`. In double quotes a backslash is an escape; nothing is
    ever expanded, and a value ends with its line. A name that comes twice has its last value.
    """
    env: dict[str, Json] = {}
    errors: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            env.update(_parse_line(line.strip()))
        except _Refused as refused:
            message = f"line {number} {refused.message}"
            errors.append(Problem("", "env-line", message, hint=refused.hint))
    return JobVariableInput({ENV: env}, tuple(errors), ())


def _parse_line(line: str) -> dict[str, str]:
    if not line or line.startswith("#"):
        return {}
    found = _LINE.fullmatch(line)
    name = found["name"].strip() if found else ""
    if not found or not name:
        raise _Refused("is not NAME=value.", "Start comments with '#'.")
    return {name: _unquote(found["value"].strip())}


def _unquote(value: str) -> str:
    if value.startswith("'"):
        quoted = _SINGLE_QUOTED.fullmatch(value)
    elif value.startswith('"'):
        quoted = _DOUBLE_QUOTED.fullmatch(value)
    else:
        return re.split(r"(?:^|\s)#", value, maxsplit=1)[0].rstrip()
    if quoted is None:
        raise _Refused("has a quote that is not closed, or text after it.")
    if value.startswith("'"):
        return quoted["text"]
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted["text"])
