"""Flow parameters on the server, checked against the schema that was made from the flow's signature."""

from collections.abc import Mapping
from typing import Any

from penstock.contract.codec import encode
from penstock.domain.errors import ParameterInvalid, TooLarge
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


def check_size(parameters: Mapping[str, Any], limit: int) -> None:
    """Refuse parameters that are larger than `limit` bytes of JSON.

    Raises:
        TooLarge: It names the limit and what to do instead.
    """
    size = len(encode(parameters))
    if size > limit:
        raise TooLarge(
            f"The parameters are {size} bytes of JSON; this server takes {limit}.",
            hint="Pass large values by reference. The limit is the setting server.api.max_parameter_size.",
            detail={"size": size, "limit": limit, "setting": "server.api.max_parameter_size"},
        )
