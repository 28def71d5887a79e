"""Keys of artifacts, and how long what is said beside their data may be."""

import pytest

from penstock.domain.artifacts import MAX_KEY_LENGTH, check_key, check_type, cut_metadata
from penstock.domain.errors import InvalidInput


@pytest.mark.parametrize("key", ["report", "daily-report-2", "-", "7", "x" * MAX_KEY_LENGTH], ids=len)
def test_keys_have_lower_case_letters_digits_and_dashes(key):
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "Report", "a_b", "a b", "é", "a\n", "x" * (MAX_KEY_LENGTH + 1)], ids=ascii
)
def test_anything_else_is_no_key(key):
    with pytest.raises(InvalidInput) as refused:
        check_key(key)
    assert refused.value.field == "key"


def test_types_are_makers_own():
    assert check_type("My type") == "My type"
    with pytest.raises(
        InvalidInput, match=r"The type of an artifact has at most 1,000 characters, and not 1,001"
    ):
        check_type("x" * 1_001)


def test_what_is_said_beside_the_data_is_short():
    assert cut_metadata({"a": "x" * 500, "b": "x" * 501}) == {"a": "x" * 500, "b": "x" * 500 + "..."}
