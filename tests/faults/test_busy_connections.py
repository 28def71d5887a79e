"""F22: questions that take long use up the connections to PostgreSQL. Owners are heard all the same."""

import asyncio
import threading
import time
from collections import Counter
from contextlib import contextmanager

import asyncpg
import pytest
from tests.faults.invariants import check
from tests.faults.processes import DATABASE_URL, LONGEST_LEASE, QUICK_LEASES, Site, eventually
from tests.postgres_server import postgres_server, postgres_template, postgres_url  # noqa: F401 - fixtures

PEOPLE = 40


@pytest.fixture
def site(tmp_path, postgres_url):  # noqa: F811 - a fixture
    site = Site(tmp_path, **QUICK_LEASES, **{DATABASE_URL: postgres_url})
    try:
        yield site.start()
    finally:
        site.end()


@contextmanager
def locked(url, table):
    """While it is entered, nobody reads the table: whoever asks for it keeps a connection, and waits."""
    with asyncio.Runner() as runner:
        holder = runner.run(asyncpg.connect(url))
        runner.run(holder.execute("BEGIN"))
        runner.run(holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield
        runner.run(holder.execute("ROLLBACK"))
        runner.run(holder.close())


@pytest.mark.slow
def test_renewals_do_not_wait_behind_questions(site, postgres_url):  # noqa: F811 - a fixture
    """Leases of three seconds outlast three times as long; who asks is answered, or told to come back."""
    site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.1, until=str(done))
    site.started(run)
    answers = []

    def ask():
        answers.append(site.server.ask("POST", "/artifacts/filter", {}))

    people = [threading.Thread(target=ask) for _ in range(PEOPLE)]
    with locked(postgres_url, "artifacts"):
        for person in people:
            person.start()
        time.sleep(3 * LONGEST_LEASE)
        assert len(answers) < PEOPLE
        steps = len(site.side_log.entries("step", run))
        eventually(lambda: len(site.side_log.entries("step", run)) > steps, "more steps")
    for person in people:
        person.join(120)
    done.touch()
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() <= {200, 503} and statuses.total() == PEOPLE
    assert all("retry-after" in answer.headers for answer in answers if answer.status == 503)
    assert "Traceback" not in site.server.output
    check(site, completed=1)
