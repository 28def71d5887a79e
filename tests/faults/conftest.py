"""Sites for tests that break things: with the usual leases, or with such that end in seconds."""

import pytest
from tests.faults.processes import QUICK_LEASES, Site


@pytest.fixture
def site(tmp_path):
    """A server that runs, and whatever the test starts beside it; all ended with the test."""
    site = Site(tmp_path)
    try:
        yield site.start()
    finally:
        site.end()


@pytest.fixture
def hasty_site(tmp_path):
    """The same, but who falls silent is lost within seconds."""
    site = Site(tmp_path, **QUICK_LEASES)
    try:
        yield site.start()
    finally:
        site.end()
