"""Names: what is refused, what was meant, what is made up."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import InvalidInput
from penstock.domain.names import (
    BANNED_IN_NAMES,
    MAX_NAME_LENGTH,
    check_name,
    did_you_mean,
    generate_name,
    nearest,
    slugify,
)


@pytest.mark.parametrize("name", ["etl", "Täglich 🌙", "a.b-c_d:e", "x" * MAX_NAME_LENGTH, "..", "#?\\"])
def test_a_name_that_can_stand_in_a_url_is_taken_as_it_is(name):
    assert check_name(name, "name") == name


@pytest.mark.parametrize("bad", [*BANNED_IN_NAMES, "\0", "\n", "\x7f", "\ud800"])
def test_a_character_that_no_name_can_have_is_named(bad):
    with pytest.raises(InvalidInput, match="which names cannot have") as refused:
        check_name(f"a{bad}b", "work pool name")
    assert repr(bad) in str(refused.value)
    assert refused.value.field == "work pool name"


@pytest.mark.parametrize(("name", "says"), [("", "empty"), (" \t ", "empty"), ("x" * 10_001, "10,000")])
def test_a_name_must_be_there_and_end_somewhere(name, says):
    with pytest.raises(InvalidInput, match=says):
        check_name(name, "name")


def test_the_nearest_name_is_suggested():
    pools = ["local", "Kubernetes", "docker"]
    assert nearest("kubernets", pools) == "Kubernetes"
    assert nearest("zzz", pools) is None
    assert did_you_mean("locla", pools) == "Did you mean 'local'?"
    assert did_you_mean("zzz", pools) == ""


@pytest.mark.parametrize(("text", "slug"), [("some_work", "some-work"), ("  A  b!", "a-b"), ("ÅÄ", "")])
def test_code_names_become_words_with_hyphens(text, slug):
    assert slugify(text) == slug


@given(st.text())
def test_a_slug_is_a_slug(text):
    assert slugify(slugify(text)) == slugify(text)


def test_runs_get_friendly_names():
    assert generate_name(random.Random(4)) == generate_name(random.Random(4))
    assert check_name(generate_name(), "name").count("-") == 1
