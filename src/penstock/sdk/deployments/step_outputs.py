"""Where the outputs of steps are filled in."""

from collections.abc import Mapping

from penstock.domain.json_values import Json
from penstock.domain.templates import KEEP, MISSING, Placeholder, PlaceholderKind, substitute


def fill_outputs(value: Json, outputs: Mapping[str, Json]) -> Json:
    """Fill `{{ id.key }}`, and `{{ key }}` with the last output of that name; leave the rest as it is."""

    def fill(placeholder: Placeholder) -> Json:
        if placeholder.kind is not PlaceholderKind.VARIABLE:
            return KEEP
        found = output(placeholder.name, outputs)
        if found is MISSING and placeholder.filter != "default":
            return KEEP
        return found

    return substitute(value, fill)


def fill_outputs_by_id(value: Json, outputs: Mapping[str, Json]) -> Json:
    """Fill `{{ id.key }}` of the steps that `outputs` names, and nothing else: what is left is not for us.

    So `{{ event.payload.x | default('y') }}` stays as it is written, with its default, for the server.
    """

    def fill(placeholder: Placeholder) -> Json:
        id, dot, _ = placeholder.name.partition(".")
        if placeholder.kind is not PlaceholderKind.VARIABLE or not dot or id not in outputs:
            return KEEP
        found = output(placeholder.name, outputs)
        return KEEP if found is MISSING and placeholder.filter != "default" else found

    return substitute(value, fill)


def output(name: str, outputs: Mapping[str, Json]) -> Json:
    """The output `key` or `id.key[.deeper]`, or MISSING."""
    if name in outputs:
        return outputs[name]
    found: Json = outputs
    for step in name.split("."):
        if not (isinstance(found, Mapping) and step in found):
            return MISSING
        found = found[step]
    return found
