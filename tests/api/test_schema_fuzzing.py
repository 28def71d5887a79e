"""Schemathesis, over our own description of the API: what fits it, and what nearly does.

It makes its cases by the schemas, so that they are others than those of `test_fuzzing.py`, which are made by
the types; it takes minutes. `PENSTOCK_FUZZ_EXAMPLES` says how many cases of each sort an endpoint gets.
"""

import os
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from tests.api.conftest import AUTH_STRING
from tests.api.test_fuzzing import BASIC, ELSEWHERE, ask, made
from tests.server_process import ServerProcess

from penstock.contract.openapi import describe
from penstock.contract.registry import ENDPOINTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXAMPLES = int(os.environ.get("PENSTOCK_FUZZ_EXAMPLES", "15"))
NAMES = [name for name in ENDPOINTS if name not in ELSEWHERE]


@pytest.fixture(scope="module")
def operations():
    """What Schemathesis makes of our description, by the names of the endpoints."""
    # Imported here: it goes with few versions of the JSON Schema validator, and not with the oldest of ours.
    import schemathesis

    schema = schemathesis.openapi.from_dict(describe(ENDPOINTS.values(), "0"))
    found = [each.ok() for each in schema.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that asks for a credential, of which nothing may have failed when all is over."""
    home = tmp_path_factory.mktemp("schema")
    with ServerProcess(home, PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield server
        assert server.ask("GET", "/ready", Authorization=BASIC).status == 200
    assert "Traceback" not in server.output, server.output[-10_000:]


@pytest.fixture(scope="module")
def kept(server):
    """Ids of some of everything, by noun."""
    return made(server)


@pytest.fixture
def known(server, kept, name):
    """Ids of what the endpoint is about, and is there still."""
    return (made(server) if "delete" in name else kept).get(ENDPOINTS[name].noun, [])


def path_of(endpoint, case, id):
    """The path of a case, about something that is there, if there is such a thing."""
    path = endpoint.path
    for parameter, value in (case.path_parameters or {}).items():
        text = id if id is not None and parameter == "id" else str(value)
        path = path.replace(f"{{{parameter}}}", quote(text.encode("utf-8", "surrogatepass"), safe="") or "x")
    query = urlencode(case.query or {}, doseq=True, errors="surrogatepass")
    return f"{path}?{query}" if query else path


def body_of(case):
    """Its body as plain data; nobody is to wait."""
    if type(case.body).__name__ == "NotSet":
        return None
    if isinstance(case.body, dict) and "wait_seconds" in case.body:
        return case.body | {"wait_seconds": 0}
    return case.body


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("name", NAMES)
def test_no_case_of_its_schema_makes_an_endpoint_fail(server, operations, known, name, mode):
    from schemathesis import GenerationMode

    cases = operations[name].as_strategy(generation_mode=GenerationMode(mode))

    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=cases, id=st.sampled_from([None, *known]))
    def check(case, id):
        body, endpoint = body_of(case), ENDPOINTS[name]
        raw = body if isinstance(body, bytes) else None
        ask(server, endpoint.method, path_of(endpoint, case, id), None if raw else body, raw=raw)

    # Where anything goes, as in a path of names, nothing can be wrong.
    with suppress(Unsatisfiable) if mode == "negative" else nullcontext():
        check()
