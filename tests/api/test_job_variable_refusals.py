"""Job variables that are refused: what makes no sense, and what this layer may not say."""

from penstock.contract.refusals import error_of, refusal_of
from penstock.domain.errors import PenstockError
from penstock.domain.problems import (
    JobVariablesForbidden,
    JobVariablesInvalid,
    Problem,
    job_variables_refusal,
)
from penstock.server.http.errors import status_of

KEPT = Problem("image", "x-overridable", "the pool keeps it: nobody may override it.", "run")
WRONG = Problem("cpu", "type", "must be number, not string.", "run")


def test_what_may_not_be_said_is_forbidden_and_names_variable_and_rule():
    refused = job_variables_refusal([KEPT])
    assert status_of(refused) == 403
    told = refusal_of(refused)
    assert (told.code, told.field, told.data[0]["rule"]) == (
        "job-variables-forbidden",
        "image",
        "x-overridable",
    )
    again = error_of(told, PenstockError)
    assert type(again) is JobVariablesForbidden
    assert again.problems == (KEPT,)


def test_what_is_wrong_besides_is_told_first():
    refused = job_variables_refusal([KEPT, WRONG])
    assert type(refused) is JobVariablesInvalid
    assert status_of(refused) == 422
