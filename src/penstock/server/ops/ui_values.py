"""Whether values fit a JSON Schema, for forms of the reference."""

from collections.abc import Iterator

from penstock.contract.ui import SchemaValuesValidationResponse, ValuesToCheck
from penstock.db.port import Transaction
from penstock.db.statements import variables
from penstock.domain.errors import InvalidInput
from penstock.domain.json_schema import Violation, compile_schema
from penstock.domain.json_values import Json, Path, survey
from penstock.domain.problems import join_path
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.rendering import variables_named
from penstock.server.stand_ins import KnownValues, known_values
from penstock.server.views.value_errors import value_errors

_OF_THE_WHOLE = frozenset({"anyOf", "oneOf", "not", "enum", "const", "contains", "uniqueItems"})
"""Rules that can't be judged while a part of the value is not known."""
_MOST_VARIABLES = 1000


@operation("check_values", access="read")
async def check_values(
    tx: Transaction, caller: Caller, *, body: ValuesToCheck
) -> SchemaValuesValidationResponse:
    """What is wrong with values that should fit a JSON Schema.

    Raises:
        SchemaInvalid: The schema is none.
        InvalidInput: The values are nested too deeply, or too many.
    """
    schema = compile_schema(body.schema)
    if fault := survey(body.values).fault:
        message = f"{join_path(('values', *fault.path))} {fault.message}."
        raise InvalidInput(message, field=join_path(("values", *fault.path)))
    known = known_values(body.values, await _variables(tx, body.values))
    found = [*known.problems, *_told(schema.violations(known.values), known)]
    return SchemaValuesValidationResponse(errors=value_errors(found), valid=not found)


async def _variables(tx: Transaction, values: Json) -> dict[str, Json]:
    names = sorted(variables_named(values))[:_MOST_VARIABLES]
    rows = await tx.fetch_all(variables.by_names(), {"names": names}) if names else []
    return {row["name"]: row["value"] for row in rows}


def _told(violations: list[Violation], known: KnownValues) -> Iterator[tuple[Path, str]]:
    """The violations that are there whatever the unknown values are."""
    for each in violations:
        within = any(each.path[: len(path)] == path for path in known.unknown)
        around = any(path[: len(each.path)] == each.path for path in known.unknown)
        if not within and not (around and each.rule in _OF_THE_WHOLE):
            yield each.path, each.message
