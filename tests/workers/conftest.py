"""The launchers under test: each must pass the conformance suite of `test_launchers.py`."""

import pytest
from tests.workers.stage import Stage

from penstock.workers.registry import load_launcher

LAUNCHERS = ["process"]


@pytest.fixture(params=LAUNCHERS)
def stage(request, tmp_path):
    """Each launcher in turn."""
    return Stage(load_launcher(request.param)(), tmp_path)


@pytest.fixture
def process_stage(tmp_path):
    """The process launcher."""
    return Stage(load_launcher("process")(), tmp_path)
