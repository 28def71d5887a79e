"""Prints the OpenAPI document of the API, from which the types of src/api/contract.d.ts are made."""

import json
import sys
from collections.abc import Iterator

from msgspec import Struct

from penstock.contract.openapi import describe
from penstock.contract.registry import ENDPOINTS


def structs(base: type[Struct]) -> Iterator[type[Struct]]:
    """Every kind of struct that the contract has brought in."""
    for kind in base.__subclasses__():
        yield kind
        yield from structs(kind)


if __name__ == "__main__":
    document = describe(ENDPOINTS.values(), "0")
    # Those travel without what has its default value; OpenAPI has no word for it.
    document["x-sparse"] = sorted(
        {kind.__name__ for kind in structs(Struct) if kind.__struct_config__.omit_defaults}
    )
    json.dump(document, sys.stdout, indent=1)
