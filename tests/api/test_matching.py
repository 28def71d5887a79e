"""From paths to endpoints."""

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from penstock.contract.registry import ENDPOINTS
from penstock.server.http.matching import Matcher


@pytest.fixture(scope="module")
def matcher() -> Matcher[str]:
    matcher: Matcher[str] = Matcher()
    for name, endpoint in ENDPOINTS.items():
        matcher.add(endpoint.method, endpoint.path, name)
    return matcher


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_is_found_by_its_own_path(matcher, name):
    endpoint = ENDPOINTS[name]
    values = {parameter.name: f"value {number}/%" for number, parameter in enumerate(endpoint.path_params)}
    path = endpoint.path.format(**{key: quote(value, safe="") for key, value in values.items()})
    assert matcher.find(endpoint.method, path) == (name, values)
    assert endpoint.method in matcher.methods(path)


@given(st.text(min_size=1))
def test_any_name_arrives_as_it_was_sent(matcher, name):
    assume(not name.isascii() or name.strip("/"))
    found = matcher.find("GET", f"/variables/name/{quote(name, safe='')}")
    assert found == ("read_variable_by_name", {"name": name})


def test_a_literal_goes_before_a_parameter_but_only_for_its_own_methods(matcher):
    assert matcher.find("POST", "/variables/filter") == ("read_variables", {})
    assert matcher.find("GET", "/variables/filter") == ("read_variable", {"id": "filter"})


def test_a_dead_end_behind_a_literal_does_not_hide_the_parameter():
    matcher: Matcher[str] = Matcher()
    matcher.add("GET", "/a/b/c", "literal")
    matcher.add("GET", "/a/{x}/d", "parameter")
    assert matcher.find("GET", "/a/b/d") == ("parameter", {"x": "b"})
    assert matcher.find("GET", "/a/b/c/") == ("literal", {})
    assert matcher.find("GET", "/a//d") is None
    assert matcher.find("PUT", "/a/b/c") is None
    assert matcher.methods("/nowhere") == []
