"""Prints the JSON Schema of an automation with what the code says of each field; forms are made from it."""

import ast
import inspect
import json
import re
import sys
from typing import Any

import msgspec

from penstock.domain import automations

_WHERE = "#/definitions/{name}"


def schema() -> dict[str, Any]:
    """The schema of an automation as people write it; fields have their docstrings as descriptions."""
    (root,), definitions = msgspec.json.schema_components([automations.AutomationCore], ref_template=_WHERE)
    docs = field_docs()
    for name, definition in definitions.items():
        for field, part in definition.get("properties", {}).items():
            if doc := docs.get((name, field)):
                definition["properties"][field] = {**part, "description": doc}
    return {**root, "definitions": definitions}


def field_docs() -> dict[tuple[str, str], str]:
    """What stands below each field, by the names of its class and its own."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(automations))):
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, node.body[1:], strict=False):
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            if doc := _text(after):
                found[node.name, field.target.id] = doc
    return found


def _text(node: ast.stmt) -> str:
    """The text of a docstring, without the word that tells our own fields from the reference's."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return ""
    text = " ".join(str(node.value.value).split()).replace("`", "")
    text = text.removesuffix(" Ours.").removeprefix("Ours. ")
    return re.sub(r"(?:^|(?<=\. ))(?:Ours, )?(\w)", lambda found: found[1].upper(), text)


if __name__ == "__main__":
    json.dump(schema(), sys.stdout, indent=1)
    sys.stdout.write("\n")
