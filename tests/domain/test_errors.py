"""Errors: what they say, and what they carry for scripts."""

import pytest

from penstock.domain.errors import InvalidInput, NotFound, PenstockError, ServerUnreachable, Unavailable


def test_the_text_is_the_message_and_the_next_step():
    assert str(NotFound("There is no flow 'etl'.")) == "There is no flow 'etl'."
    hinted = NotFound("There is no flow 'etl'.", hint="`penstock flow ls` lists them.")
    assert str(hinted) == "There is no flow 'etl'. `penstock flow ls` lists them."
    assert (hinted.message, hinted.hint) == ("There is no flow 'etl'.", "`penstock flow ls` lists them.")


def test_invalid_input_names_its_field():
    error = InvalidInput("It is no number.", field="limit", detail={"given": "text"})
    assert (error.field, error.detail, error.code) == ("limit", {"given": "text"}, "invalid-input")


@pytest.mark.parametrize("kind", [Unavailable, ServerUnreachable])
def test_what_may_pass_says_when_to_come_again(kind):
    error = kind("Busy.", retry_after=2.5)
    assert error.retry_after == 2.5
    assert isinstance(error, PenstockError)
