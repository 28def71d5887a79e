"""Compares two JSON Schemas: what one side sends must be what the other side takes.

A request may be taken more widely than the reference takes it, and answered more narrowly than it answers; in
all else the two must say the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Schema = dict[str, Any]

BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
)
COMPARED = frozenset(BOUNDS) | {
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "enum",
    "format",
    "items",
    "oneOf",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "title",
    "type",
}
"""The keywords that are looked at here: a schema that says more than these would be passed over."""


class Side(Enum):
    REQUEST = "request"
    RESPONSE = "response"


@dataclass
class Document:
    """Named schemas, and how to find one by a reference to it."""

    schemas: dict[str, Schema]
    compared: set[str] = field(default_factory=set)
    """Names of those that were compared with one of the other side."""

    def resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = {"title": name} | self.schemas[name] | {k: v for k, v in schema.items() if k != "$ref"}
        return schema

    def alternatives(self, schema: Schema) -> tuple[list[Schema], bool]:
        """The schemas of which one must hold, `null` taken out, and whether `null` is one of them."""
        schema = self.resolve(schema)
        members = schema.get("anyOf") or schema.get("oneOf")
        if members is None:
            if schema.get("type") == "null":
                return [], True
            return [schema], not set(schema) - {"default", "title", "description"}
        found, nullable = [], False
        for member in members:
            inner, null = self.alternatives(member)
            found += inner
            nullable = nullable or null
        return found, nullable


@dataclass
class Comparison:
    """Finds how `ours` differs from `theirs`, as lines `Schema.field: what`."""

    theirs: Document
    ours: Document
    side: Side
    seen: set[tuple[str, str]] = field(default_factory=set)

    def differences(self, theirs: Schema, ours: Schema, where: str) -> Iterator[str]:
        their_members, they_null = self.theirs.alternatives(theirs)
        our_members, we_null = self.ours.alternatives(ours)
        if is_anything(their_members) and self.side is Side.RESPONSE:
            return
        if is_anything(our_members) or is_anything(their_members):
            if not (is_anything(our_members) and is_anything(their_members)):
                yield f"{where}: one of the two takes any JSON"
            return
        if they_null and not we_null and self.side is Side.REQUEST:
            yield f"{where}: null is refused"
        if we_null and not they_null and self.side is Side.RESPONSE:
            yield f"{where}: null is answered"
        yield from self.members_differ(their_members, our_members, where)
        yield from defaults_differ(theirs, ours, where)

    def members_differ(self, theirs: list[Schema], ours: list[Schema], where: str) -> Iterator[str]:
        """Pair each alternative with the one that is most alike on the other side."""
        wanted, offered = (theirs, ours) if self.side is Side.REQUEST else (ours, theirs)
        for member in wanted:
            pairs = [(member, other) if self.side is Side.REQUEST else (other, member) for other in offered]
            if not pairs:
                yield f"{where}: {kind_of(member)} has no counterpart"
                continue
            closest = min(pairs, key=lambda pair: distance(*pair))
            yield from self.pair(*closest, where)
        if self.side is Side.REQUEST and len(ours) > len(theirs) and len(theirs) > 1:
            yield f"{where}: has more alternatives"

    def pair(self, theirs: Schema, ours: Schema, where: str) -> list[str]:
        self.theirs.compared.add(theirs.get("title", ""))
        if not self.kinds_fit(kind_of(theirs), kind_of(ours)):
            return [f"{where}: is {kind_of(ours)}, not {kind_of(theirs)}"]
        if "properties" in theirs and "properties" in ours:
            return list(self.objects_differ(theirs, ours, where))
        if "properties" in theirs or "properties" in ours:
            return [f"{where}: only one of the two says what fields it has"]
        return [*self.containers_differ(theirs, ours, where), *self.bounds_differ(theirs, ours, where)]

    def kinds_fit(self, theirs: str, ours: str) -> bool:
        narrow, wide = (theirs, ours) if self.side is Side.REQUEST else (ours, theirs)
        return narrow == wide or (narrow, wide) == ("integer", "number")

    def containers_differ(self, theirs: Schema, ours: Schema, where: str) -> Iterator[str]:
        if "prefixItems" in theirs and "prefixItems" in ours:
            pairs = zip(theirs["prefixItems"], ours["prefixItems"], strict=True)
            for index, (their, our) in enumerate(pairs):
                yield from self.differences(their, our, f"{where}[{index}]")
        elif "prefixItems" in theirs or "prefixItems" in ours:
            yield f"{where}: only one of the two has places"
        elif "items" in theirs or "items" in ours:
            yield from self.differences(theirs.get("items", {}), ours.get("items", {}), f"{where}[]")
        their_values, our_values = (s.get("additionalProperties", True) for s in (theirs, ours))
        if isinstance(their_values, dict) and isinstance(our_values, dict):
            yield from self.differences(their_values, our_values, f"{where}{{}}")
        elif isinstance(their_values, dict) != isinstance(our_values, dict):
            yield f"{where}: only one of the two says what its values are"
        if "propertyNames" in theirs and self.side is Side.REQUEST:
            yield from self.differences(theirs["propertyNames"], ours.get("propertyNames", {}), f"{where}<>")

    def bounds_differ(self, theirs: Schema, ours: Schema, where: str) -> Iterator[str]:
        if values_of(theirs) != values_of(ours):
            yield f"{where}: its values are {values_of(ours)}, not {values_of(theirs)}"
        if self.side is Side.RESPONSE:
            return
        for bound in BOUNDS:
            if theirs.get(bound) != ours.get(bound):
                yield f"{where}: {bound} is {ours.get(bound)}, not {theirs.get(bound)}"

    def objects_differ(self, theirs: Schema, ours: Schema, where: str) -> Iterator[str]:
        name = ours.get("title", where)
        pair = (theirs.get("title", ""), name)
        if pair in self.seen:
            return
        self.seen.add(pair)
        yield from self.objects_differ_once(theirs, ours, name)
        self.seen.discard(pair)

    def objects_differ_once(self, theirs: Schema, ours: Schema, name: str) -> Iterator[str]:
        their_fields, our_fields = theirs["properties"], ours["properties"]
        if self.side is Side.REQUEST:
            if (theirs.get("additionalProperties") is False) != (ours.get("additionalProperties") is False):
                yield f"{name}: unknown fields are treated otherwise"
            if needed := set(ours.get("required", ())) ^ set(theirs.get("required", ())):
                yield f"{name}: only one of the two requires {sorted(needed)}"
        for field_name in sorted(our_fields.keys() - their_fields.keys()):
            yield f"{name}.{field_name}: ours alone"
        for field_name, schema in their_fields.items():
            if field_name not in our_fields:
                yield f"{name}.{field_name}: missing"
                continue
            if self.side is Side.RESPONSE and field_name in theirs.get("required", ()):
                present = field_name in ours.get("required", ()) or "default" in our_fields[field_name]
                if not present:
                    yield f"{name}.{field_name}: may be absent"
            yield from self.differences(schema, our_fields[field_name], f"{name}.{field_name}")


def distance(one: Schema, other: Schema) -> tuple[bool, bool, int, int, str]:
    """How unlike two alternatives are at first sight: kind, tag, names of fields, values, what they hold."""
    names = set(one.get("properties", ())) ^ set(other.get("properties", ()))
    tags = [
        {value for schema in side.get("properties", {}).values() for value in values_of(schema) or ()}
        for side in (one, other)
    ]
    items = [str((side.get("items") or {}).get("type")) for side in (one, other)]
    return (
        kind_of(one) != kind_of(other),
        tag_of(one) != tag_of(other),
        len(names),
        len(tags[0] ^ tags[1]),
        "" if items[0] == items[1] else "x",
    )


def tag_of(schema: Schema) -> frozenset[str] | None:
    """The one value of the field that tells alternatives apart."""
    values = values_of(schema.get("properties", {}).get("type", {}))
    return values if values and len(values) == 1 else None


def is_anything(members: list[Schema]) -> bool:
    return any(kind_of(member) == "anything" for member in members)


def kind_of(schema: Schema) -> str:
    """The JSON type, with the format where it means another type of value."""
    if "enum" in schema or "const" in schema:
        return "string"
    kind = schema.get("type", "anything")
    meaning = schema.get("format")
    return f"{kind}/{meaning}" if meaning in ("uuid", "date-time") else str(kind)


def values_of(schema: Schema) -> frozenset[str] | None:
    if "const" in schema:
        return frozenset({schema["const"]})
    return frozenset(schema["enum"]) if "enum" in schema else None


def defaults_differ(theirs: Schema, ours: Schema, where: str) -> Iterator[str]:
    """A default that the reference states must be ours too, and where it states none, nothing is meant."""
    wanted, meant = theirs.get("default"), ours.get("default")
    if "const" in theirs or "const" in ours or (wanted is None and is_nothing(meant)):
        return
    # A number is the same with and without a fraction of nothing, and yes is no number.
    if meant != wanted or isinstance(meant, bool) != isinstance(wanted, bool):
        yield f"{where}: its default is {meant}, not {wanted}"


def is_nothing(default: Any) -> bool:
    """Whether a default is the one that the reference does not state: null, or an empty container."""
    return default is None or default in ([], {})
