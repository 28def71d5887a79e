"""Makes JSON that fits a schema of the reference, with each of its alternatives in turn."""

from typing import Any

from tests.contract.shapes import Document, Schema

SPECIAL = {"cron": "0 9 * * 1-5", "rrule": "FREQ=DAILY", "timezone": "UTC"}
TEXTS = {"uuid": "0190f0e0-0000-7000-8000-000000000007", "date-time": "2024-01-02T03:04:05Z"}


def example(document: Document, schema: Schema, turn: int, *, nulls: bool, name: str = "") -> Any:
    """An instance in which a choice of n alternatives is alternative `turn` modulo n.

    Args:
        nulls: Whether `null` is one of the alternatives; without, it is left out where there is another.
    """
    members, nullable = document.alternatives(schema)
    choices: list[Schema | None] = [*members, None] if nullable and (nulls or not members) else [*members]
    chosen = choices[turn % len(choices)]
    if chosen is None:
        return None
    if name in SPECIAL:
        return SPECIAL[name]
    if "properties" in chosen:
        return {
            key: example(document, inner, turn, nulls=nulls, name=key)
            for key, inner in chosen["properties"].items()
        }
    return _plain(document, chosen, turn, nulls)


def _plain(document: Document, schema: Schema, turn: int, nulls: bool) -> Any:
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][turn % len(schema["enum"])]
    match schema.get("type"):
        case "string":
            return TEXTS.get(schema.get("format", ""), "PT1M")
        case "integer" | "number":
            return int(max(schema.get("minimum", 0), schema.get("exclusiveMinimum", 0) + 1))
        case "boolean":
            return turn % 2 == 0
        case "array":
            # Another alternative than outside: what holds others of its kind would never come to an end.
            if places := schema.get("prefixItems"):
                return [example(document, place, turn + 1, nulls=nulls) for place in places]
            return [example(document, schema.get("items", {}), turn + 1, nulls=nulls)]
        case "object":
            values = schema.get("additionalProperties")
            inner = values if isinstance(values, dict) else {}
            key = TEXTS.get(schema.get("propertyNames", {}).get("format", ""), "key")
            return {key: example(document, inner, turn, nulls=nulls)}
    return {"any": ["json", turn]}
