"""The catalogue of faults names tests that exist, and all that say of themselves that they show a fault."""

import ast
import re
from pathlib import Path

import pytest
from tests.faults.catalogue import CATALOGUE

TESTS = Path(__file__).parent.parent
NUMBER = re.compile(r"\bF([0-4]\d|50)\b")


@pytest.fixture(scope="module")
def said():
    """All tests, with the numbers of faults in their docstrings."""
    found = {}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                numbers = {f"F{number}" for number in NUMBER.findall(ast.get_docstring(node) or "")}
                found[f"{path.relative_to(TESTS).as_posix()}::{node.name}"] = numbers
    return found


def test_every_fault_is_there():
    assert sorted(CATALOGUE) == [f"F{number:02}" for number in range(1, 51)]
    assert all(fault.shown_by or fault.not_shown for fault in CATALOGUE.values())


def test_every_test_that_is_named_exists(said):
    named = {test for fault in CATALOGUE.values() for test in fault.shown_by}
    assert named <= said.keys(), sorted(named - said.keys())


def test_every_test_that_names_a_fault_is_named_by_it(said):
    missing = [
        (number, test)
        for test, numbers in said.items()
        for number in sorted(numbers)
        if test not in CATALOGUE[number].shown_by
    ]
    assert not missing
