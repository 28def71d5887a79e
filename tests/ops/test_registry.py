"""The contract and the ops are one list."""

import inspect

import pytest

from penstock.contract.registry import ENDPOINTS
from penstock.server.ops import OPERATIONS
from penstock.server.ops.registry import operation


def test_every_endpoint_has_an_op_and_every_op_an_endpoint():
    assert OPERATIONS.keys() == ENDPOINTS.keys()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_op_takes_what_its_endpoint_takes(name):
    endpoint, op = ENDPOINTS[name], OPERATIONS[name]
    signature = inspect.signature(op.function)
    given = {p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}
    declared = {p.name for p in (*endpoint.path_params, *endpoint.query_params)}
    assert given == declared | ({"body"} if endpoint.body else set())
    assert inspect.iscoroutinefunction(op.function)
    assert inspect.getdoc(op.function)


def test_an_endpoint_has_one_op():
    with pytest.raises(ValueError, match="read_flow has two ops"):
        operation("read_flow", access="read")(OPERATIONS["read_flow"].function)


READ_IN_BATCHES = {"verify_audit_log"}
"""Takes many transactions, each of which only reads."""


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_what_may_be_repeated_blindly_or_asked_by_get_does_not_claim(name):
    if ENDPOINTS[name].method == "GET" and name not in READ_IN_BATCHES:
        harmless = ("read", "stream", "download", "process", "probe", "session", "none")
        assert OPERATIONS[name].access in harmless
