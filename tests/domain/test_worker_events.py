"""What a worker tells of the end of a job."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from penstock.domain.events import Event
from penstock.domain.worker_events import EXECUTED, executed, submitted_id, worker_labels

LEASE, OTHER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORKER = worker_labels("Bob's worker, No. 1", "process", "1.2")


def told(lease: UUID = LEASE, code: int | None = 0, deployment: UUID | None = None) -> Event:
    parts = [("deployment", deployment, "nightly"), ("flow-run", UUID(int=7), "calm-heron")]
    return executed(lease, WORKER, parts, identifier="host:1", code=code, occurred=NOW)


def test_a_worker_is_named_by_its_type_and_a_slug() -> None:
    assert WORKER["prefect.resource.id"] == "prefect.worker.process.bob-s-worker-no-1"
    assert WORKER["prefect.resource.name"] == "Bob's worker, No. 1"


def test_the_ids_follow_from_the_lease() -> None:
    assert told().id == told(code=1).id != told(OTHER).id
    assert told().follows == submitted_id(LEASE) != submitted_id(OTHER)
    assert told().id != submitted_id(LEASE)


@pytest.mark.parametrize("code", [0, 3, -9])
def test_the_run_tells_how_its_job_ended(code: int) -> None:
    event = told(code=code, deployment=UUID(int=5))
    assert (event.event, event.resource, event.occurred) == (EXECUTED, WORKER, NOW)
    deployment, run = event.related
    assert deployment == {
        "prefect.resource.id": f"prefect.deployment.{UUID(int=5)}",
        "prefect.resource.role": "deployment",
        "prefect.resource.name": "nightly",
    }
    assert run["prefect.infrastructure.identifier"] == "host:1"
    assert run["prefect.infrastructure.status-code"] == str(code)


def test_what_is_not_there_or_not_known_is_left_out() -> None:
    [run] = told(code=None).related
    assert run["prefect.resource.role"] == "flow-run"
    assert "prefect.infrastructure.status-code" not in run
