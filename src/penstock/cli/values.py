"""Values that people type: job variables, parameters, and when a run shall start."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import msgspec

from penstock.cli.render import note, warn
from penstock.domain.errors import InvalidInput
from penstock.domain.job_variable_input import parse_job_variables
from penstock.domain.json_schema import SchemaInvalid, compile_schema
from penstock.domain.json_values import Json, survey
from penstock.domain.names import did_you_mean
from penstock.domain.problems import Problem

_FROM_STDIN = "-"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AMOUNT = re.compile(
    r"(?P<count>\d+(?:\.\d+)?)\s*(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)(?![a-z])"
)
_BETWEEN_AMOUNTS = re.compile(r"[\s,]*(?:and\b)?[\s,]*")


def read_job_variables(arguments: Sequence[str], variables_schema: Json = None) -> dict[str, Json]:
    """The layer that `--job-variable` arguments make together; what is doubtful is warned of.

    Args:
        arguments: `KEY=VALUE` or JSON objects.
        variables_schema: The `variables` of the pool's template; it decides what `42` is for a variable.

    Raises:
        InvalidInput: With everything that is wrong, one a line.
    """
    given = parse_job_variables(arguments, variables_schema)
    for problem in given.warnings:
        warn(str(problem))
    if given.errors:
        raise InvalidInput("\n".join(map(_about_option, given.errors)), field="job_variables")
    return given.variables


def _about_option(problem: Problem) -> str:
    return f"--job-variable {problem}"


def variables_schema(base_job_template: Json) -> Json:
    """The schema of a template's variables, or None where it has none."""
    return base_job_template.get("variables") if isinstance(base_job_template, Mapping) else None


def read_parameters(
    arguments: Sequence[str], document: str | None, schema: Json, flow: str
) -> dict[str, Json]:
    """The parameters that `--param` and `--params` give; a single `--param` wins, and that is noted.

    Args:
        arguments: `KEY=VALUE`. VALUE is JSON where it is JSON, else text; where it could be both, the reading
            that breaks fewer rules of the parameter's schema wins.
        document: A JSON object, or `-` for one on stdin.
        schema: The flow's parameters as JSON Schema, or None where they are not known.
        flow: How the flow is called in errors.

    Raises:
        InvalidInput: An argument cannot be read, or the flow has no such parameter.
    """
    whole = read_object(document, "--params") if document is not None else {}
    single = dict(_read_parameter(argument, schema) for argument in arguments)
    if twice := sorted(whole.keys() & single.keys()):
        note(f"{', '.join(twice)}: given by --param and in --params; --param wins.")
    parameters = {**whole, **single}
    _check_names(parameters, schema, flow)
    return parameters


def read_object(document: str, option: str) -> dict[str, Json]:
    """A JSON object that an option was given, or, for `-`, one on stdin. Raises `InvalidInput`."""
    value = read_json(document, option)
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{option} is not a JSON object.", field=option.lstrip("-"), hint=_object_hint(option)
        )
    return value


def read_json(document: str, option: str) -> Json:
    """JSON that an option was given, or, for `-`, what stdin has. Raises `InvalidInput`."""
    text = sys.stdin.read() if document == _FROM_STDIN else document
    try:
        return _load(text)
    except (ValueError, RecursionError) as error:
        message = f"{option} is not JSON: {error}."
        raise InvalidInput(message, field=option.lstrip("-"), hint=_object_hint(option)) from None


def _object_hint(option: str) -> str:
    return f"""Write {option} '{{"NAME": VALUE, …}}'."""


def _read_parameter(argument: str, schema: Json) -> tuple[str, Json]:
    name, equals, text = argument.partition("=")
    name = name.strip()
    if not equals or not name:
        lack = "has no '='" if not equals else "has no name before '='"
        raise InvalidInput(f"--param {argument} {lack}.", field="params", hint="Write --param KEY=VALUE.")
    try:
        value = _load(text)
    except (ValueError, RecursionError):
        return name, text
    if survey(value).fault or _violations(schema, name, text) < _violations(schema, name, value):
        return name, text
    return name, value


def _load(text: str) -> Json:
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    message = f"JSON has no {name}"
    raise ValueError(message)


def _violations(schema: Json, name: str, value: Json) -> int:
    if not isinstance(schema, Mapping):
        return 0
    try:
        compiled = compile_schema({key: part for key, part in schema.items() if key != "required"})
    except SchemaInvalid:  # the server says so; here it only cannot help
        return 0
    return len(compiled.violations({name: value}))


def _check_names(parameters: Mapping[str, Json], schema: Json, flow: str) -> None:
    known = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(known, Mapping) or (isinstance(schema, Mapping) and schema.get("additionalProperties")):
        return
    for name in parameters:
        if name not in known:
            near = did_you_mean(name, known)
            has = f"It has: {', '.join(known)}." if known else "It takes none."
            message = f"The flow {flow!r} has no parameter {name!r}.{f' {near}' if near else ''}"
            raise InvalidInput(message, field=f"parameters.{name}", hint=has)


def read_start(start_in: str | None, start_at: str | None, now: datetime) -> datetime | None:
    """When a run shall start, from `--start-in` and `--start-at`; None for now.

    Raises:
        InvalidInput: Both are given, or what is given is no such time.
    """
    if start_in is not None and start_at is not None:
        raise InvalidInput("--start-in and --start-at are both given.", hint="Give one of them.")
    if start_in is not None:
        return _later(now, read_duration(start_in), start_in)
    return read_moment(start_at) if start_at is not None else None


def _later(now: datetime, length: timedelta, text: str) -> datetime:
    try:
        return now + length
    except OverflowError:
        message = f"{text!r} is too far ahead."
        raise InvalidInput(message) from None


def read_duration(text: str) -> timedelta:
    """A length of time: `10 minutes`, `in 2 hours and 30 min`, `1h30m`, or ISO 8601 such as `PT10M`.

    Raises:
        InvalidInput: It is none.
    """
    words = text.strip()
    try:
        if words[:1] in ("P", "-", "+"):
            length = msgspec.convert(words, timedelta)
        else:
            length = _sum_of_amounts(words.lower().removeprefix("in "))
    except (msgspec.ValidationError, ValueError, OverflowError):
        length = timedelta(-1)
    if length < timedelta(0):
        message = f"{text!r} is not a length of time."
        raise InvalidInput(message, hint="Write for example '10 minutes', '1h30m' or PT10M.")
    return length


def _sum_of_amounts(text: str) -> timedelta:
    position, total = 0, timedelta(0)
    rest = text.strip()
    while position < len(rest):
        found = _AMOUNT.match(rest, position)
        if found is None:
            raise ValueError(rest)
        total += timedelta(**{_UNITS[found["unit"][0]]: float(found["count"])})
        between = _BETWEEN_AMOUNTS.match(rest, found.end())
        position = between.end() if between else found.end()
    if not position:
        raise ValueError(text)
    return total


def read_moment(text: str) -> datetime:
    """A moment in ISO 8601 with its zone: `2026-08-22T09:00+02:00`, `2026-08-22 07:00Z`.

    Raises:
        InvalidInput: It is none, or has no zone; then the one that was probably meant is suggested.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        message = f"{text!r} is not a moment in ISO 8601."
        raise InvalidInput(message, hint="Write for example 2026-08-22T09:00+02:00.") from None
    if moment.tzinfo is None:
        meant = moment.astimezone().isoformat(timespec="seconds")
        message = f"{text!r} does not say in which time zone."
        raise InvalidInput(message, hint=f"In this machine's zone it is {meant}.")
    return moment.astimezone(UTC)
