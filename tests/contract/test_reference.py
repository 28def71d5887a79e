"""Every endpoint that the reference has too is the same here, but for the differences that are written down.

`reference.json` holds facts about the interface of Prefect 3.9: paths, parameters, schemas, statuses.
"""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.contract.deviations import (
    ADDED_STATUSES,
    CUT,
    DEVIATIONS,
    FULLER_ANSWERS,
    NOT_COMPARED,
    OTHER_STATUSES,
    RAW_ANSWERS,
    STRICTER_BODIES,
    is_written_down,
)
from tests.contract.examples import example
from tests.contract.shapes import COMPARED, Comparison, Document, Side

from penstock.contract import codec
from penstock.contract.openapi import describe
from penstock.contract.registry import ENDPOINTS

TURNS = 17
ID_OR_NAME = [{"type": "string", "format": "uuid"}, {"type": "string"}]
"""Says no more than that it is text."""
REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
OURS = describe(ENDPOINTS.values(), "0")
THEIR_SCHEMAS = Document(REFERENCE["schemas"])
OUR_SCHEMAS = Document(OURS["components"]["schemas"])

SHARED = [
    endpoint for endpoint in ENDPOINTS.values() if f"{endpoint.method} {endpoint.path}" in REFERENCE["paths"]
]


def theirs_of(endpoint):
    return REFERENCE["paths"][f"{endpoint.method} {endpoint.path}"]


def answer_of(endpoint):
    return next(iter(theirs_of(endpoint)["responses"].values()))


def ours_of(endpoint):
    return OURS["paths"][endpoint.path][endpoint.method.lower()]


def named(endpoint):
    return endpoint.name


def body_differences(endpoint):
    theirs, ours = theirs_of(endpoint).get("body"), ours_of(endpoint).get("requestBody")
    if theirs is None or ours is None:
        return [] if theirs is ours else [f"{endpoint.name}: only one of the two has a body"]
    schema = ours["content"]["application/json"]["schema"]
    comparison = Comparison(THEIR_SCHEMAS, OUR_SCHEMAS, Side.REQUEST)
    found = list(comparison.differences(theirs["schema"], schema, f"{endpoint.name}()"))
    if theirs["required"] != ours["required"]:
        found.append(f"{endpoint.name}(): only one of the two requires a body")
    return found


def answer_differences(endpoint):
    theirs = answer_of(endpoint)
    content = ours_of(endpoint)["responses"][str(endpoint.statuses[0])].get("content", {})
    ours = content.get("application/json", {}).get("schema")
    if theirs is None or ours is None:
        return [] if theirs is ours else [f"{endpoint.name} -> only one of the two has an answer"]
    return list(
        Comparison(THEIR_SCHEMAS, OUR_SCHEMAS, Side.RESPONSE).differences(theirs, ours, f"{endpoint.name} ->")
    )


@pytest.mark.parametrize("endpoint", SHARED, ids=named)
def test_parameters_are_those_of_the_reference(endpoint):
    def essence(parameters):
        return {
            (p["in"], p["name"], p["required"], json.dumps(plain(p["schema"]), sort_keys=True))
            for p in parameters
        }

    def plain(schema):
        return {"type": "string"} if schema.get("anyOf") == ID_OR_NAME else schema

    assert essence(ours_of(endpoint)["parameters"]) == essence(theirs_of(endpoint)["params"])


def parameter_differences(endpoint):
    """Where what parameters refer to differs."""
    ours = {p["name"]: p["schema"] for p in ours_of(endpoint)["parameters"]}
    comparison = Comparison(THEIR_SCHEMAS, OUR_SCHEMAS, Side.REQUEST)
    return [
        line
        for p in theirs_of(endpoint)["params"]
        for line in comparison.differences(p["schema"], ours[p["name"]], f"{endpoint.name}({p['name']})")
        if p["schema"].get("anyOf") != ID_OR_NAME
    ]


@pytest.mark.parametrize("endpoint", SHARED, ids=named)
def test_what_parameters_may_be_is_what_they_may_be_there(endpoint):
    assert [line for line in parameter_differences(endpoint) if not is_written_down(line)] == []


@pytest.mark.parametrize("endpoint", SHARED, ids=named)
def test_what_is_sent_to_the_reference_can_be_sent_to_us(endpoint):
    assert [line for line in body_differences(endpoint) if not is_written_down(line)] == []


