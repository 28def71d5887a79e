"""Prints flow signatures as JSON Schema, as penstock makes it, each with values that pydantic accepts.

    [{"name": "optional", "schema": {…}, "values": [{"value": null}, …]}, …]

The tests of the form read this. Nothing of it is kept in the repository: it can't fall behind pydantic.
"""

import json
import sys

from penstock.sdk.binding import Binding
from penstock.sdk.parameters import Parameters

if __name__ == "__main__":
    from shapes import SHAPES

    corpus = []
    for name, fn, values in SHAPES:
        parameters = Parameters(Binding(fn), fn)
        for value in values:
            # Through JSON, as a request would bring it; what pydantic refuses has no place here.
            parameters.validate(json.loads(json.dumps(value)))
        corpus.append({"name": name, "schema": parameters.schema(), "values": values})
    json.dump(corpus, sys.stdout, indent=1)
