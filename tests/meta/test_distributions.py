"""What `pip install penstock` brings along."""

from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTION_BUDGET = 25


def closure_of(distribution: str) -> set[str]:
    """Every distribution that is installed with one, itself included, on this platform."""
    found: set[str] = set()
    waiting = [Requirement(distribution)]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found and not wanted.extras:
            continue
        found.add(name)
        for line in requires(name) or []:
            needed = Requirement(line)
            environments = [{"extra": extra} for extra in wanted.extras or {""}]
            if needed.marker is None or any(needed.marker.evaluate(each) for each in environments):
                waiting.append(needed)
    return found


def test_a_plain_installation_stays_small():
    installed = closure_of("penstock")
    assert len(installed) <= DISTRIBUTION_BUDGET, sorted(installed)


def test_each_further_database_is_a_choice():
    assert closure_of("penstock[postgres]") - closure_of("penstock") == {"asyncpg"}


def test_traces_are_a_choice():
    more = closure_of("penstock[otel]") - closure_of("penstock")
    assert {"opentelemetry-sdk", "protobuf"} <= more and len(more) <= 15, sorted(more)


def test_encryption_is_a_choice():
    more = closure_of("penstock[secrets]") - closure_of("penstock")
    assert {"cryptography"} <= more <= {"cryptography", "cffi", "pycparser"}
