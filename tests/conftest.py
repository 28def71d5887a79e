"""What holds for every test: how properties are searched, what is begun first, and that no test sees what
another imported."""

import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# Machines that run tests are shared: a slow example is not a fault, so there is no deadline.
# Where a run must be repeatable the examples are too; at a desk every run tries new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

_TEMPORARY = Path(tempfile.gettempdir()).resolve()
_REPOSITORY = Path(__file__).resolve().parent.parent
_TESTS = Path(__file__).parent
_FIRST = ("browser", "faults", "e2e", "docs", "workers")
"""Folders whose tests take longest: none of these is what all others wait for at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest. Within a folder, and behind these, the order stays as random as it is.

    It also keeps the tests of the browser beside each other: one of the processes that share the tests makes
    their world and starts their browser, and not each.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(_TESTS).parts[0]
    return _FIRST.index(folder) if folder in _FIRST else len(_FIRST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Forget what a test loaded from temporary files, and where: others have files of the same name."""
    known, path = set(sys.modules), list(sys.path)
    result = yield
    sys.path[:] = path
    for name in set(sys.modules) - known:
        if _is_temporary(sys.modules[name]):
            del sys.modules[name]
    return result


def _is_temporary(module: object) -> bool:
    place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    if place is None:
        return False
    file = Path(place).resolve()
    return file.is_relative_to(_TEMPORARY) and not file.is_relative_to(_REPOSITORY)
