"""F10: kill -9 of the server at any moment of creating, claiming, changing states, logging and recording.

Each write is whole or absent; what was answered is there; a repeated request makes nothing twice; and the
server starts again without a repair.
"""

import itertools
import random
import threading
import time
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from tests.faults.invariants import check
from tests.faults.processes import PATIENCE, eventually

from penstock.client.client import Client, open_client
from penstock.client.retries import RetryPolicy
from penstock.colourless import run_sync
from penstock.contract.claims import ClaimRequest, claim_flow_runs
from penstock.contract.deployments import DeploymentFlowRunCreate, create_flow_run_from_deployment
from penstock.contract.flow_runs import SetFlowRunState, set_flow_run_state
from penstock.contract.logs import LogCreate, create_logs
from penstock.contract.task_runs import RecordedState, RecordTaskRuns, TaskRunRecord, record_task_runs
from penstock.domain.errors import Fenced, PenstockError
from penstock.domain.ids import new_id
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.settings import Settings
from penstock.settings.tree import ApiSettings

INSISTING = RetryPolicy(budget=5 * PATIENCE, first_delay=0.02, longest_delay=0.1)
ONCE = RetryPolicy(budget=0.0, attempts=0)
BATCH = 5


def fresh_id() -> UUID:
    return new_id(datetime.now(UTC))


class Load:
    """Clients that never rest: some create runs, some live them from claim to end, some ask only once."""

    def __init__(self, site) -> None:
        self._settings = Settings(home=site.home, api=ApiSettings(url=site.server.url))
        self._deployment = UUID(site.deploy("steady"))
        self._ending, self._creating = threading.Event(), threading.Event()
        self._creating.set()
        self.answers: dict[str, set[UUID]] = {}
        """The runs that were ever answered for each idempotency key."""
        self.batches: dict[UUID, int] = {}
        """The batches of log lines that were sent once: how many lines of each must be there (-1: any)."""
        self.failures: list[BaseException] = []
        work = [self._create, self._live, self._live, self._log_once]
        self._threads = [threading.Thread(target=self._run, args=(each,)) for each in work]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._creating.clear()
        self._ending.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE)

    def finish(self, is_done) -> None:
        """Create no more; live what there is until `is_done`."""
        self._creating.clear()
        deadline = time.monotonic() + 5 * PATIENCE
        while not is_done() and time.monotonic() < deadline and not self.failures:
            time.sleep(0.05)

    def _run(self, work) -> None:
        client = open_client(self._settings, {}, retries=INSISTING)
        try:
            while not self._ending.is_set():
                work(client)
        except BaseException as error:
            self.failures.append(error)
        finally:
            client.close()

    def _create(self, client: Client) -> None:
        if not self._creating.is_set():
            time.sleep(0.05)
            return
        key = str(fresh_id())
        body = DeploymentFlowRunCreate(idempotency_key=key)
        make = partial(client.call, create_flow_run_from_deployment, self._deployment, body)
        self.answers[key] = {run_sync(make()).id, run_sync(make()).id}

    def _live(self, client: Client) -> None:
        """Claim a run and take it through its states, as a worker and a flow do."""
        request = ClaimRequest(worker_name="load", worker_id=fresh_id(), limit=2)
        try:
            claims = run_sync(client.call(claim_flow_runs, "local", request)).runs
        except PenstockError:  # a claim is not repeated: what was claimed unheard comes back
            return
        for claim in claims:
            run_id, mine = claim.flow_run.id, client.holding(claim.lease.id)
            try:
                self._propose(mine, run_id, StateType.RUNNING)
                self._say(mine, run_id)
                self._record(mine, run_id)
                self._propose(mine, run_id, StateType.COMPLETED)
            except Fenced:  # the server was away for longer than the claim lasts
                continue

    def _propose(self, client: Client, run_id: UUID, type: StateType) -> None:
        details = StateDetails(transition_id=fresh_id())
        body = SetFlowRunState(state=StateCreate(type=type, state_details=details), lease_holder="load")
        run_sync(client.call(set_flow_run_state, run_id, body))

    def _say(self, client: Client, run_id: UUID) -> None:
        run_sync(client.call(create_logs, self._lines(run_id, fresh_id())))

    def _lines(self, run_id: UUID | None, batch: UUID) -> list[LogCreate]:
        return [
            LogCreate(
                id=fresh_id(),
                name=str(batch),
                level=20,
                message=f"line {number} of {batch}",
                timestamp=datetime.now(UTC),
                flow_run_id=run_id,
            )
            for number in range(BATCH)
        ]

    def _record(self, client: Client, run_id: UUID) -> None:
        now = datetime.now(UTC)
        types = (StateType.RUNNING, StateType.COMPLETED)
        states = [RecordedState(id=fresh_id(), type=type, timestamp=now) for type in types]
        record = TaskRunRecord(
            id=fresh_id(), flow_run_id=run_id, name="t", task_key="t", dynamic_key="0", states=states
        )
        body = RecordTaskRuns(recorder=fresh_id(), sequence=1, records=[record])
        run_sync(client.call(record_task_runs, body))

    def _log_once(self, client: Client) -> None:
        """Send a batch once, whatever comes of it."""
        batch = fresh_id()
        self.batches[batch] = -1
        try:
            run_sync(client.insisting(ONCE).call(create_logs, self._lines(None, batch)))
            self.batches[batch] = BATCH
        except PenstockError:
            time.sleep(0.02)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_a_server_can_be_killed_at_any_moment(hasty_site, kills):
    site = hasty_site
    chance = random.Random(kills)
    with Load(site) as load:
        for number in range(kills):
            if number % 2:  # on a busy machine a server that lives so short answers nobody
                before = len(load.answers)
                eventually(lambda before=before: len(load.answers) > before or load.failures, "an answer")
            time.sleep(chance.uniform(0.0, 0.2))
            site.server.kill()
            site.restart()
        load.finish(lambda: site.ask("POST", "/flow_runs/count", NOT_COMPLETED) == 0)
    assert not load.failures, load.failures
    record = check(site, completed=kills)
    assert {run["state_type"] for run in record.runs} == {"COMPLETED"}
    assert "Traceback" not in site.server.output
    check_answers(load, record)
    check_batches(load, record)


NOT_COMPLETED = {"flow_runs": {"state": {"type": {"not_any_": ["COMPLETED"]}}}}


def check_answers(load, record):
    """One run for each key, always the same, and no other."""
    assert all(len(runs) == 1 for runs in load.answers.values())
    answered = set(itertools.chain.from_iterable(load.answers.values()))
    assert len(answered) == len(load.answers) == len(record.runs)


def check_batches(load, record):
    """Log lines came whole batches at a time: all of what was answered, all or nothing of the rest."""
    for batch, expected in load.batches.items():
        found = [log for log in record.logs if log["name"] == str(batch)]
        assert len(found) in ({expected} if expected >= 0 else {0, BATCH})
    of_runs = [log["name"] for log in record.logs if log["flow_run_id"] is not None]
    assert len(of_runs) == BATCH * len(set(of_runs))
