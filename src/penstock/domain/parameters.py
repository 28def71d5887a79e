"""A flow's parameters, checked against the schema that was made from its signature."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from penstock.domain.errors import ParameterInvalid
from penstock.domain.json_schema import Violation, compile_schema
from penstock.domain.names import did_you_mean
from penstock.domain.problems import Problem, join_path

BY_REFERENCE: Final = (
    "Put it where the run can read it (a file, a bucket, a table), and hand over its path or address."
)
"""What to do with a value that is too large to be handed over itself."""


def check_parameters(
    schema: Mapping[str, Any] | None, parameters: Mapping[str, Any], *, complete: bool
) -> None:
    """Refuse parameters that do not fit.

    Args:
        complete: Whether no more parameters are to come, so that what is required must be there.

    Raises:
        ParameterInvalid: It names each parameter that does not fit, and what it must be.
    """
    if problems := parameter_problems(schema, parameters, complete=complete):
        raise parameters_invalid(problems)


def parameter_problems(
    schema: Mapping[str, Any] | None, parameters: Mapping[str, Any], *, complete: bool
) -> tuple[Problem, ...]:
    """What does not fit; paths begin with the parameter. Arguments as of `check_parameters`."""
    if not schema:
        return ()
    violations = _by_parameter(compile_schema(schema).violations(parameters), parameters)
    return tuple(
        Problem(join_path(v.path), v.rule, _message(v, schema), value_type=v.value_type)
        for v in violations
        if complete or not (v.rule == "required" and len(v.path) == 1)
    )


def parameters_invalid(problems: Sequence[Problem]) -> ParameterInvalid:
    """The refusal that tells these problems, of which there is at least one."""
    detail = [{"path": each.path, "rule": each.rule, "message": each.message} for each in problems]
    told = " ".join(f"Parameter {each.path!r} {each.message}" for each in problems)
    return ParameterInvalid(told, field=f"parameters.{problems[0].path}", detail=detail)


def _by_parameter(violations: list[Violation], parameters: Mapping[str, Any]) -> Iterator[Violation]:
    """Each violation as one of a parameter: where a flow takes none, the validator does not tell which."""
    for violation in violations:
        paths = [violation.path] if violation.path else [(name,) for name in parameters]
        yield from [replace(violation, path=path) for path in paths]


def _message(violation: Violation, schema: Mapping[str, Any]) -> str:
    if violation.rule != "additionalProperties" or len(violation.path) > 1:
        return violation.message
    known = schema.get("properties", {})
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    return f"is not one of the flow. {did_you_mean(str(violation.path[0]), known) or takes}"
