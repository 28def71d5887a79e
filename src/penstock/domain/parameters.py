"""A flow's parameters, checked against the schema that was made from its signature."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.errors import ParameterInvalid
from penstock.domain.json_schema import compile_schema
from penstock.domain.problems import join_path


def check_parameters(
    schema: Mapping[str, Any] | None, parameters: Mapping[str, Any], *, complete: bool
) -> None:
    """Refuse parameters that do not fit.

    Args:
        complete: Whether no more parameters are to come, so that what is required must be there.

    Raises:
        ParameterInvalid: It names each parameter that does not fit, and what it must be.
    """
    if not schema:
        return
    violations = compile_schema(schema).violations(parameters)
    wrong = [v for v in violations if complete or not (v.rule == "required" and len(v.path) == 1)]
    if not wrong:
        return
    told = [f"Parameter {join_path(v.path)!r} {v.message}" for v in wrong]
    detail = [{"path": join_path(v.path), "rule": v.rule, "message": v.message} for v in wrong]
    raise ParameterInvalid(" ".join(told), field=join_path(("parameters", *wrong[0].path)), detail=detail)
