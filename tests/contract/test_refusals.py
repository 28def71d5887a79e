"""An error arrives as what it was when it left."""

import pytest

from penstock.contract import codec
from penstock.contract.refusals import Refusal, error_of, refusal_of
from penstock.contract.registry import ENDPOINTS
from penstock.domain.errors import (
    Conflict,
    Fenced,
    InvalidInput,
    NotFound,
    PenstockError,
    ServerUnreachable,
    TooLarge,
    Unavailable,
)
from penstock.domain.problems import JobVariablesInvalid, Problem


def travelled(error):
    return error_of(codec.decode(Refusal, codec.encode(refusal_of(error))), PenstockError)


@pytest.mark.parametrize(
    "error",
    [
        NotFound("No deployment `a/b`.", hint="Did you mean `a/c`?"),
        Fenced("Somebody else owns the run.", detail={"holder": "x"}),
        InvalidInput("Bad.", field="job_variables.env.A"),
        TooLarge("Too much."),
        Unavailable("Later.", retry_after=3.0),
        ServerUnreachable("Nobody there."),
    ],
    ids=lambda error: error.code,
)
def test_an_error_arrives_as_what_it_was(error):
    arrived = travelled(error)
    assert type(arrived) is type(error)
    assert (str(arrived), arrived.hint, arrived.detail) == (str(error), error.hint, error.detail)
    assert getattr(arrived, "field", None) == getattr(error, "field", None)


def test_the_problems_of_job_variables_arrive_with_it():
    problems = [Problem(path="env.A", rule="type", message="is a number.", layer="run", value_type="integer")]
    arrived = travelled(JobVariablesInvalid(problems))
    assert isinstance(arrived, JobVariablesInvalid)
    assert arrived.problems == tuple(problems)


def test_a_request_that_does_not_fit_is_refused_in_the_form_of_the_reference():
    with pytest.raises(InvalidInput) as refused:
        codec.decode_body(ENDPOINTS["create_flow"], b'{"name": "a", "x": 1}')
    refusal = refusal_of(refused.value)
    assert refusal.exception_message == "Invalid request received."
    assert refusal.exception_detail == [
        {"type": "extra_forbidden", "loc": ["body", "x"], "msg": "Extra inputs are not permitted"}
    ]
    assert travelled(refused.value).detail == refusal.exception_detail


def test_a_code_that_nobody_knows_is_told_by_the_status():
    assert type(error_of(Refusal(code="from-the-future", detail="Oh."), Conflict)) is Conflict


def test_a_refusal_of_another_server_is_readable():
    """The reference's `detail` may be data."""
    error = error_of(codec.decode(Refusal, b'{"detail": [{"msg": "no"}]}'), InvalidInput)
    assert isinstance(error, InvalidInput)
    assert error.message == '[{"msg":"no"}]'
    assert error_of(codec.decode(Refusal, b"{}"), NotFound).message
