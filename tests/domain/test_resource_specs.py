"""Labels against specifications."""

import pytest

from penstock.domain.resource_specs import matches, matches_any_related, name_matches

LABELS = {"prefect.resource.id": "prefect.flow-run.1", "name": "blue", "empty": ""}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, True),
        ({"name": "blue"}, True),
        ({"name": "Blue"}, False),
        ({"name": "red"}, False),
        ({"name": ["red", "blue"]}, True),
        ({"name": ["red", "green"]}, False),
        ({"name": []}, False),
        ({"name": "bl*"}, True),
        ({"name": "blue*"}, True),
        ({"name": "b*e"}, False),
        ({"name": "*"}, True),
        ({"empty": "*"}, True),
        ({"empty": ""}, True),
        ({"name": ""}, False),
        ({"name": "!red"}, True),
        ({"name": "!blue"}, False),
        ({"name": "!bl*"}, False),
        ({"name": "!re*"}, True),
        ({"name": ["!red", "!green"]}, True),
        ({"name": ["!red", "!blue"]}, False),
        ({"name": ["bl*", "!blue"]}, False),
        ({"name": ["bl*", "!black"]}, True),
        ({"lacking": "x"}, False),
        ({"lacking": "*"}, False),
        ({"lacking": "!x"}, True),
        ({"lacking": "!*"}, True),
        ({"name": "!*"}, False),
        ({"lacking": ["x", "!y"]}, False),
        ({"prefect.resource.id": "prefect.flow-run.*", "name": ["blue"]}, True),
        ({"prefect.resource.id": "prefect.flow-run.*", "name": "red"}, False),
    ],
)
def test_a_specification(spec: dict[str, str | list[str]], expected: bool) -> None:
    assert matches(spec, LABELS) is expected


RELATED = [
    {"prefect.resource.id": "f.1", "prefect.resource.role": "flow", "team": "a"},
    {"prefect.resource.id": "d.1", "prefect.resource.role": "deployment", "team": "b"},
]


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        ({}, True),
        ([], True),
        ([{}], True),
        ({"prefect.resource.role": "flow"}, True),
        ({"prefect.resource.role": "flow", "team": "a"}, True),
        # By one and the same.
        ({"prefect.resource.role": "flow", "team": "b"}, False),
        # Each by some.
        ([{"prefect.resource.role": "flow"}, {"team": "b"}], True),
        ([{"prefect.resource.role": "flow"}, {"team": "c"}], False),
        ([{"prefect.resource.role": "flow", "team": "!b"}, {}], True),
    ],
)
def test_related_resources(specs, expected: bool) -> None:
    assert matches_any_related(specs, RELATED) is expected


def test_nothing_is_related() -> None:
    assert matches_any_related({}, [])
    assert not matches_any_related({"team": "!b"}, [])


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        ([], "anything", True),
        (["a.b"], "a.b", True),
        (["a.b"], "a.b.c", False),
        (["a.*"], "a.b.c", True),
        (["a.*"], "a", False),
        (["x", "*"], "a", True),
        (["x", "y*"], "a", False),
    ],
)
def test_names(patterns: list[str], name: str, expected: bool) -> None:
    assert name_matches(patterns, name) is expected
    assert name_matches(set(patterns), name) is expected
