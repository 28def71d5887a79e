"""What holds for every test: how properties are searched, and that no test sees what another imported."""

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
