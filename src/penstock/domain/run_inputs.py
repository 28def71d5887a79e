"""What a paused flow run waits for: a JSON Schema, which the input that resumes it must fit."""

from typing import Any

import msgspec

from penstock.domain.json_schema import SchemaInvalid, compile_schema
from penstock.domain.problems import Problem, join_path


def obstacle(schema: str | None, given: dict[str, Any]) -> str | None:
    """Why a run cannot go on with this input, or None where it can.

    Args:
        schema: What the run waits for, as it said it; None where it has not said it yet.
    """
    if schema is None:
        return "The run has not said yet what it waits for. Try again in a moment."
    try:
        violations = compile_schema(msgspec.json.decode(schema)).violations(given)
    except (SchemaInvalid, msgspec.DecodeError) as error:
        return f"What the run says that it waits for is no JSON Schema: {error}"
    if not violations:
        return None
    told = (str(Problem(join_path(each.path), each.rule, each.message)) for each in violations)
    return f"The input does not fit what the run waits for. {' '.join(told)}"