@pytest.mark.parametrize("endpoint", [e for e in SHARED if e.name not in RAW_ANSWERS], ids=named)
def test_what_we_answer_could_be_an_answer_of_the_reference(endpoint):
    assert [line for line in answer_differences(endpoint) if not is_written_down(line)] == []


WITH_BODY = [e for e in SHARED if "body" in theirs_of(e) and e.name not in STRICTER_BODIES]
WITH_ANSWER = [
    e for e in SHARED if answer_of(e) and e.response not in (None, bytes) and e.name not in FULLER_ANSWERS
]


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=named)
def test_bodies_of_the_reference_are_taken_and_sent_as_they_came(endpoint):
    """Schemas may agree and types not: here is JSON, with each alternative that the reference allows."""
    for turn in range(TURNS):
        body = example(THEIR_SCHEMAS, theirs_of(endpoint)["body"]["schema"], turn, nulls=True)
        taken = codec.decode_body(endpoint, json.dumps(body).encode())
        assert codec.decode_body(endpoint, codec.encode(taken)) == taken


@pytest.mark.parametrize("endpoint", WITH_ANSWER, ids=named)
def test_answers_of_the_reference_can_be_read(endpoint):
    for turn in range(TURNS):
        answer = example(THEIR_SCHEMAS, answer_of(endpoint), turn, nulls=False)
        read = codec.decode(endpoint.response, json.dumps(answer).encode())
        assert codec.decode(endpoint.response, codec.encode(read)) == read


@pytest.mark.parametrize("endpoint", SHARED, ids=named)
def test_success_has_the_status_of_the_reference(endpoint):
    ours = set(endpoint.statuses)
    if endpoint.name in ADDED_STATUSES:
        ours.remove(201)
    theirs = OTHER_STATUSES.get(endpoint.name, {int(status) for status in theirs_of(endpoint)["responses"]})
    assert ours == theirs


def test_every_deviation_that_is_written_down_is_one():
    found = {line for e in SHARED for line in body_differences(e)}
    found |= {line for e in SHARED if e.name not in RAW_ANSWERS for line in answer_differences(e)}
    assert [pattern for pattern in DEVIATIONS if not any(fnmatchcase(line, pattern) for line in found)] == []


def keywords_of(schema):
    """The keywords that a schema and those within it use."""
    for name, value in schema.items():
        yield name
        within = value.values() if name == "properties" else value if isinstance(value, list) else [value]
        for inner in within:
            if isinstance(inner, dict) and name not in ("default", "enum", "const", "required"):
                yield from keywords_of(inner)


def test_the_comparison_knows_every_word_of_the_reference():
    parts = [*REFERENCE["schemas"].values()]
    for place in REFERENCE["paths"].values():
        parts += [parameter["schema"] for parameter in place["params"]]
        parts += [place["body"]["schema"]] if "body" in place else []
        parts += [answer for answer in place["responses"].values() if answer]
    said = {keyword for part in parts for keyword in keywords_of(part)}
    assert said - COMPARED == {"contentMediaType"}, "of the one file that is downloaded"


def test_what_was_cut_from_the_reference_is_known():
    """Everything else that answers with a map of anything does so there too: a flow's counts, a view."""
    plain = {
        place
        for place, said in REFERENCE["paths"].items()
        if any(answer == {"type": "object"} for answer in said["responses"].values())
    }
    assert plain == CUT.keys()


def test_every_schema_of_the_reference_is_compared_with_one_of_ours():
    """That each endpoint fits says little of a schema that no pair of alternatives came to."""
    for endpoint in SHARED:
        parameter_differences(endpoint), body_differences(endpoint), answer_differences(endpoint)
    assert REFERENCE["schemas"].keys() - THEIR_SCHEMAS.compared == NOT_COMPARED.keys()


def test_what_the_reference_has_is_here():
    here = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS.values()}
    assert REFERENCE["paths"].keys() - here == set()


def test_what_is_not_in_the_reference_says_so():
    for endpoint in ENDPOINTS.values():
        assert endpoint.ours == (f"{endpoint.method} {endpoint.path}" not in REFERENCE["paths"]), (
            endpoint.name
        )
